"""Real services for the suite: PostgreSQL, Redis, an S3 store, SMTP and Chromium, all from packages."""
