"""What changes the wiki: pages, their place in the tree, the trash, links, attachments."""
