"""Reads for pages, feeds, panels and the API. What a viewer may not see is not there."""
