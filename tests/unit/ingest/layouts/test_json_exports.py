"""JSON Lines and JSON arrays: what is a list of papers, what is not, and what each field gives."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.common.errors import Rejected
from services.ingest.layouts.layout import ListedPaper
from services.ingest.parts import json_fields
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection
from tests.invented_pages import abstract, title

WHEN = datetime(2031, 3, 5, tzinfo=UTC)
SENTENCE = "The bus was late again and the rain did not stop until the shops had closed. " * 4


def reading(page: str) -> Reading:
    return read(page.encode(), limits=IngestSection(), captured_at=WHEN)


def record(number: int, **more: Any) -> dict[str, Any]:
    return {"title": title(number), "abstract": abstract(number), **more}


def paper(**given: Any) -> ListedPaper:
    return json_fields.paper(given, captured_at=WHEN)


def lines(*objects: object) -> str:
    return "\n".join(map(json.dumps, objects))


NO_PAPERS = {
    "empty_array": "[]",
    "empty_list_under_a_key": '{"papers": []}',
    "two_lists": json.dumps({"papers": [record(1)], "data": [record(2)]}),
    "list_under_another_key": json.dumps({"rows": [record(1)]}),
    "program_text_as_items": json.dumps([str(record(1)), str(record(2))]),
    "blog_posts": json.dumps([{"title": "Late", "summary": SENTENCE}] * 9),
    "blog_posts_on_lines": lines(*[{"title": "Late", "summary": SENTENCE}] * 9),
    "mostly_foreign": json.dumps([record(1), {"name": "a"}, {"name": "b"}]),
    "mostly_damaged_lines": lines(record(1)) + "\n{\n{\n",
    "one_object_over_many_lines": json.dumps({"name": "a", "title": title(1)}, indent=1),
    "package": json.dumps({"name": "tides", "title": "Tides", "summary": "Charts of tides."}),
    "titles_alone": json.dumps([{"title": title(number)} for number in range(5)]),
    "machine_summaries": json.dumps(
        [{"title": title(n), "ai_summary": abstract(n), "tldr": abstract(n)} for n in range(3)]
    ),
    "log": lines(*[{"level": "info", "message": abstract(1)}] * 5),
}


@pytest.mark.parametrize("name", NO_PAPERS)
def test_what_is_no_list_of_papers_is_refused(name: str) -> None:
    with pytest.raises(Rejected, match="unknown_layout"):
        reading(NO_PAPERS[name])


@pytest.mark.parametrize("key", ["papers", "results", "data", "items", "entries"])
def test_a_list_under_one_of_the_usual_keys_is_a_list(key: str) -> None:
    found = reading(json.dumps({key: [record(1), record(2)], "total": 900}))
    assert (found.layout, len(found.listing.papers)) == ("json_records", 2)


def test_a_bad_line_is_a_dead_letter_of_its_own_with_its_number_and_text() -> None:
    page = lines(record(1), record(2), record(3)) + '\n\n{"title": "Cut\n[]\n{"id": "x"}'
    listing = reading(page).listing
    assert len(listing.papers) == 3
    assert [(bad.number, bad.content, bad.detail) for bad in listing.bad_items] == [
        (5, '{"title": "Cut', "the line is not JSON"),
        (6, "[]", "a list, not an object"),
        (7, '{"id": "x"}', "the object has no title and no abstract"),
    ]


def test_half_of_an_escaped_character_is_left_out() -> None:
    page = json.dumps([record(1, authors=["Ada \ud800"], url="https://arxiv.org/abs/\udfff")])
    (found,) = reading(page).listing.papers
    assert (found.authors, found.addresses) == (("Ada",), ("https://arxiv.org/abs/",))


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Ada Wren, Per Lund and Chidi Okafor", ("Ada Wren", "Per Lund", "Chidi Okafor")),
        ("Ada Wren, Per Lund, and Chidi Okafor", ("Ada Wren", "Per Lund", "Chidi Okafor")),
        ("Wren, Ada; Lund, Per", ("Ada Wren", "Per Lund")),
        ("Wren, Ada and Lund, Per", ("Ada Wren", "Per Lund")),
        ("Ada Wren, Per Lund", ("Ada Wren", "Per Lund")),
        ("Anders Sand", ("Anders Sand",)),
        (["Wren, Ada", "Per Lund, Jr.", None, "  ", "et al."], ("Ada Wren", "Per Lund, Jr.")),
        (["Lund, Jr., Per"], ("Per Lund Jr.",)),
        (
            [{"fullname": "Ada Wren"}, {"first": "Per", "last": "Lund"}, {}],
            ("Ada Wren", "Per Lund"),
        ),
        ("Anonymous", ()),
        ({"name": "Ada Wren"}, ()),
        (None, ()),
    ],
)
def test_authors_are_given_first_name_first(authors: object, names: tuple[str, ...]) -> None:
    assert paper(title="A", authors=authors).authors == names


@pytest.mark.parametrize("parts", [None, "Wren", ["Wren", "Ada"], [[], [None, 3]], [[[]]]])
def test_names_in_parts_that_are_none_give_way_to_the_authors(parts: object) -> None:
    assert paper(authors="Ada Wren", authors_parsed=parts).authors == ("Ada Wren",)


@pytest.mark.parametrize(
    ("given", "arxiv_id", "doi"),
    [
        ({"id": "2903.01234v2"}, "2903.01234", None),
        ({"paper_id": "oai:arXiv.org:2903.01234v2"}, "2903.01234", None),
        ({"id": 2903.01234, "uid": 7}, None, None),
        ({"id": "W1", "link": "https://arxiv.org/pdf/2903.01234"}, "2903.01234", None),
        ({"externalIds": {"ArXiv": "2903.01234", "DOI": "10.5555/X"}}, "2903.01234", "10.5555/x"),
        ({"DOI": "https://doi.org/10.5555/ABC."}, None, "10.5555/abc"),
        ({"abstract": "As in arXiv:2903.01234.", "comment": "arXiv:2903.01234"}, None, None),
    ],
)
def test_only_fields_that_name_the_record_give_identifiers(
    given: dict[str, Any], arxiv_id: str | None, doi: str | None
) -> None:
    found = paper(**given)
    assert (found.arxiv_id, found.doi) == (arxiv_id, doi)


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ({"publishedAt": "2031-02-03T23:00:00Z"}, date(2031, 2, 3)),
        ({"published": None, "date": "3 Feb 2031"}, date(2031, 2, 3)),
        ({"update_date": "2031-02-03", "year": 2031}, None),
        ({"date": "2031-03-07"}, None),
        ({"date": 20310203}, None),
    ],
)
def test_a_date_is_when_the_paper_appeared_and_a_day(given: dict[str, Any], day: date) -> None:
    assert paper(**given).published == day


@pytest.mark.parametrize("value", [None, True, 1, -1.5, [], {}, [[]], [None], {"a": {}}, ""])
def test_a_field_of_another_type_is_absent(value: object) -> None:
    names = ["title", "abstract", "authors", "authors_parsed", "id", "doi", "url", "date", "code"]
    assert paper(**dict.fromkeys(names, value)) == ListedPaper(None)
