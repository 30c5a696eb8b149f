"""Changing the directory: what people say about themselves, and which fields there are."""
