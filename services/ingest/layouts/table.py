"""Every layout, in one table; their order decides nothing."""

from __future__ import annotations

from services.ingest.layouts import (
    abstract_lines,
    acl_anthology,
    arxiv_atom,
    arxiv_email,
    arxiv_feed,
    bibtex,
    citation_page,
    feed,
    huggingface_addresses,
    huggingface_api,
    huggingface_blocks,
    huggingface_html,
    huggingface_lines,
    huggingface_markdown,
    huggingface_records,
    json_lines,
    json_records,
    openalex,
    openreview,
    semantic_scholar,
)
from services.ingest.layouts.layout import Layout

LAYOUTS: tuple[Layout, ...] = (
    abstract_lines.LAYOUT,
    acl_anthology.LAYOUT,
    arxiv_atom.LAYOUT,
    arxiv_email.LAYOUT,
    arxiv_feed.LAYOUT,
    bibtex.LAYOUT,
    citation_page.LAYOUT,
    feed.LAYOUT,
    huggingface_addresses.LAYOUT,
    huggingface_api.LAYOUT,
    huggingface_blocks.LAYOUT,
    huggingface_html.LAYOUT,
    huggingface_lines.LAYOUT,
    huggingface_markdown.LAYOUT,
    huggingface_records.LAYOUT,
    json_lines.LAYOUT,
    json_records.LAYOUT,
    openalex.LAYOUT,
    openreview.LAYOUT,
    semantic_scholar.LAYOUT,
)
