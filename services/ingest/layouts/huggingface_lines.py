"""Hugging Face Papers saved as all of its text: titles and abstracts line after line."""

from __future__ import annotations

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import Answer, Layout
from services.ingest.parts import pairs


def recognise(capture: Capture) -> Answer:
    """Look for the site's banner and rows in step, without blank lines between them."""
    return pairs.recognise(capture, apart=False)


LAYOUT = Layout("huggingface_lines", Form.TEXT, recognise, pairs.parse)
