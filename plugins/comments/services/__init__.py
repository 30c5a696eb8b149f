"""What can be done with comments, by what it is about."""
