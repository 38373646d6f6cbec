"""Labelled pairs of papers: one work listed twice, or two works that look alike.

Each kind is a function from a writer to a pair. The label says whether the two are one work;
whether the rule means to merge them is worked out from their words (``likeness.is_meant``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.dedupe.papers import Writer, Written
from bench.dedupe.rewriting import alike, edited, marked_up, mistyped, rewritten, shouted
from services.common.identity import wording_id
from services.common.records import Page, Paper

TRUNCATED = ("abstract_truncated",)
NOTES = ("(Extended Abstract)", "(Short Paper)", "[Extended Version]", "(Poster)", "(Demo Paper)")
PAGE = Page(
    page_id="0" * 32,
    source="bench",
    captured_at=datetime(2026, 1, 2, tzinfo=UTC),
    layout="bench",
    date_label=None,
    position=0,
    papers_on_page=1,
    topic="listings.pages.v1",
    partition=0,
    offset=0,
)

Pair = tuple[Paper, Paper]
Kind = Callable[[Writer], Pair]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair of a kind, and whether the two are one work."""

    kind: str
    papers: Pair
    is_one_work: bool


def listed(title: str | None, abstract: str | None, **more: object) -> Paper:
    """Give a record of a paper as it is on ``papers``."""
    fields = {"title": title, "abstract": abstract, "page": PAGE, **more}
    return Paper(wording_id=wording_id(title, abstract), **fields)  # type: ignore[arg-type]


def labelled(writer: Writer, each: int) -> list[Labelled]:
    """Give so many pairs of each kind."""
    kinds = {True: ONE_WORK, False: TWO_WORKS}
    return [
        Labelled(name, kind(writer), is_one)
        for is_one, table in kinds.items()
        for name, kind in table.items()
        for _ in range(each)
    ]


def _again(change: Callable[[Written, Writer], Paper]) -> Kind:
    """Give the kind whose second listing is a change of the first."""

    def pair(writer: Writer) -> Pair:
        paper = writer.paper()
        return listed(paper.title, paper.abstract), change(paper, writer)

    return pair


def _edited(share: float, *, title: bool = False) -> Kind:
    def change(paper: Written, writer: Writer) -> Paper:
        heading = edited(paper.title, 0.0, writer) if title else paper.title
        return listed(heading, edited(paper.abstract, share, writer))

    return _again(change)


def _tex(writer: Writer) -> Pair:
    paper = writer.paper()
    source = marked_up(paper.abstract, writer.chance)
    stripped = source.translate({ord(sign): None for sign in "\\$"})
    return listed(paper.title, source), listed(paper.title, stripped)


def _identified(writer: Writer) -> Pair:
    paper = writer.paper()
    name = writer.chance.choice(("arxiv_id", "doi"))
    value = f"10.{writer.chance.randrange(10**9)}/x"
    other = listed(writer.paper().title, rewritten(paper, writer), **{name: value.upper()})
    return listed(paper.title, paper.abstract, **{name: value}), other


def _cut(paper: Written) -> Paper:
    return listed(paper.title, paper.abstract[:300] + "...", flags=TRUNCATED)


def _cut_first(writer: Writer) -> Pair:
    paper = writer.paper()
    return _cut(paper), listed(paper.title, paper.abstract)


def _bare_first(writer: Writer) -> Pair:
    paper = writer.paper()
    return listed(paper.title, None), listed(paper.title, paper.abstract)


def _accented(writer: Writer) -> Pair:
    paper = writer.paper()
    folded = paper.title + " Revisited by Muller"
    accented = folded.replace("Muller", "Müller").replace("e", "é", 1)
    return listed(folded, paper.abstract), listed(accented, rewritten(paper, writer))


def _apart(
    low: float, high: float, titles: Callable[[Written, Writer], tuple[str | None, str | None]]
) -> Kind:
    """Give two works whose abstracts are that much alike."""

    def pair(writer: Writer) -> Pair:
        paper = writer.paper()
        first, second = titles(paper, writer)
        target = writer.chance.uniform(low, high)
        return listed(first, paper.abstract), listed(second, alike(paper.abstract, target, writer))

    return pair


