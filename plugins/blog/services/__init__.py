"""Everything that changes posts: their texts, their publication, their covers and files."""
