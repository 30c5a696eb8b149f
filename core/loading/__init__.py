"""From what is installed to parts that run: manifests, needs, tables, routes, and why one does not run."""
