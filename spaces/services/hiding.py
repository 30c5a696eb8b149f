"""Hiding items and bringing them back, for what decides about them."""

from spaces.hiding import hide_item, show_item

__all__ = ["hide_item", "show_item"]
