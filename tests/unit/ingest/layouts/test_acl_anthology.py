"""ACL Anthology beside its fixtures; the mark-up is that of the site's templates."""

from __future__ import annotations

import pytest

from services.ingest.capture import Capture
from services.ingest.layouts.acl_anthology import LAYOUT, parse
from services.ingest.layouts.layout import ListedPaper, Match, Mismatch

HEAD = "<html><body><a href=https://aclanthology.org/>ACL Anthology</a>"


def entry(path: str = "/2026.shore-long.1/", *, title: str = "Reefs", extra: str = "") -> str:
    return (
        '<div class="d-sm-flex align-items-stretch mb-3"><span class=d-block>'
        f"<strong><a class=align-middle href={path}>{title}</a></strong><br>"
        f"<a href=/people/pia-aalto/>Pia Aalto</a></span></div>{extra}"
    )


def abstract(identifier: str, text: str = "Reefs grow.") -> str:
    return (
        f'<div class="card collapse abstract-collapse" id=abstract-{identifier}>'
        f"<div class=card-body>{text}</div></div>"
    )


def listed(body: str) -> tuple[ListedPaper, ...]:
    page = Capture(HEAD + body)
    assert isinstance(LAYOUT.answer(page), Match)
    return parse(page).papers


@pytest.mark.parametrize(
    "path",
    [
        "/2026.shore-long.1/",
        "/2026.shore-long.1",
        "https://aclanthology.org/2026.shore-long.1/",
        "https://www.aclweb.org/anthology/P19-1001/",
        "/anthology/papers/W09-1203/",
        "/2020.findings-emnlp.7/index.html",
    ],
)
def test_every_form_of_an_entrys_address_is_known(path: str) -> None:
    (paper,) = listed(entry(path))
    assert paper.addresses[0].startswith("https://aclanthology.org/")


@pytest.mark.parametrize("front", ["2026.shore-long.0", "P19-1000", "W09-1200"])
def test_front_matter_is_no_paper(front: str) -> None:
    assert listed(entry(f"/{front}/")) == ()


@pytest.mark.parametrize("paper", ["2026.shore-long.10", "P19-1100", "W09-1210", "N12-2010"])
def test_a_number_that_ends_in_zero_is_a_paper(paper: str) -> None:
    assert len(listed(entry(f"/{paper}/"))) == 1


@pytest.mark.parametrize("identifier", ["2026--shore-long--1", "2026.shore-long.1"])
def test_an_abstract_is_found_by_its_id_whatever_stands_before_it(identifier: str) -> None:
    foreign = "<style>.shield{}</style><div class=shield>Protected</div>"
    (paper,) = listed(entry(extra=foreign + abstract(identifier)))
    assert paper.abstract == "Reefs grow."


def test_an_abstract_is_of_its_own_entry_alone() -> None:
    first, second = listed(
        entry("/2026.a-b.1/") + entry("/2026.a-b.2/", extra=abstract("2026--a-b--2"))
    )
    assert (first.abstract, second.abstract) == (None, "Reefs grow.")


def test_what_a_script_inside_an_abstract_holds_is_no_text() -> None:
    text = "Reefs<script>track()</script> grow."
    (paper,) = listed(entry(extra=abstract("2026--shore-long--1", text)))
    assert paper.abstract == "Reefs grow."


def test_an_entry_that_links_elsewhere_is_left_out() -> None:
    assert len(listed(entry() + entry("https://example.org/2026.shore-long.1/"))) == 1
    assert len(listed(entry() + entry("http://[/2026.shore-long.1/"))) == 1


@pytest.mark.parametrize(
    "page",
    [
        "<html><body>" + entry(),
        HEAD + "<p>About the Anthology</p>",
        HEAD + entry("/faq/"),
        HEAD + entry().replace("/people/", "/venues/"),
        HEAD + "<pre>" + entry().replace("<", "&lt;") + "</pre>",
        HEAD + f"<script>const quoted = '{entry()}'</script>",
        HEAD + f"<!-- {entry()} -->",
    ],
    ids=["no_site", "no_entry", "no_id", "no_author", "escaped", "script", "comment"],
)
def test_what_is_no_list_of_the_site_is_not_recognised(page: str) -> None:
    assert isinstance(LAYOUT.answer(Capture(page)), Mismatch)
