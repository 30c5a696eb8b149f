"""Reading what matches: what somebody typed, and what is found by it."""
