"""Hugging Face Papers saved as its visible text: title, blank line, abstract, blank line."""

from __future__ import annotations

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import Answer, Layout
from services.ingest.parts import pairs


def recognise(capture: Capture) -> Answer:
    """Look for the site's banner and rows in step, apart by blank lines."""
    return pairs.recognise(capture, apart=True)


LAYOUT = Layout("huggingface_blocks", Form.TEXT, recognise, pairs.parse)
