"""Reads about clubs, for pages, API and console. Each takes the viewer, or a club that the gate let the viewer into."""
