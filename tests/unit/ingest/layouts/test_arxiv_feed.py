"""arXiv's daily feeds, and what only looks like one."""

from __future__ import annotations

import pytest

from services.common.records import Kind
from services.ingest.capture import Capture
from services.ingest.layouts.arxiv_feed import LAYOUT
from services.ingest.layouts.layout import Listing, Match, Mismatch

SITE = "http://rss.arxiv.org/rss/cs.LG"
ITEM = (
    "<item><title>Sand</title><link>https://arxiv.org/abs/2609.01234</link>"
    "<description>{head}It moves.</description>{more}</item>"
)
HEAD = "arXiv:2609.01234v1 Announce Type: new \nAbstract: "


def item(more: str = "", head: str = HEAD) -> str:
    return ITEM.format(head=head, more=more)


def feed(*items: str, link: str = SITE, title: str = "cs.LG updates on arXiv.org") -> str:
    return (
        '<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{title}</title><link>{link}</link>{''.join(items)}</channel></rss>"
    )


def parsed(page: str) -> Listing:
    capture = Capture(page)
    assert isinstance(LAYOUT.answer(capture), Match)
    return LAYOUT.parse(capture)


NEAR_MISSES = {
    "another_site": feed(item(), link="https://example.org/rss"),
    "a_site_named_alike": feed(item(), link="https://rss.arxiv.org.example.net/rss/cs.LG"),
    "the_site_in_an_item": feed(
        f"<item><title>On feeds</title><link>{SITE}</link></item>", link="https://example.org/"
    ),
    "cut": feed(item(), item())[:-25],
    "no_channel": "<rss><title>cs.LG updates on arXiv.org</title></rss>",
    "source_code": f"FEED = '''{feed(item())}'''",
    "html": f"<html><body><pre>{feed(item())}</pre></body></html>",
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    assert isinstance(LAYOUT.answer(Capture(NEAR_MISSES[name])), Mismatch)


def test_the_sites_error_is_refused_by_name() -> None:
    page = feed(title="Feed error for query: http://rss.arxiv.org/rss/cs.XX")
    assert LAYOUT.answer(Capture(page)) == Mismatch(
        "the page is the error of rss.arxiv.org, not a list"
    )


@pytest.mark.parametrize(
    ("announced", "kind"),
    [
        ("new", Kind.NEW),
        ("cross", Kind.CROSS),
        ("replace", Kind.REPLACE),
        ("replace-cross", Kind.REPLACE),
        ("absonly", Kind.REPLACE),
        ("withdrawn", None),
    ],
)
def test_the_kind_is_the_announced_one(announced: str, kind: Kind | None) -> None:
    more = f"<arxiv:announce_type>{announced}</arxiv:announce_type>"
    assert parsed(feed(item(more))).papers[0].kind is kind


def test_the_kind_is_in_the_description_too() -> None:
    page = feed(item(head=HEAD.replace("new", "replace-cross")))
    assert parsed(page).papers[0].kind is Kind.REPLACE


@pytest.mark.parametrize("head", [HEAD, HEAD.replace("\n", ""), HEAD.replace(" ", "\n  "), ""])
def test_the_head_of_a_description_is_no_abstract(head: str) -> None:
    assert parsed(feed(item(head=head))).papers[0].abstract == "It moves."


def test_one_element_holds_all_authors() -> None:
    more = "<dc:creator>Ada  Berg (Riga, Latvia),  Bo Lin</dc:creator>"
    assert parsed(feed(item(more))).papers[0].authors == ("Ada Berg", "Bo Lin")


def test_a_later_day_of_announcement_is_not_when_the_paper_appeared() -> None:
    page = feed(item("<pubDate>Thu, 03 Sep 2026 00:00:00 -0400</pubDate>"))
    assert parsed(page).papers[0].published is None
