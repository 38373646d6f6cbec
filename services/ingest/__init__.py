"""Splits each listing page into the papers that it lists."""
