"""Hugging Face Papers as Markdown: its dialects, and what only quotes its banner."""

from __future__ import annotations

import pytest

from services.ingest.capture import capture
from services.ingest.layouts.huggingface_markdown import LAYOUT
from services.ingest.layouts.layout import Listing, Match, Mismatch
from tests.invented_pages import BANNER, abstract, title

HEAD = f"{BANNER}\n\n[Subscribe](/login)\n\n# Daily Papers\n\nOct 2\n"
ADDRESS = "https://huggingface.co/papers/2609.02345"
HEADING = f"### [{title(1)}]({ADDRESS})"
CARD = f"{HEADING}\n\n[{abstract(1)}]({ADDRESS})\n\n\u00b7\n\nSep 2"


def listing(page: str) -> Listing:
    found = capture(page.encode())
    assert isinstance(LAYOUT.answer(found), Match)
    return LAYOUT.parse(found)


@pytest.mark.parametrize(
    "address", [ADDRESS, "../papers/2609.02345", "/papers/2609.02345", "papers/2609.02345"]
)
def test_a_heading_leads_to_a_paper_from_wherever_the_page_was_saved(address: str) -> None:
    (paper,) = listing(f"{HEAD}\n### [{title(1)}]({address})\n\n{abstract(1)}").papers
    assert (paper.title, paper.abstract) == (title(1), abstract(1))
    assert paper.addresses == (ADDRESS, "https://arxiv.org/abs/2609.02345")


def test_an_abstract_in_two_paragraphs_is_one() -> None:
    (paper,) = listing(f"{HEAD}\n{HEADING}\n\n{abstract(1)}\n\n{abstract(2)}\n\n2 authors").papers
    assert paper.abstract == f"{abstract(1)} {abstract(2)}"


def test_brackets_inside_an_abstract_do_not_end_it() -> None:
    text = f"On [0, 1) we find that {abstract(1)}"
    page = HEAD + CARD.replace(abstract(1), text)
    assert listing(page).papers[0].abstract == text


def test_what_is_below_a_heading_in_brackets_may_be_no_abstract() -> None:
    faces = "[- ![](https://cdn-avatars.example/a-face-with-a-long-address-indeed.jpeg)\\\\\n"
    authors = (
        f"{faces}- ![](https://cdn-avatars.example/another-face.jpeg)\\\\\n- 2 authors]({ADDRESS})"
    )
    organisation = "[![](https://cdn-avatars.example/logo.png)Institute](/institute)"
    for below in (authors, f"{organisation}\n\n[12](/login)\n\n{'x' * 90}"):
        assert listing(f"{HEAD}\n{HEADING}\n\n{below}").papers[0].abstract is None


def test_a_cut_abstract_is_flagged_and_so_is_the_page() -> None:
    for cut in (f"[{abstract(1)[:150]}", f"{abstract(1)[:150]}\n\n[Content truncated]"):
        found = listing(f"{HEAD}\n{HEADING}\n\n{cut}\n")
        assert found.flags == ("partial",)
        assert found.papers[0].flags == ("abstract_truncated",)
        assert found.papers[0].abstract == abstract(1)[:150].strip()


def test_a_cut_heading_is_no_paper() -> None:
    assert len(listing(f"{HEAD}\n{CARD}\n\n### [What the").papers) == 1


def test_headings_without_links_need_the_remarks_of_papers() -> None:
    card = f"### {title(1)}\n\n{abstract(1)}\n"
    assert listing(HEAD + card + "- 3 authors\n").papers[0].abstract == abstract(1)
    assert isinstance(LAYOUT.answer(capture((HEAD + card).encode())), Mismatch)


def test_below_the_name_of_trending_papers_stands_no_abstract() -> None:
    page = HEAD.replace("# Daily Papers", "# Trending Papers") + CARD
    assert listing(page).papers[0].abstract is None
    assert listing(HEAD + "\n[Trending Papers](/papers/trending)\n" + CARD).papers[0].abstract


NEAR_MISSES = {
    "no_banner": CARD,
    "banner_alone": HEAD,
    "banner_in_prose": f"The page says {BANNER}\n\n{CARD}",
    "headings_of_an_article": f"{HEAD}\n### Methods\n\n{abstract(1)}\n\n### Results",
    "headings_that_lead_elsewhere": f"{HEAD}\n{CARD.replace('papers/', 'blog/')}",
    "banner_quoted_before_prose": f"{BANNER}\n\n{abstract(3)}\n\n{CARD}",
    "banner_in_source_code": f'PAGE = """\n{BANNER}\n"""\n\n### a comment\nx = 1\n',
    "page_in_a_string": f'PAGE = "{HEAD}{CARD}"'.replace("\n", "\\n"),
    "other_levels": f"{HEAD}\n{CARD.replace('### ', '#### ')}",
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    answer = LAYOUT.answer(capture(NEAR_MISSES[name].encode()))
    assert isinstance(answer, Mismatch)
    assert "Winters" not in answer.reason
