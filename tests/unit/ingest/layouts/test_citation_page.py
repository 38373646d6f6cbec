"""Pages of one paper beside their fixtures."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.capture import Capture
from services.ingest.layouts.citation_page import LAYOUT, parse
from services.ingest.layouts.layout import ListedPaper, Match, Mismatch
from services.ingest.reading import read
from services.ingest.settings import IngestSection

ARTICLE = {"@type": "ScholarlyArticle", "name": "Tides", "author": "Ada Byron"}
CAPTURED = datetime(2026, 8, 28, tzinfo=UTC)


def tags(**contents: str) -> str:
    return "".join(
        f'<meta name="citation_{name}" content="{content}">' for name, content in contents.items()
    )


def linked(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def page(head: str, body: str = "") -> Capture:
    return Capture(f"<html><head>{head}</head><body>{body}</body></html>", captured_at=CAPTURED)


def listed(head: str) -> ListedPaper:
    assert isinstance(LAYOUT.answer(page(head)), Match)
    (paper,) = parse(page(head)).papers
    return paper


@pytest.mark.parametrize(
    "value",
    [
        ARTICLE,
        [{"@type": "WebSite", "name": "x"}, ARTICLE],
        {"@graph": [{"@type": "Person", "name": "x"}, ARTICLE]},
        {"@graph": ARTICLE},
        {"@type": "WebPage", "mainEntity": ARTICLE},
        json.dumps(ARTICLE),
        {**ARTICLE, "@type": "https://schema.org/ScholarlyArticle"},
        {**ARTICLE, "@type": ["CreativeWork", "ScholarlyArticle"], "citation": [ARTICLE]},
        {**ARTICLE, "author": {"@type": "Person", "name": "Ada Byron"}},
        {**ARTICLE, "author": [{"name": "Ada Byron"}, {"name": 7}, None, 3]},
    ],
)
def test_every_form_of_linked_data_gives_the_article(value: Any) -> None:
    paper = listed(linked(value))
    assert (paper.title, paper.authors) == ("Tides", ("Ada Byron",))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Byron, Ada", "Ada Byron"),
        ("de la Cruz, Jos&eacute;, Jr.", "Jos\u00e9 de la Cruz Jr."),
        ("King, III, Al", "Al King III"),
        ("Ada Byron", "Ada Byron"),
        ("Byron,", "Byron"),
        ("Byron, Jr.", "Byron, Jr."),
        ("Physics, Chemistry, and Art", "Physics, Chemistry, and Art"),
    ],
)
def test_the_first_name_comes_first(written: str, shown: str) -> None:
    assert listed(tags(title="Tides", author=written)).authors == (shown,)


def test_the_earliest_date_is_when_the_paper_appeared() -> None:
    head = tags(title="T", author="A", publication_date="2026/5/1", online_date="2026/02/03")
    assert listed(head).published == date(2026, 2, 3)
    assert listed(tags(title="T", author="A", date="2106/01/01")).published is None
    assert listed(tags(title="T", author="A", date="2024")).published is None


def test_a_mention_of_another_paper_names_nothing() -> None:
    paper = listed(tags(title="T", author="A", abstract="As in arXiv:2601.00001, 10.5555/x."))
    assert (paper.arxiv_id, paper.doi) == (None, None)


def test_linked_data_fills_what_the_tags_leave_out() -> None:
    article = {**ARTICLE, "abstract": "Water rises.", "datePublished": "2026-01-02"}
    paper = listed(tags(title="Tides, Again", author="Byron, A.") + linked(article))
    assert (paper.title, paper.authors) == ("Tides, Again", ("A. Byron",))
    assert (paper.abstract, paper.published) == ("Water rises.", date(2026, 1, 2))


def test_of_several_articles_the_one_of_the_tags_title_is_the_pages() -> None:
    others = [{**ARTICLE, "name": "Ebb", "abstract": "Wrong."}, {**ARTICLE, "abstract": "Right."}]
    assert listed(tags(title="Tides", author="A") + linked(others)).abstract == "Right."
    assert listed(tags(title="Flood", author="A") + linked(others)).abstract is None


def test_a_translation_is_no_abstract() -> None:
    title = "<meta name=citation_title content=Tides lang=en><meta name=citation_author content=A>"
    assert listed(title + '<meta name=citation_abstract content="x" lang=pt>').abstract is None
    assert listed(title + '<meta name=citation_abstract content="x" lang=en-GB>').abstract == "x"


def test_a_paper_without_an_identifier_is_flagged() -> None:
    assert parse(page(tags(title="T", author="A"))).flags == ("unconfirmed",)
    assert parse(page(tags(title="T", author="A", doi="10.5555/x"))).flags == ()


@pytest.mark.parametrize("script", ["{", "[" * 500 + "]" * 500, "7", "null", '{"@graph": 3}', '"'])
def test_a_damaged_script_is_passed_over(script: str) -> None:
    damaged = f'<script type="application/ld+json">{script}</script>'
    assert listed(damaged + linked(ARTICLE)).title == "Tides"


@pytest.mark.parametrize(
    "head",
    [
        "<title>About papers</title>",
        tags(title="T"),
        tags(author="A", abstract="Water rises."),
        tags(title="T", author="A") + tags(title="Another", author="B"),
        linked({"@type": "BlogPosting", "headline": "News", "citation": [ARTICLE]}),
        linked({"@graph": [{"@type": "NewsArticle", "headline": "News"}, ARTICLE]}),
        linked([ARTICLE, {**ARTICLE, "name": "Ebb"}]),
        linked({"@type": "ItemList", "itemListElement": [ARTICLE]}),
        linked({"@type": "ScholarlyArticle", "author": "A", "citation": ARTICLE}),
        "<!-- " + tags(title="T", author="A") + " -->",
        "<script>const quoted = `" + tags(title="T", author="A") + "`</script>",
    ],
)
def test_what_is_no_page_of_one_paper_is_not_recognised(head: str) -> None:
    assert isinstance(LAYOUT.answer(page(head)), Mismatch)


def test_tags_that_an_article_quotes_are_no_tags() -> None:
    quoted = tags(title="T", author="A").replace("<", "&lt;")
    for body in (f"<pre>{quoted}</pre>", f"<textarea>{tags(title='T', author='A')}</textarea>"):
        assert isinstance(LAYOUT.answer(page("", body)), Mismatch)


def test_the_list_of_a_known_site_that_carries_such_tags_is_that_sites() -> None:
    body = (
        '<p class="d-sm-flex align-items-stretch"><strong><a href=/2026.a-b.1/>Reefs</a></strong>'
        "<a href=https://aclanthology.org/people/pia-aalto/>Pia Aalto</a></p>"
    )
    text = page(tags(title="Volume", author="A"), body).text
    found = read(text.encode(), limits=IngestSection())
    assert (found.layout, found.listing.papers[0].title) == ("acl_anthology", "Reefs")
