"""Parts that work together: what no part sees alone."""
