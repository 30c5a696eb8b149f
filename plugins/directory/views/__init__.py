"""The pages of the directory: people, one's own profile, and the operator's fields."""