def _counted(first: str, second: str) -> Kind:
    return _apart(0.3, 0.85, lambda paper, _: (f"{paper.title}{first}", f"{paper.title}{second}"))


def _numbers(paper: Written, writer: Writer) -> tuple[str, str]:
    one, two = writer.chance.sample(("Two", "Three", "Four", "Five", "12", "30"), 2)
    return f"{one} Winters of {paper.title}", f"{two} Winters of {paper.title}"


def _sequel(paper: Written, writer: Writer) -> tuple[str, str]:
    ends = (" Revisited", ": A Second Look", ", Continued", f" and Beyond, with {writer.name()}")
    return paper.title, paper.title + writer.chance.choice(ends)


def _boilerplate(writer: Writer) -> Pair:
    place, text = writer.name(), writer.paper().abstract
    text = f"This volume holds the papers of a meeting held in {place}. {text}"
    first, second = (writer.paper().title for _ in range(2))
    return listed(f"Preface to {first}", text), listed(f"Preface to {second}", text)


def _series(writer: Writer) -> Pair:
    name, text = f"the Meeting on {writer.name()} {writer.name()}", writer.paper().abstract
    year = writer.chance.randrange(1990, 2020)
    first, second = (f"Proceedings of {name}, {at}" for at in (year, year + 1))
    return listed(first, text), listed(second, text)


def _short(writer: Writer) -> Pair:
    title = f"{writer.name()} Editorial"
    return listed(title, writer.paper().abstract), listed(title, writer.paper().abstract)


def _few_words(writer: Writer) -> Pair:
    name, other = writer.name(), writer.name()
    text = "Corrections to an earlier article of this journal."
    return listed(f"Erratum {name}", text), listed(f"Erratum {other}", text)


ONE_WORK: dict[str, Kind] = {
    "case and white space": _again(
        lambda paper, writer: listed(paper.title.upper(), shouted(paper.abstract, writer.chance))
    ),
    "LaTeX stripped": _tex,
    "a typo in the title": _again(
        lambda paper, writer: listed(mistyped(paper.title, writer.chance), paper.abstract)
    ),
    "a venue's note, rewritten": _again(
        lambda paper, writer: listed(
            f"{paper.title} {writer.chance.choice(NOTES)}", rewritten(paper, writer)
        )
    ),
    "the title kept, rewritten": _again(
        lambda paper, writer: listed(paper.title, rewritten(paper, writer))
    ),
    "accents in the title, rewritten": _accented,
    "an identifier kept, rewritten": _identified,
    "no title": _again(lambda paper, _: listed(None, paper.abstract)),
    "whole first, cut later": _again(lambda paper, _: _cut(paper)),
    "cut first, whole later": _cut_first,
    "title first, abstract later": _bare_first,
    "a longer title, 3 % edited": _again(
        lambda paper, writer: listed(
            f"{paper.title}: A Study of {writer.name()}", edited(paper.abstract, 0.03, writer)
        )
    ),
    **{f"{share:.0%} edited, title kept": _edited(share) for share in (0.01, 0.05, 0.1, 0.3)},
    **{
        f"{share:.0%} edited, a word of the title too": _edited(share, title=True)
        for share in (0.01, 0.05, 0.1)
    },
}

TWO_WORKS: dict[str, Kind] = {
    "a group's next paper": _apart(
        0.5, 0.9, lambda paper, writer: (paper.title, writer.paper().title)
    ),
    "a sequel": _apart(0.3, 0.65, _sequel),
    "parts": _counted(": Part One", ": Part Two"),
    "parts in Roman numbers": _counted(" I", " II"),
    "two, three ...": _apart(0.3, 0.85, _numbers),
    "boilerplate abstracts": _boilerplate,
    "one meeting, two years": _series,
    "a short title for both": _short,
    "no title, a template": _apart(0.3, 0.65, lambda *_: (None, None)),
    "under 20 words": _few_words,
    "nothing in common": lambda writer: (
        listed((one := writer.paper()).title, one.abstract),
        listed((other := writer.paper()).title, other.abstract),
    ),
}
