"""The screens of the search: what was found, and the searches that people keep."""
