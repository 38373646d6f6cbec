"""Listing pages of any size: generated papers in the mark-up of their sites."""

from __future__ import annotations

import html
import json
import random
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

SYLLABLES = ("ba", "co", "di", "fe", "gu", "la", "mo", "ne", "pi", "ru", "sa", "ti", "vo", "zu")
BANNER = "Get trending papers in your email inbox once a day!"
TITLE_WORDS = 9
ABSTRACT_WORDS = 170


@dataclass(frozen=True)
class Generated:
    """One generated paper."""

    number: str
    title: str
    abstract: str
    authors: tuple[str, ...]


def generated(count: int, seed: int = 1) -> list[Generated]:
    """Give papers with texts as long as real ones."""
    source = random.Random(seed)
    return [
        Generated(
            number=f"26{1 + at % 12:02}.{10_000 + at % 80_000}",
            title=_words(source, TITLE_WORDS).capitalize(),
            abstract=_sentences(source),
            authors=tuple(_words(source, 2).title() for _ in range(4)),
        )
        for at in range(count)
    ]


def text_blocks(listed: Sequence[Generated]) -> bytes:
    """Hugging Face Papers as its visible text."""
    blocks = [BANNER, "Subscribe"]
    for one in listed:
        blocks += [one.title, one.abstract]
    return "\n\n".join(blocks).encode()


def text_lines(listed: Sequence[Generated]) -> bytes:
    """Hugging Face Papers as all of its text."""
    lines = [f"{one.title}\n{one.abstract}" for one in listed]
    return (f"{BANNER}\n{BANNER}\nSubscribe" + "\n".join(lines)).encode()


def huggingface_html(listed: Sequence[Generated]) -> bytes:
    """Hugging Face Papers with its hydration JSON, and a card for each paper."""
    props = {"dailyPapers": [_item(one) for one in listed], "dateString": "2026-08-28"}
    cards = "".join(
        f'<article><h3><a href="/papers/{one.number}">{one.title}</a></h3></article>'
        for one in listed
    )
    return (
        "<!doctype html><html><head><title>Daily Papers - Hugging Face</title></head><body><main>"
        '<div class="SVELTE_HYDRATER contents" data-target="DailyPapers" '
        f'data-props="{html.escape(json.dumps(props))}"><section>{cards}</section></div>'
        "</main></body></html>"
    ).encode()


def huggingface_api(listed: Sequence[Generated]) -> bytes:
    """Hugging Face's JSON of a day."""
    return json.dumps([_item(one) for one in listed]).encode()


def arxiv_list(listed: Sequence[Generated]) -> bytes:
    """An arXiv page of new submissions."""
    count = len(listed)
    items = "".join(
        f'<dt><a name=\'item{at}\'>[{at}]</a> <a href ="/abs/{one.number}" title="Abstract" '
        f'id="{one.number}"> arXiv:{one.number} </a> [<a href="/pdf/{one.number}">pdf</a>]</dt>'
        "<dd><div class='meta'><div class='list-title mathjax'><span class='descriptor'>Title:"
        f"</span> {one.title} </div><div class='list-authors'>"
        + ", ".join(f'<a href="/a/{at}">{name}</a>' for name in one.authors)
        + "</div><div class='list-subjects'><span class='descriptor'>Subjects:</span> <span "
        "class='primary-subject'>Machine Learning (cs.LG)</span></div>"
        f"<p class='mathjax'> {one.abstract} </p></div></dd>"
        for at, one in enumerate(listed, start=1)
    )
    return (
        "<!DOCTYPE html><html lang='en'><head><title>Machine Learning</title></head><body>"
        "<div id='dlpage'><h1>Machine Learning</h1><h3>Showing new listings for Friday, 28 August "
        f"2026</h3><dl id='articles'><h3>New submissions (showing {count} of {count} entries)</h3>"
        f"{items}</dl></div></body></html>"
    ).encode()


def arxiv_atom(listed: Sequence[Generated]) -> bytes:
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


def arxiv_feed(listed: Sequence[Generated]) -> bytes:
    """A day's announcements of arXiv as RSS."""
    items = "".join(
        f"<item><title>{one.title}</title><link>https://arxiv.org/abs/{one.number}</link>"
        f"<description>arXiv:{one.number}v1 Announce Type: new \nAbstract: {one.abstract}"
        "</description>"
        f"<guid isPermaLink='false'>oai:arXiv.org:{one.number}v1</guid><category>cs.LG</category>"
        "<pubDate>Fri, 28 Aug 2026 00:00:00 -0400</pubDate>"
        "<arxiv:announce_type>new</arxiv:announce_type>"
        f"<dc:creator>{', '.join(one.authors)}</dc:creator></item>"
        for one in listed
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss xmlns:arxiv='http://arxiv.org/schemas/atom' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/' version='2.0'><channel>"
        "<title>cs.LG updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.LG</link>"
        f"<pubDate>Fri, 28 Aug 2026 00:00:00 -0400</pubDate>{items}</channel></rss>"
    ).encode()


