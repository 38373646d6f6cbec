"""Every layout, in one table; their order decides nothing."""

from __future__ import annotations

from services.ingest.layouts import (
    abstract_lines,
    arxiv_list_html,
    arxiv_list_markdown,
    arxiv_list_text,
    arxiv_search_html,
    huggingface_blocks,
    huggingface_lines,
)
from services.ingest.layouts.layout import Layout

LAYOUTS: tuple[Layout, ...] = (
    abstract_lines.LAYOUT,
    arxiv_list_html.LAYOUT,
    arxiv_list_markdown.LAYOUT,
    arxiv_list_text.LAYOUT,
    arxiv_search_html.LAYOUT,
    huggingface_blocks.LAYOUT,
    huggingface_lines.LAYOUT,
)
