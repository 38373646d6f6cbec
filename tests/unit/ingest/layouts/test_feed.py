"""Feeds of any site: papers are read, blogs are not."""

from __future__ import annotations

import html

import pytest

from services.ingest.capture import Capture
from services.ingest.gate import UNCONFIRMED
from services.ingest.layouts.feed import LAYOUT, MALFORMED
from services.ingest.layouts.layout import PARTIAL, Listing, Match, Mismatch
from services.ingest.parts.description import described

ABSTRACT = (
    "We study how dunes move and show that a model of three parameters predicts their paths. In "
    "data from 12 deserts the error of this model is half of that of earlier ones, and the results "
    "suggest that wind alone explains it."
)
PROSE = (
    "The bus was late again and the rain did not stop until the shops had closed for the day. You "
    "will find me by the river, where my tent is, if the wind lets it be. Bring your own cup!"
)


def item(
    number: int = 0, *, link: str = "https://example.org/{n}", text: str = "", more: str = ""
) -> str:
    address = link.format(n=number)
    described_as = html.escape(text)
    return (
        f"<item><title>Sand {number}</title><link>{address}</link>{more}"
        f"<description>{described_as}</description></item>"
    )


def rss(*items: str) -> str:
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel>'
        f"<title>Sand</title><link>https://example.org</link>{''.join(items)}</channel></rss>"
    )


def parsed(page: str) -> Listing:
    capture = Capture(page)
    assert isinstance(LAYOUT.answer(capture), Match)
    return LAYOUT.parse(capture)


KNOWN = item(link="https://arxiv.org/abs/2609.0123{n}", text=ABSTRACT)
PODCAST = '<enclosure url="https://example.org/1.mp3" type="audio/mpeg" length="1"/>'

NEAR_MISSES = {
    "blog": rss(*(item(number, text=PROSE) for number in range(10))),
    "concerts": rss(*(item(number, text="Doors at 8 p.m.") for number in range(10))),
    "podcast": rss(*(item(number, text=PROSE, more=PODCAST) for number in range(4))),
    "mentions_of_papers": rss(
        *(item(number, text=f"{PROSE} See arXiv:2609.01234.") for number in range(4))
    ),
    "a_third_are_papers": rss(KNOWN, item(1, text=PROSE), item(2, text=PROSE)),
    "items_without_texts_count": rss(KNOWN, "<item/>", "<item><guid>1</guid></item>"),
    "no_items": rss(),
    "ontology": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "sitemap": "<urlset><url><loc>https://arxiv.org/abs/2609.01234</loc></url></urlset>",
    "opml": "<opml><body><outline text='arXiv'/></body></opml>",
    "html": f"<html><body>{rss(KNOWN)}</body></html>",
    "source_code": f"FEED = '''{rss(KNOWN)}'''",
    "too_many_tags": rss(KNOWN, "<b/>" * 30_000),
    "too_many_items": rss(KNOWN * 2_001),
    "unknown_character": rss(KNOWN.replace("Sand", "&#x110000;")),
    "api_answer": '<feed xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/api/x</id>'
    "<entry><id>http://arxiv.org/abs/2609.01234</id><title>Sand</title></entry></feed>",
    "api_error": '<feed xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/</id><entry>'
    "<id>https://arxiv.org/api/errors#x</id><title>Error</title></entry></feed>",
    "announcements": rss(KNOWN).replace("https://example.org", "http://rss.arxiv.org/rss/cs"),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    assert isinstance(LAYOUT.answer(Capture(NEAR_MISSES[name])), Mismatch)


def test_half_of_the_items_are_enough_and_all_are_listed() -> None:
    listing = parsed(rss(KNOWN, item(1, text=PROSE)))
    assert [one.title for one in listing.papers] == ["Sand 0", "Sand 1"]
    assert listing.flags == ()


def test_a_feed_that_passes_by_its_words_alone_is_flagged() -> None:
    assert parsed(rss(item(text=ABSTRACT))).flags == (UNCONFIRMED,)


def test_an_item_without_texts_is_a_bad_item() -> None:
    listing = parsed(rss(KNOWN, "<item><link>https://example.org/9</link></item>"))
    assert [(bad.number, bad.content) for bad in listing.bad_items] == [
        (2, "https://example.org/9")
    ]


def test_a_feed_that_is_not_well_formed_is_flagged() -> None:
    assert parsed(rss(KNOWN, "R & D")).flags == (MALFORMED,)


def test_a_feed_with_an_empty_date_has_none() -> None:
    page = rss("<pubDate> </pubDate>", KNOWN)
    assert parsed(page).date_label is None


@pytest.mark.parametrize("end", ["<item", "<item><title>Du", "<item><link>https://example.org/"])
def test_a_feed_that_was_cut_is_flagged_and_lists_what_is_whole(end: str) -> None:
    page = rss(KNOWN)
    listing = parsed(page[: page.index("</channel>")] + end)
    assert set(listing.flags) == {MALFORMED, PARTIAL}
    assert [(one.title, one.abstract) for one in listing.papers] == [("Sand 0", ABSTRACT)]
    assert listing.bad_items == ()


@pytest.mark.parametrize(
    "more",
    [
        "<dc:identifier>doi:10.5555/Sand.7</dc:identifier>",
        "<prism:doi>10.5555/sand.7</prism:doi>",
        "<guid>https://doi.org/10.5555/sand.7</guid>",
        "<prism:url>https://example.net/10.5555/sand.7?rss=1</prism:url>",
    ],
)
def test_the_doi_is_in_any_field_that_names_the_item(more: str) -> None:
    assert parsed(rss(item(more=more))).papers[0].doi == "10.5555/sand.7"


def test_when_the_feed_had_the_news_is_not_when_the_paper_appeared() -> None:
    dates = "<pubDate>Thu, 03 Sep 2026 00:00:00 GMT</pubDate><dc:date>2026-09-01</dc:date>"
    assert parsed(rss(KNOWN.replace("<link>", dates + "<link>"))).papers[0].published is None


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ("<dc:creator>Berg, A., Lin, B.</dc:creator>", ("A. Berg", "B. Lin")),
        (
            "<dc:creator>Ada Berg</dc:creator><dc:creator>Bo Lin</dc:creator>",
            ("Ada Berg", "Bo Lin"),
        ),
        ("<author>press@example.org (Ada Berg, Bo Lin)</author>", ("Ada Berg", "Bo Lin")),
        ("<author>press@example.org</author>", ()),
    ],
)
def test_authors_are_names(more: str, names: tuple[str, ...]) -> None:
    link = "https://doi.org/10.5555/{n}"
    assert parsed(rss(item(link=link, more=more))).papers[0].authors == names


