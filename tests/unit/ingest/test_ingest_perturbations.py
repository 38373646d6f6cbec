"""Every fixture page, changed in ways that must not matter: the same papers."""

from __future__ import annotations

import pytest
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from services.ingest.capture import capture
from services.ingest.form import Form
from tests.unit.ingest.perturbations import PERTURBATIONS, Perturbation
from tests.unit.ingest.retagged import unquoted_html
from tests.unit.ingest.test_ingest_fixtures import FIXTURES, Fixture


def form(fixture: Fixture) -> Form:
    return capture(fixture.body).form


def is_utf8(fixture: Fixture) -> bool:
    """Whether a page can be changed as text: how others are decoded is what their fixture shows."""
    try:
        return bool(fixture.body.decode())
    except UnicodeDecodeError:
        return False


PAGES = [fixture for fixture in FIXTURES if is_utf8(fixture)]
CASES = [
    pytest.param(change, fixture, id=f"{name}-{fixture.name}")
    for fixture in PAGES
    for name, change in PERTURBATIONS.items()
    if change.applies(form(fixture), fixture.expected["layout"])
]


@pytest.mark.parametrize(("perturbation", "fixture"), CASES)
def test_how_a_page_was_saved_changes_no_paper(
    perturbation: Perturbation, fixture: Fixture
) -> None:
    changed = perturbation.change(fixture.body.decode()).encode()
    found, wanted = fixture.read(changed), fixture.read()
    assert found.layout == wanted.layout
    assert found.listing.papers == wanted.listing.papers
    assert found.listing.declared == wanted.listing.declared
    assert len(found.listing.bad_items) == len(wanted.listing.bad_items)
    assert found.flags == wanted.flags


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_perturbation_changes_a_page(name: str) -> None:
    change = PERTURBATIONS[name]
    pages = [one for one in PAGES if change.applies(form(one), one.expected["layout"])]
    assert not pages or any(change.change(one.body.decode()) != one.body.decode() for one in pages)


@pytest.mark.parametrize("name", ["attributes_turned", "attributes_unquoted", "entities"])
def test_html_that_is_written_anew_is_the_same_tree(name: str) -> None:
    text = "ebb &amp; tide<br/>&#233;<script>1 < 2</script>"
    page = f'<!doctype html><p class="a b" id=c hidden>{text}</p>'
    anew = PERTURBATIONS[name].change(page)
    assert anew != page
    assert tree(anew) == tree(page)


def tree(page: str) -> list[tuple[str | None, dict[str, str | None], str]]:
    root = LexborHTMLParser(page).root
    assert root is not None
    return [
        (node.tag, dict(sorted(node.attributes.items())), node.text()) for node in root.traverse()
    ]


@pytest.mark.parametrize("name", ["attributes_turned_in_xml", "entities_in_xml"])
def test_xml_that_is_written_anew_is_the_same_tree(name: str) -> None:
    inner = (
        '<!-- <b c="d"> --><t type="html">ebb &lt;p&gt;</t><![CDATA[<a b="c">e]]><i h="x" r="y"/>'
    )
    page = f'<?xml version="1.0"?><feed xmlns="urn:x" a=\'e\'>{inner}</feed>'
    anew = PERTURBATIONS[name].change(page)
    assert anew != page
    trees = [etree.fromstring(text).iter() for text in (anew, page)]
    told = [[(one.tag, dict(one.attrib), one.text, one.tail) for one in tree] for tree in trees]
    assert told[0] == told[1]


def test_a_minified_tag_has_no_quotes_that_it_does_not_need() -> None:
    assert unquoted_html('<a class="x y" href="/p/">') == '<a href="/p/" class="x y">'
    assert unquoted_html('<a class="x" hidden>') == "<a hidden class=x>"
