"""Screens, feeds and answers of activity."""
