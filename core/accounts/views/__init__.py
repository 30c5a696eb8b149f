"""The account pages, one module per resource."""
