"""The headrace command, a file for each command group."""
