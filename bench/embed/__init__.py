"""Measures embed's encoder."""
