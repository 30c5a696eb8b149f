"""The screens of comments, one module for each resource."""
