"""The site as people see it: a real Chromium against a real server with the demo clubs."""