def arxiv_email(listed: Sequence[Generated]) -> bytes:
    """A daily mail of arXiv, its lines broken as mails are."""
    rule = "-" * 78
    items = [
        f"\\\\\narXiv:{one.number}\nDate: Thu, 27 Aug 2026 17:59:59 GMT   (35kb)\n\n"
        f"Title: {one.title}\nAuthors: {', '.join(one.authors)}\nCategories: cs.LG\n\\\\\n"
        f"{_wrapped(one.abstract)}\n"
        f"\\\\ ( https://arxiv.org/abs/{one.number} ,  35kb)\n{rule}\n"
        for one in listed
    ]
    head = f"Subject: cs daily Subj-class mailing {len(listed)} new\n\n{rule}\n{rule}\n"
    return (head + "".join(items)).encode()


def arxiv_list_text(listed: Sequence[Generated]) -> bytes:
    """An arXiv page of new submissions as its text."""
    count = len(listed)
    head = (
        "Showing new listings for Friday, 28 August 2026\n\n"
        f"New submissions (showing {count} of {count} entries)\n\n"
    )
    return (
        head.encode()
        + "\n\n".join(
            f"[{at}] arXiv:{one.number} [pdf, html, other]\n\nTitle: {one.title}\n\n"
            f"{', '.join(one.authors)}\n\nSubjects: Machine Learning (cs.LG)\n\n{one.abstract}"
            for at, one in enumerate(listed, start=1)
        ).encode()
    )


def acl_anthology(listed: Sequence[Generated]) -> bytes:
    """A volume of the ACL Anthology."""
    entries = "".join(
        "<div class='d-sm-flex align-items-stretch mb-3'><div class='d-block me-2'>"
        f"<a class='badge text-bg-primary' href=https://aclanthology.org/2026.acl-long.{at}.pdf>pdf"
        f"</a></div><span class=d-block><strong><a class=align-middle href=/2026.acl-long.{at}/>"
        f"{one.title}</a></strong><br>"
        + " | ".join(f"<a href=/people/unverified/{at}/>{name}</a>" for name in one.authors)
        + f"</span></div><div class='card abstract-collapse' id=abstract-2026--acl-long--{at}>"
        f"<div class='card-body p-3'>{one.abstract}</div></div>"
        for at, one in enumerate(listed, start=1)
    )
    return (
        "<!doctype html><html lang=en><head><title>ACL Anthology</title></head><body><a "
        f"class=navbar-brand href=https://aclanthology.org/>ACL</a><section>{entries}</section>"
        "</body></html>"
    ).encode()


def openalex(listed: Sequence[Generated]) -> bytes:
    """A page of OpenAlex's API."""
    meta = {"count": len(listed), "page": 1, "per_page": len(listed)}
    return json.dumps({"meta": meta, "results": list(map(_work, listed))}).encode()


def json_lines(listed: Sequence[Generated]) -> bytes:
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


def _item(one: Generated) -> dict[str, object]:
    paper = {
        "id": one.number,
        "authors": [{"_id": str(at), "name": name} for at, name in enumerate(one.authors)],
        "publishedAt": "2026-08-27T17:59:59.000Z",
        "submittedOnDailyAt": "2026-08-28T00:00:00.000Z",
        "title": one.title,
        "summary": one.abstract,
        "upvotes": 12,
        "ai_summary": one.abstract[:150],
        "githubRepo": f"https://github.com/example/{one.number}",
    }
    return {"paper": paper, "title": one.title, "summary": one.abstract, "numComments": 2}


def _work(one: Generated) -> dict[str, object]:
    places: dict[str, list[int]] = {}
    for at, word in enumerate(one.abstract.split()):
        places.setdefault(word, []).append(at)
    return {
        "id": f"https://openalex.org/W{one.number.replace('.', '')}",
        "doi": f"https://doi.org/10.48550/arxiv.{one.number}",
        "display_name": one.title,
        "publication_date": "2026-08-27",
        "is_retracted": False,
        "authorships": [
            {"author": {"display_name": name}, "institutions": [], "raw_author_name": name}
            for name in one.authors
        ],
        "primary_location": {"landing_page_url": f"https://arxiv.org/abs/{one.number}"},
        "abstract_inverted_index": places,
    }


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, width=78, initial_indent="  ", subsequent_indent="  "))


def _sentences(source: random.Random) -> str:
    count = max(60, int(source.gauss(ABSTRACT_WORDS, 30)))
    return f"We show that {_words(source, count)}."


def _words(source: random.Random, count: int) -> str:
    return " ".join("".join(source.choices(SYLLABLES, k=2)) for _ in range(count))
