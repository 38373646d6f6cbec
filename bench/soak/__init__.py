"""A million papers through a pipeline of its own, and more of them than it can take."""
