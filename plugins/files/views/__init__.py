"""The screens of files, one module for each resource."""
