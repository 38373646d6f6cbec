"""Every layout, in one table; their order decides nothing."""

from __future__ import annotations

from services.ingest.layouts import (
    abstract_lines,
    acl_anthology,
    citation_page,
    huggingface_blocks,
    huggingface_lines,
)
from services.ingest.layouts.layout import Layout

LAYOUTS: tuple[Layout, ...] = (
    abstract_lines.LAYOUT,
    acl_anthology.LAYOUT,
    citation_page.LAYOUT,
    huggingface_blocks.LAYOUT,
    huggingface_lines.LAYOUT,
)
