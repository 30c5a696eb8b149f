"""What `cercle.testing` is made of."""
