"""The engine: parts, hooks, events, data, pages. It knows no club, no plugin and no theme."""

__version__ = "0.1.0"
