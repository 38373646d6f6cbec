"""The mark-up of listings for programs and articles to quote: real marks, invented papers."""

from __future__ import annotations

import html
import json
from random import Random

from tests.unit.ingest.invented_prose import markup_abstract, markup_title, name, word


def arxiv_number(random: Random) -> str:
    return f"{random.randint(10, 26)}{random.randint(1, 12):02}.{random.randint(10_000, 19_999)}"


def huggingface_page(random: Random) -> str:
    number = arxiv_number(random)
    paper = {"id": number, "title": markup_title(random), "summary": markup_abstract(random)}
    props = html.escape(json.dumps({"dailyPapers": [{"paper": paper, "title": paper["title"]}]}))
    return f'<div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props="{props}">'


def huggingface_lines(random: Random) -> str:
    banner = "Get trending papers in your email inbox once a day!"
    return f"{banner}\n{markup_title(random)}\n{markup_abstract(random)}"


def arxiv_list(random: Random) -> str:
    number = arxiv_number(random)
    return (
        f"<dl id='articles'><h3>New submissions (showing 1 of 1 entries)</h3>\n<dt><a name='item1'>"
        f'[1]</a> <a href ="/abs/{number}" title="Abstract" id="{number}">arXiv:{number}</a></dt>\n'
        f"<dd><div class='meta'><div class='list-title mathjax'><span class='descriptor'>Title:"
        f"</span>{markup_title(random)}</div><p class='mathjax'>{markup_abstract(random)}</p>"
        "</div></dd></dl>"
    )


def arxiv_search(random: Random) -> str:
    number = arxiv_number(random)
    return (
        f'<li class="arxiv-result"><p class="list-title is-inline-block"><a href="https://arxiv.org'
        f'/abs/{number}">arXiv:{number}</a></p><p class="title is-5 mathjax">{markup_title(random)}'
        f'</p><span class="abstract-full">{markup_abstract(random)}</span></li>'
    )


def arxiv_text(random: Random) -> str:
    return (
        f"New submissions (showing 1 of 1 entries)\n\n[1]\narXiv:{arxiv_number(random)}\n\nTitle:\n"
        f"{markup_title(random)}\n{name(random)}\nSubjects: Machine Learning (cs.LG)\n"
        f"{markup_abstract(random)}"
    )


def atom(random: Random) -> str:
    number = arxiv_number(random)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>http://arxiv.org/api/abc</id><title>arXiv Query</title>\n<entry>\n<id>http://arxiv."
        f"org/abs/{number}v1</id><title>{markup_title(random)}</title>\n<summary>"
        f"{markup_abstract(random)}</summary><author><name>{name(random)}</name></author></entry>"
        "\n</feed>"
    )


def digest(random: Random) -> str:
    number = arxiv_number(random)
    return (
        f"{'-' * 78}\n\\\\\narXiv:{number}\nDate: Wed, 1 Mar 2023 19:00:02 GMT   (3197kb,D)\n\n"
        f"Title: {markup_title(random)}\nAuthors: {name(random)}, {name(random)}\nCategories: cs.LG"
        f"\n\\\\\n  {markup_abstract(random)}\n\\\\ ( https://arxiv.org/abs/{number} ,  3197kb)"
    )


def bibtex(random: Random) -> str:
    return (
        f"@article{{{word(random)}{random.randint(2000, 2026)},\n  title = {{{markup_title(random)}"
        f"}},\n  author = {{{word(random).title()}, {word(random).title()}}},\n  abstract = {{"
        f"{markup_abstract(random)}}},\n  eprint = {{{arxiv_number(random)}}}\n}}"
    )


def openalex(random: Random) -> str:
    work = {
        "id": f"https://openalex.org/W{random.randint(10**9, 10**10)}",
        "display_name": markup_title(random),
        "doi": f"https://doi.org/10.5555/{word(random)}",
        "abstract_inverted_index": {"We": [0], "present": [1], "a": [2], "method": [3]},
    }
    return json.dumps({"meta": {"count": 1, "per_page": 25}, "results": [work]})


def openreview(random: Random) -> str:
    content = {"title": {"value": markup_title(random)}, "abstract": {"value": "We measure."}}
    return json.dumps({"notes": [{"id": word(random), "forum": word(random), "content": content}]})


def acl(random: Random) -> str:
    number = random.randint(1, 99)
    link = f"https://aclanthology.org/2024.acl-long.{number}/"
    title = f'<strong><a href="{link}">{markup_title(random)}</a></strong>'
    people = f'<a href="/people/a/a-b/">{name(random)}</a>'
    card = f'<div class="card abstract-collapse" id="abstract-2024--acl-long--{number}">'
    return (
        f'<p class="d-sm-flex align-items-stretch">{title}<br/>{people}</p>'
        f'{card}<div class="card-body">{markup_abstract(random)}</div></div>'
    )


def citation_tags(random: Random) -> str:
    return (
        f'<meta name="citation_title" content="{markup_title(random)}">'
        f'<meta name="citation_author" content="{name(random)}">'
        f'<meta name="citation_arxiv_id" content="{arxiv_number(random)}">'
    )


MARKUP = (
    *(huggingface_page, huggingface_lines, arxiv_list, arxiv_search, arxiv_text, atom, digest),
    *(bibtex, openalex, openreview, acl, citation_tags),
)


def any_markup(random: Random) -> str:
    return random.choice(MARKUP)(random)
