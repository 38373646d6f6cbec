"""What arXiv's query API answers, and what only looks like it."""

from __future__ import annotations

import time

import pytest

from services.ingest.capture import Capture
from services.ingest.layouts.arxiv_atom import LAYOUT
from services.ingest.layouts.layout import Listing, Match, Mismatch

ENTRY = (
    "<entry><id>http://arxiv.org/abs/2609.0123{n}v1</id><title>Sand {n}</title>"
    "<summary>It moves.</summary></entry>"
)
ERROR = (
    "<entry><id>https://arxiv.org/api/errors#max_results_must_be_non-negative</id>"
    "<title>Error</title><summary>max_results must be non-negative</summary></entry>"
)
API = "https://arxiv.org/api/abc"


def feed(*entries: str, own: str = API, counts: tuple[object, ...] = ("", "", "")) -> str:
    names = ("itemsPerPage", "totalResults", "startIndex")
    stated = "".join(
        f"<o:{name}>{count}</o:{name}>" for name, count in zip(names, counts, strict=True)
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:o="http://a9.com/-/spec/opensearch/1.1/" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom">'
        f"<id>{own}</id>{stated}{''.join(entries)}</feed>"
    )


def entries(count: int) -> list[str]:
    return [ENTRY.format(n=number) for number in range(count)]


def parsed(page: str) -> Listing:
    capture = Capture(page)
    assert isinstance(LAYOUT.answer(capture), Match)
    return LAYOUT.parse(capture)


NEAR_MISSES = {
    "another_feed": feed(*entries(2), own="https://example.org/feed"),
    "announcements": feed(*entries(2), own="https://rss.arxiv.org/atom/cs.LG"),
    "a_site_named_alike": feed(*entries(2), own="https://arxiv.org.example.net/api/abc"),
    "no_namespace": feed(*entries(2)).replace('xmlns="http://www.w3.org/2005/Atom"', ""),
    "cut": feed(*entries(2))[:-20],
    "quoted_in_a_feed": f"<rss><channel><description><![CDATA[{feed(*entries(2))}]]>"
    "</description></channel></rss>",
    "source_code": f'ANSWER = """\n{feed(*entries(2))}\n"""\n',
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    assert isinstance(LAYOUT.answer(Capture(NEAR_MISSES[name])), Mismatch)


@pytest.mark.parametrize("own", [API, "https://arxiv.org/"])
def test_the_error_answer_is_refused_by_name(own: str) -> None:
    answer = LAYOUT.answer(Capture(feed(ERROR, own=own, counts=(1, 1, 0))))
    assert answer == Mismatch("the page is arXiv's error answer, not a list")


@pytest.mark.parametrize(
    ("counts", "declared"),
    [
        ((100, 4000, 0), 100),
        ((100, 4012, 4000), 12),
        ((10, 1, 0), 1),
        ((100, 50, 200), 0),
        ((100, "", 0), None),
        ((100, "many", 0), None),
        ((100, "9" * 5000, 0), None),
    ],
)
def test_the_last_page_declares_what_is_left(
    counts: tuple[object, ...], declared: int | None
) -> None:
    assert parsed(feed(*entries(1), counts=counts)).declared == declared


@pytest.mark.parametrize("counts", [(10, 0, 0), (0, 500, 0), (10, 7, 10), ("", 0, "")])
def test_an_answer_that_says_it_is_empty_lists_nothing(counts: tuple[object, ...]) -> None:
    assert parsed(feed(counts=counts)).papers == ()


@pytest.mark.parametrize(("counts", "count"), [((10, 500, 0), "10"), (("", "", ""), "unknown")])
def test_an_answer_without_entries_that_says_otherwise_is_refused(
    counts: tuple[object, ...], count: str
) -> None:
    answer = LAYOUT.answer(Capture(feed(counts=counts)))
    assert isinstance(answer, Mismatch)
    assert count in answer.reason


def test_an_entry_without_texts_is_a_bad_item() -> None:
    listing = parsed(feed(entries(1)[0], "<entry><title/></entry>", counts=(2, 2, 0)))
    assert [one.title for one in listing.papers] == ["Sand 0"]
    assert [(bad.number, "<title/>" in bad.content) for bad in listing.bad_items] == [(2, True)]


def test_the_journals_doi_is_taken_from_its_link_where_it_has_no_field() -> None:
    link = '<link title="doi" rel="related" href="http://dx.doi.org/10.5555/ABC"/>'
    page = feed(entries(1)[0].replace("<summary>", link + "<summary>"), counts=(1, 1, 0))
    assert parsed(page).papers[0].doi == "10.5555/abc"


def test_an_id_in_a_comment_is_a_mention() -> None:
    page = feed("<entry><title>Sand</title><arxiv:comment>arXiv:2609.01234</arxiv:comment></entry>")
    assert parsed(page).papers[0].arxiv_id is None


def test_a_text_of_many_comments_takes_no_longer_than_its_length() -> None:
    title = "a<!--x-->" * 100_000
    started = time.process_time()
    listing = parsed(feed(entries(1)[0].replace("Sand 0", title), counts=(1, 1, 0)))
    assert listing.papers[0].title == "a" * 100_000
    assert time.process_time() - started < 2
