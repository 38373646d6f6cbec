"""Recognises the papers seen before; the log is the truth and Redis an index of it."""
