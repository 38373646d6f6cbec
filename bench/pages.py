"""Listing pages of any size: generated papers in the mark-up of their sites."""

from __future__ import annotations

import html
import json
import random
import textwrap
from collections.abc import Sequence

from services.cli.invented import Invented

SYLLABLES = ("ba", "co", "di", "fe", "gu", "la", "mo", "ne", "pi", "ru", "sa", "ti", "vo", "zu")
BANNER = "Get trending papers in your email inbox once a day!"
TITLE_WORDS = 9
ABSTRACT_WORDS = 170


def generated(count: int, seed: int = 1) -> list[Invented]:
    """Give papers with texts as long as real ones."""
    source = random.Random(seed)
    return [
        Invented(
            number=f"26{1 + at % 12:02}.{10_000 + at % 80_000}",
            title=_words(source, TITLE_WORDS).capitalize(),
            abstract=_sentences(source),
            authors=tuple(_words(source, 2).title() for _ in range(4)),
        )
        for at in range(count)
    ]


def text_blocks(listed: Sequence[Invented]) -> bytes:
    """Hugging Face Papers as its visible text."""
    blocks = [BANNER, "Subscribe"]
    for one in listed:
        blocks += [one.title, one.abstract]
    return "\n\n".join(blocks).encode()


def huggingface_html(listed: Sequence[Invented]) -> bytes:
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


def huggingface_api(listed: Sequence[Invented]) -> bytes:
    """Hugging Face's JSON of a day."""
    return json.dumps([_item(one) for one in listed]).encode()


def arxiv_list(listed: Sequence[Invented]) -> bytes:
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


def arxiv_email(listed: Sequence[Invented]) -> bytes:
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


def arxiv_list_text(listed: Sequence[Invented]) -> bytes:
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


def acl_anthology(listed: Sequence[Invented]) -> bytes:
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


def openalex(listed: Sequence[Invented]) -> bytes:
    """A page of OpenAlex's API."""
    meta = {"count": len(listed), "page": 1, "per_page": len(listed)}
    return json.dumps({"meta": meta, "results": list(map(_work, listed))}).encode()


def _item(one: Invented) -> dict[str, object]:
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


def _work(one: Invented) -> dict[str, object]:
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
