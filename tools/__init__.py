"""What is run by those who work on the project, and by no service."""
