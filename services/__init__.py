"""Headrace: listing pages in, enriched papers out, exactly once."""
