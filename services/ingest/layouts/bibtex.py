"""BibTeX: an entry for each paper; volumes, macros and comments beside them are no papers."""

from __future__ import annotations

import re

from bibtexparser import splitter
from bibtexparser.entrypoint import parse_string
from bibtexparser.model import Block, Entry, ImplicitComment, ParsingFailedBlock, String

from services.ingest.capture import Capture
from services.ingest.clean import with_line_feeds
from services.ingest.form import Form
from services.ingest.layouts.layout import (
    Answer,
    BadItem,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.lines import has_words
from services.ingest.parts import bibtex_entry
from services.ingest.parts.bibtex_values import Macros

# It quotes the page in what it logs; what failed is a bad item of its own.
splitter.logger.disabled = True

_START = re.compile(r"(?:\s+|%[^\n]*\n)*+@\w+[ \t]*[{(]")
# In braces: a decorator of Python with its arguments looks like an entry in parentheses.
_ENTRY = re.compile(r"^[ \t]*@(\w+)[ \t]*\{[^{},=\"\n]*,\s*[\w-]+\s*=", re.MULTILINE)
_TITLE = re.compile(r"[\s,]title\s*=", re.IGNORECASE)
_NO_PAPERS = frozenset({"proceedings", "string", "comment", "preamble"})

_MOST_SIGNS = 50_000
_MOST_MARKS = 2_000_000
"""The parser takes 15 us and 1 KiB for each ``@`` that it tries, and 0.5 us for each other mark:
``@a{`` over and over for 8 MiB would take 44 s and 3.5 GiB. A page of that size stays below both
even where its entries have 165 characters each, and takes 3.4 s."""


def recognise(capture: Capture) -> Answer:
    """Look for a page that begins with a block of BibTeX and has an entry with fields."""
    text = with_line_feeds(capture.text)
    if not _START.match(text):
        return Mismatch("the page does not begin with a block of BibTeX")
    entries = sum(kind.lower() not in _NO_PAPERS for kind in _ENTRY.findall(text))
    if not entries or not _TITLE.search(text):
        return Mismatch("a block of BibTeX at the beginning, but no entry with a title")
    if text.count("@") > _MOST_SIGNS or sum(map(text.count, '{}",=')) > _MOST_MARKS:
        return Mismatch("more blocks and marks of BibTeX than a page of entries has")
    return Match(f"begins with a block of BibTeX and has {entries} entries")


def parse(capture: Capture) -> Listing:
    """Read every entry; one that does not follow the grammar is a bad item."""
    papers: list[ListedPaper] = []
    bad: list[BadItem] = []
    ignored = 0
    text = with_line_feeds(capture.text)
    macros = Macros(most_characters=len(text))
    for block in map(_readable, parse_string(text, parse_stack=()).blocks):
        match block:
            case String():
                macros.define(block.key, block.value)
            case Entry() if block.entry_type.lower() not in _NO_PAPERS:
                paper = bibtex_entry.paper(block, macros, captured_at=capture.captured_at)
                if paper.title or paper.abstract:
                    papers.append(paper)
                else:
                    bad.append(_bad(block, "the entry has no title and no abstract"))
            case ParsingFailedBlock():
                bad.append(_bad(block, "the block does not follow BibTeX's grammar"))
            case ImplicitComment():
                ignored += sum(map(has_words, block.comment.splitlines()))
    return Listing(tuple(papers), ignored_lines=ignored, bad_items=tuple(bad))


def _readable(block: Block) -> Block:
    """Give the block itself where only its key, or a field's, was there before."""
    if isinstance(block, ParsingFailedBlock):
        return block.ignore_error_block or block
    return block


def _bad(block: Block, detail: str) -> BadItem:
    return BadItem((block.start_line or 0) + 1, block.raw or "", detail)


LAYOUT = Layout("bibtex", Form.TEXT, recognise, parse)
