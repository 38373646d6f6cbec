"""arXiv's lists as text and as markdown: what is refused, and what a saver may do without harm."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.ingest.capture import Capture, capture
from services.ingest.layouts import arxiv_list_markdown, arxiv_list_text
from services.ingest.layouts.layout import Layout, ListedPaper, Listing, Match, Mismatch

PAGES = Path(__file__).parents[3] / "pages"
TEXT, MARKDOWN = arxiv_list_text.LAYOUT, arxiv_list_markdown.LAYOUT
LAYOUTS = {layout.name: layout for layout in (TEXT, MARKDOWN)}
FILES = sorted(page for name in LAYOUTS for page in (PAGES / name).glob("*.[tm]*"))

HEADING = "New submissions (showing 1 of 1 entries)\n"
ENTRY = (
    "[1] arXiv:2604.00017 [pdf, html, other]\nTitle: Rain Gauges on Roofs\nAda Field, Bo Lund\n"
    "Subjects: Geophysics (physics.geo-ph)\nWe measure rain on roofs.\n"
)
LINKED = (
    '[[1]](/list/x/new)[arXiv:2604.00017](https://arxiv.org/abs/2604.00017 "Abstract")\n\n'
    "Title: Rain Gauges on Roofs\n\n[Ada Field](/a), [Bo Lund](/b)\n\n"
    "Subjects:Geophysics (physics.geo-ph)\n\nWe measure rain on roofs.\n"
)


def page(text: str) -> Capture:
    return capture(text.encode(), captured_at=datetime(2026, 5, 1, tzinfo=UTC))


def only_paper(text: str, layout: Layout = TEXT) -> ListedPaper:
    assert isinstance(layout.answer(page(text)), Match)
    (paper,) = layout.parse(page(text)).papers
    return paper


def wrapped(text: str) -> str:
    """Wrap lines as a mail program does: at white space alone."""
    lines = (
        textwrap.wrap(line, 80, break_long_words=False, break_on_hyphens=False) or [""]
        for line in text.split("\n")
    )
    return "\n".join("\n".join(parts) for parts in lines)


SAVERS: dict[str, Callable[[str], str]] = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "byte_order_mark": lambda text: "\ufeff" + text,
    "trailing_spaces": lambda text: text.replace("\n", "  \t \n"),
    "doubled_blank_lines": lambda text: text.replace("\n\n", "\n\n\n"),
    "no_blank_lines": lambda text: re.sub(r"\n\s*\n", "\n", text),
    "tabs": lambda text: text.replace(" ", "\t"),
    "no_break_spaces": lambda text: text.replace(" ", "\u00a0"),
    "front_matter": lambda text: "---\nsource: a crawler\n---\n\n" + text,
    "code_fence": lambda text: f"```text\n{text}\n```\n",
    "80_columns": wrapped,
}


@pytest.mark.parametrize("saver", SAVERS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_how_a_list_was_saved_changes_no_paper(file: Path, saver: str) -> None:
    layout = LAYOUTS[file.parent.name]
    plain, saved = page(file.read_text()), page(SAVERS[saver](file.read_text()))
    assert isinstance(layout.answer(saved), Match)
    assert essence(layout.parse(saved)) == essence(layout.parse(plain))


def essence(listing: Listing) -> tuple[object, ...]:
    return (listing.papers, listing.declared, listing.date_label, len(listing.bad_items))


NEAR_MISSES = {
    "no heading and no total": ENTRY,
    "heading alone": HEADING,
    "total alone": "Total of 7 entries\n",
    "bibliography": HEADING + "[1] arXiv:2604.00017, Field, Rain\n[2] arXiv:2604.00018\n",
    "ids without titles": HEADING + "[1] arXiv:2604.00017 [pdf]\n[2] arXiv:2604.00018 [pdf]\n",
    "mail digest": HEADING + "\\\\\narXiv:2604.00017\nTitle: Rain Gauges\n\\\\\nWe rain.\n",
    "python": f'import pytest\n\nPAGE = """\n{HEADING}{ENTRY}"""\n',
    "one string": f'PAGE = """\n{HEADING}{ENTRY}"""\n',
    "typescript": f"describe('lists', () => {{\n  const text = `\n{HEADING}{ENTRY}`;\n}});\n",
    "shell": f"cat <<'EOF'\n{HEADING}{ENTRY}EOF\n",
    "essay": "Lists look as follows, and have for years. " * 5 + f"\n\n{HEADING}{ENTRY}",
}


@pytest.mark.parametrize("name", NEAR_MISSES)
@pytest.mark.parametrize("entry", [ENTRY, LINKED], ids=["text", "markdown"])
def test_a_text_that_is_no_list_or_quotes_one_is_refused(name: str, entry: str) -> None:
    text = page(NEAR_MISSES[name].replace(ENTRY, entry))
    assert isinstance(TEXT.answer(text), Mismatch)
    assert isinstance(MARKDOWN.answer(text), Mismatch)


def test_links_alone_tell_markdown_from_text() -> None:
    assert isinstance(TEXT.answer(page(HEADING + ENTRY)), Match)
    assert isinstance(MARKDOWN.answer(page(HEADING + ENTRY)), Mismatch)
    assert isinstance(TEXT.answer(page(HEADING + LINKED)), Mismatch)
    assert isinstance(MARKDOWN.answer(page(HEADING + LINKED)), Match)


def test_text_and_markdown_give_the_same_paper() -> None:
    assert only_paper(HEADING + ENTRY) == only_paper(HEADING + LINKED, MARKDOWN)


@pytest.mark.parametrize(
    "abstract",
    [
        "Title: is a word. Subjects: are others.",
        "We rank [1] and\n[2]\narXiv, which",
        "We extend\n[7] arXiv:2501.00002, a gauge.",
        "Comments: none.\nResults: rain.",
    ],
)
def test_an_abstract_may_look_like_fields(abstract: str) -> None:
    paper = only_paper(HEADING + ENTRY.replace("We measure rain on roofs.", abstract))
    assert paper.abstract == abstract.replace("\n", " ")


@pytest.mark.parametrize(
    "subjects",
    [
        "Subjects: Geophysics (physics.geo-ph);\nOther Statistics (stat.OT)",
        "Subjects: Geophysics (physics.geo-ph)\n; Other Statistics (stat.OT)",
        "Subjects:\n\nGeophysics (physics.geo-ph) ;\nOther\nStatistics (stat.OT)",
        "Subjects: Geophysics\n",
    ],
)
def test_subjects_end_with_their_last_code_or_a_blank_line(subjects: str) -> None:
    text = ENTRY.replace("Subjects: Geophysics (physics.geo-ph)", subjects)
    assert only_paper(HEADING + text).abstract == "We measure rain on roofs."


def test_an_entry_with_nothing_below_its_label_is_a_bad_item() -> None:
    bare = ENTRY.replace("Rain Gauges on Roofs\nAda Field, Bo Lund\n", "\n\n")
    listing = TEXT.parse(page(HEADING + ENTRY + bare.replace("00017", "00018")))
    assert (len(listing.papers), len(listing.bad_items)) == (1, 1)


def test_a_page_that_was_cut_says_so() -> None:
    cut = HEADING + ENTRY.replace("on roofs.", "[Content truncated]")
    assert TEXT.parse(page(cut)).flags == ("partial",)
    assert TEXT.parse(page(HEADING + ENTRY)).flags == ()


def test_what_comes_after_the_list_is_in_no_abstract_and_is_counted() -> None:
    text = HEADING + ENTRY + "Total of 1 entries\nShowing up to 50 entries per page: all\nAbout\n"
    assert only_paper(text).abstract == "We measure rain on roofs."
    assert TEXT.parse(page(text)).ignored_lines == 4


def test_mathematics_in_markdown_is_no_link() -> None:
    formula = r"We bound $f[x](t)$, $[0, 1](s)$ and $\sqrt[3]{x}$."
    text = HEADING + LINKED.replace("We measure rain on roofs.", formula)
    assert only_paper(text, MARKDOWN).abstract == formula


def test_a_link_in_markdown_is_kept_where_its_words_do_not_name_it() -> None:
    linked = "See [this http URL](http://rain.example/(a)) and [arXiv:2501.00002](https://x.org)."
    paper = only_paper(HEADING + LINKED.replace("We measure rain on roofs.", linked), MARKDOWN)
    assert paper.abstract == "See this http URL and arXiv:2501.00002."
    assert paper.more_addresses == ("http://rain.example/(a)",)


@pytest.mark.parametrize("layout", [TEXT, MARKDOWN], ids=LAYOUTS)
def test_a_reason_tells_nothing_of_the_text(layout: Layout) -> None:
    answer = layout.answer(page("const Zanzibar = `\n" + HEADING + LINKED))
    assert isinstance(answer, Mismatch)
    assert "Zanzibar" not in answer.reason
