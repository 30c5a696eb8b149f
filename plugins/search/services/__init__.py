"""What changes the search's own rows: the index, and the searches that people keep."""
