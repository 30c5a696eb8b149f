"""The screens of the wiki, one module for each resource."""
