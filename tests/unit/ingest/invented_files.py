"""Texts, logs and tables that list no papers."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from textwrap import indent

from tests.unit.ingest.invented_prose import (
    day,
    headline,
    markup_abstract,
    markup_title,
    name,
    paragraph,
    sentence,
    slug,
    word,
)
from tests.unit.ingest.quoted_markup import arxiv_number


def _many(
    random: Random, make: Callable[[Random], str], least: int = 4, most: int = 25
) -> list[str]:
    return [make(random) for _ in range(random.randint(least, most))]


def news(random: Random) -> str:
    parts = (text for _ in range(8) for text in (headline(random), paragraph(random)))
    return random.choice(["\n", "\n\n"]).join(parts)


def essay(random: Random) -> str:
    return random.choice(["\n", "\n\n"]).join(_many(random, paragraph))


def server_log(random: Random) -> str:
    return "\n".join(
        f'10.0.{random.randint(0, 9)}.7 - - [{day(random)}] "GET /abs/{arxiv_number(random)}'
        f' HTTP/1.1" 200 {random.randint(100, 9999)} "https://arxiv.org/list/cs.LG/new" "Agent/1.0"'
        for _ in range(random.randint(10, 60))
    )


def application_log(random: Random) -> str:
    return "\n".join(
        f"{day(random)}T10:11:12Z INFO {word(random)} page_parsed papers={random.randint(1, 50)} "
        f"title='{headline(random)}' detail={word(random)} " + "data results model study " * 6
        for _ in range(random.randint(10, 60))
    )


def structured_log(random: Random) -> str:
    return "\n".join(
        json.dumps(
            {
                "time": day(random),
                "level": "info",
                "event": word(random),
                "title": None,
                "message": paragraph(random),
                "id": random.randint(1, 10**6),
            }
        )
        for _ in range(random.randint(5, 40))
    )


def markdown(random: Random) -> str:
    links = "\n".join(
        f"- [{headline(random)}](https://example.org/{slug(random)}): {sentence(random)}"
        for _ in range(12)
    )
    sections = (
        f"### [{headline(random)}](#{word(random)})\n\n{paragraph(random)}" for _ in range(5)
    )
    return f"---\ntitle: {headline(random)}\n---\n\n{links}\n\n" + "\n\n".join(sections)


def _product(random: Random) -> dict[str, object]:
    text = random.choice(["description", "summary", "abstract", "body"])
    return {
        "id": random.randint(1, 10**6),
        "title": headline(random),
        text: paragraph(random),
        "price": random.randint(1, 900),
        "url": f"https://shop.example.org/{slug(random)}",
        "date": day(random),
    }


def products(random: Random) -> str:
    items = [_product(random) for _ in range(random.randint(3, 40))]
    key = random.choice(["products", "items", "data", "results", "notes", None])
    return json.dumps(items if key is None else {key: items, "total": len(items), "offset": 0})


def product_lines(random: Random) -> str:
    return "\n".join(json.dumps(_product(random)) for _ in range(random.randint(3, 40)))


def csv(random: Random) -> str:
    rows = (f'{n},{day(random)},{headline(random)},"{paragraph(random)}"' for n in range(20))
    return "id,date,title,abstract\n" + "\n".join(rows)


def words(random: Random) -> str:
    lines = (" ".join(word(random) for _ in range(random.randint(1, 80))) for _ in range(30))
    return "\n".join(lines)


def forwarded_mail(random: Random) -> str:
    quoted = indent(paragraph(random) + "\n\n" + paragraph(random), "> ")
    return (
        f"From: {name(random)} <a@example.org>\nDate: Wed, 1 Mar 23 10:00:00 GMT\n"
        "Subject: cs daily\n\n"
        f"{paragraph(random)}\n\n{'-' * 78}\nTitle: {headline(random)}\n{quoted}\n"
    )


def science_notes(random: Random) -> str:
    """Give notes in the words of research, that say of no paper."""
    items = [
        {"title": markup_title(random), "summary": markup_abstract(random), "owner": name(random)}
        for _ in range(random.randint(3, 20))
    ]
    return json.dumps(items) if random.random() < 0.5 else "\n".join(map(json.dumps, items))
