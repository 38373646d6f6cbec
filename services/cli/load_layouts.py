"""Invented papers as listing pages, in four layouts that every paper fits into."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.cli.invented import Invented

BANNER = "Get trending papers in your email inbox once a day!"

REPLACING = "arxiv_feed"
"""The layout that can say that a paper is listed as a new version."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """How a page of one layout is written, and what it is called as a file."""

    ending: str
    content_type: str
    page: Callable[[Sequence[Invented]], bytes]


def text_lines(listed: Sequence[Invented]) -> bytes:
    """Hugging Face Papers as all of its text."""
    lines = [f"{one.title}\n{one.abstract}" for one in listed]
    return (f"{BANNER}\n{BANNER}\nSubscribe" + "\n".join(lines)).encode()


def json_lines(listed: Sequence[Invented]) -> bytes:
    """An export, a paper on each line."""
    return "\n".join(
        json.dumps(
            {
                "id": one.number,
                "title": one.title,
                "abstract": one.abstract,
                "authors": list(one.authors),
            }
        )
        for one in listed
    ).encode()


def arxiv_atom(listed: Sequence[Invented]) -> bytes:
    """An answer of arXiv's API."""
    count = len(listed)
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{one.number}v1</id><updated>2026-08-27T17:59:59Z"
        f"</updated><link href='https://arxiv.org/abs/{one.number}v1' rel='alternate' "
        f"type='text/html'/><title>{one.title}</title><summary>{one.abstract}</summary>"
        "<category term='cs.LG' scheme='http://arxiv.org/schemas/atom'/><published>"
        "2026-08-27T17:59:59Z</published><arxiv:primary_category term='cs.LG'/>"
        + "".join(f"<author><name>{name}</name></author>" for name in one.authors)
        + "</entry>"
        for one in listed
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><feed "
        "xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/' "
        "xmlns:arxiv='http://arxiv.org/schemas/atom' xmlns='http://www.w3.org/2005/Atom'>"
        "<id>https://arxiv.org/api/aBcD</id><title>arXiv Query: search_query=cat:cs.LG</title>"
        f"<updated>2026-08-28T00:00:00Z</updated><opensearch:itemsPerPage>{count}"
        f"</opensearch:itemsPerPage><opensearch:totalResults>{count}</opensearch:totalResults>"
        f"<opensearch:startIndex>0</opensearch:startIndex>{entries}</feed>"
    ).encode()


def arxiv_feed(listed: Sequence[Invented]) -> bytes:
    """A day's announcements of arXiv as RSS."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss xmlns:arxiv='http://arxiv.org/schemas/atom' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/' version='2.0'><channel>"
        "<title>cs.LG updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.LG</link>"
        "<pubDate>Fri, 28 Aug 2026 00:00:00 -0400</pubDate>"
        f"{''.join(map(_announced, listed))}</channel></rss>"
    ).encode()


def _announced(one: Invented) -> str:
    kind, version = ("replace", 2) if one.replaces else ("new", 1)
    return (
        f"<item><title>{one.title}</title><link>https://arxiv.org/abs/{one.number}</link>"
        f"<description>arXiv:{one.number}v{version} Announce Type: {kind} \n"
        f"Abstract: {one.abstract}</description>"
        f"<guid isPermaLink='false'>oai:arXiv.org:{one.number}v{version}</guid>"
        "<category>cs.LG</category><pubDate>Fri, 28 Aug 2026 00:00:00 -0400</pubDate>"
        f"<arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:creator>{', '.join(one.authors)}</dc:creator></item>"
    )


RENDERINGS: Mapping[str, Rendering] = {
    "huggingface_lines": Rendering("txt", "text/plain", text_lines),
    "json_lines": Rendering("jsonl", "application/jsonl", json_lines),
    "arxiv_atom": Rendering("xml", "application/atom+xml", arxiv_atom),
    REPLACING: Rendering("xml", "application/rss+xml", arxiv_feed),
}
"""By the name of the layout as ingest knows it."""
