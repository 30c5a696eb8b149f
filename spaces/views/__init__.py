"""The screens of clubs, one module for each resource; `views.admin` is the operator's console."""
