"""How pages list papers: a file each, pure functions, registered in one table."""