def test_a_teaser_gives_way_to_the_content() -> None:
    content = f"<content:encoded><![CDATA[<p>{ABSTRACT}</p>]]></content:encoded>"
    page = rss(item(link="https://doi.org/10.5555/{n}", text=ABSTRACT[:190] + " ...", more=content))
    page = page.replace("<rss", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"')
    assert parsed(page).papers[0].abstract == ABSTRACT


@pytest.mark.parametrize(
    ("description", "abstract"),
    [
        (f"<p>{ABSTRACT}</p>", ABSTRACT),
        (f"<h3>Abstract</h3><p>{ABSTRACT}</p>", ABSTRACT),
        (f"<div><p><b>ABSTRACT</b></p>{ABSTRACT}</div>", ABSTRACT),
        (
            f"<p><i>Abstract</i> algebra is old. {ABSTRACT}</p>",
            f"Abstract algebra is old. {ABSTRACT}",
        ),
        (f"{ABSTRACT} Here p<q and r>s.", f"{ABSTRACT} Here p<q and r>s."),
        (f"Abstract: {ABSTRACT}", ABSTRACT),
        ("<b>Authors:</b> Ada Berg<br/><b>Abstract:</b> Short.", "Short."),
        ("arXiv:2609.01234v1 Announce Type: new\nAbstract: Short.", "Short."),
        (
            f"Motivation: {ABSTRACT} Summary: It moves.",
            f"Motivation: {ABSTRACT} Summary: It moves.",
        ),
        (f"{ABSTRACT}<script>track()</script>", ABSTRACT),
        ("Vol. 9, No. 2", None),
        ("Authors: Ada Berg", None),
        ("", None),
    ],
)
def test_the_abstract_is_what_stands_below_the_head(description: str, abstract: str | None) -> None:
    assert described(description).abstract == abstract


def test_the_authors_may_be_in_the_head_of_the_description() -> None:
    text = "Authors: Ada Berg, Bo Lin Upvotes: 3 Summary: It moves."
    assert described(text).authors == ("Ada Berg", "Bo Lin")


def test_links_in_the_mark_up_are_kept() -> None:
    text = f'<p>{ABSTRACT} <A HREF="https://github.com/example/sand">Code</A></p>'
    assert described(text).addresses == ("https://github.com/example/sand",)
