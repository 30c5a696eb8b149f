"""The screens of the blog, one module for each kind of thing."""
