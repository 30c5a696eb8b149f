"""What changes files and folders: one verb, one function, one transaction."""
