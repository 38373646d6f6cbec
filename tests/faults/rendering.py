"""Papers as listing pages in layouts that differ in what they can show."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from services.common.records import Paper
from tests.pipeline import BANNER

DAY = "2026-09-01T17:58:03Z"


@dataclass(frozen=True)
class Rendering:
    """How papers are listed.

    Args:
        layout: that ingest knows the page by.
        shows: whether a page of it can tell all that is to be known of a paper.
        page: gives the page of some papers.
    """

    layout: str
    shows: Callable[[Paper], bool]
    page: Callable[[Sequence[Paper]], str]


def in_lines(papers: Sequence[Paper]) -> str:
    """Give a page of Hugging Face Papers as all of its text."""
    return f"{BANNER}Subscribe" + "".join(f"{one.title}\n{one.abstract}\n" for one in papers)


def _as_atom(papers: Sequence[Paper]) -> str:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{one.arxiv_id}v1</id>"
        f"<title>{escape(one.title or '')}</title>"
        f"<summary>{escape(one.abstract or '')}</summary>"
        f"<updated>{DAY}</updated><published>{DAY}</published></entry>"
        for one in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        "<id>https://arxiv.org/api/invented</id><title>arXiv Query: all:kelp</title>"
        f"{entries}</feed>"
    )


def _as_search(papers: Sequence[Paper]) -> str:
    data = [
        {
            "paperId": f"{number:040x}",
            "title": one.title,
            "abstract": one.abstract,
            "externalIds": {"ArXiv": one.arxiv_id, "DOI": one.doi},
        }
        for number, one in enumerate(papers)
    ]
    return json.dumps({"total": 30_000, "offset": 0, "next": len(papers), "data": data})


def _as_bibtex(papers: Sequence[Paper]) -> str:
    return "".join(map(_entry, papers))


def _entry(paper: Paper) -> str:
    fields = {
        "title": paper.title,
        "abstract": paper.abstract,
        "doi": paper.doi,
        "eprint": paper.arxiv_id,
        "archiveprefix": "arXiv" if paper.arxiv_id else None,
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@article{{{paper.wording_id},\n{lines}}}\n"


RENDERINGS = (
    Rendering(
        "huggingface_lines",
        lambda paper: paper.abstract is not None and not paper.arxiv_id and not paper.doi,
        in_lines,
    ),
    Rendering(
        "arxiv_atom",
        lambda paper: bool(paper.arxiv_id and paper.abstract) and not paper.doi,
        _as_atom,
    ),
    Rendering("semantic_scholar", lambda _: True, _as_search),
    Rendering("bibtex", lambda _: True, _as_bibtex),
)
