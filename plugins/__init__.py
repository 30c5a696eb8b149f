"""The bundled plugins. Each imports only `cercle`, never another."""
