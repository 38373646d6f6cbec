"""What a page is made of, told by its root."""

from __future__ import annotations

import pytest

from services.common.errors import Rejected
from services.ingest.capture import Capture, capture
from services.ingest.form import Form, Root, root

ABSTRACT = "We measure how far a tide carries seed, and find that it is far. "


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("<!doctype html><html><head></head></html>", Form.HTML),
        ("\ufeff\n <!-- saved from (0042)https://example.org -->\n<HTML lang=en>", Form.HTML),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html>', Form.HTML),
        ('<div id="dlpage"><dl>', Form.HTML),
        ('<?xml version="1.0"?>\n<!-- a feed -->\n<rss version="2.0">', Form.XML),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", Form.XML),
        ("<rdf:RDF xmlns:rdf='x'>", Form.XML),
        ('{"notes": []}', Form.JSON),
        ('[{"title": "x"},\n {"title": "y"}]', Form.JSON),
        ('[{"year": NaN}]', Form.JSON),
        ('{"title": "x"}\n{"title": "y"}\n{"titl', Form.JSON_LINES),
        ("[1] arXiv:2604.20893", Form.TEXT),
        ("{we show} that a brace begins no object", Form.TEXT),
        (ABSTRACT + "<html><body></body></html>", Form.TEXT),
        ("<3 is no tag", Form.TEXT),
        ("@article{key, title = {x}}", Form.TEXT),
    ],
)
def test_the_root_tells_the_form(text: str, form: Form) -> None:
    assert Capture(text.removeprefix("\ufeff")).form is form


def test_the_root_is_named_in_lower_case() -> None:
    assert root("<!-- x --><RSS version='2.0'>") == Root("rss", Form.XML)


def test_a_document_type_is_passed_over_with_what_it_declares() -> None:
    assert root("<!DOCTYPE rss [<!ELEMENT a (b)> ]><rss>") == Root("rss", Form.XML)


@pytest.mark.parametrize("doctype", ['<!DOCTYPE a [<!ENTITY b "c">', "<!doctype a [ <!entity b"])
def test_xml_that_declares_entities_is_refused(doctype: str) -> None:
    with pytest.raises(Rejected) as caught:
        root(doctype + "]><a>&b;</a>")
    assert caught.value.reason == "entity_declarations"


def test_xml_is_read_without_entities_and_only_if_well_formed() -> None:
    feed = Capture('<?xml version="1.0" encoding="latin-1"?><feed><title>caf\u00e9</title></feed>')
    assert feed.xml is not None
    assert feed.xml.findtext("title") == "caf\u00e9"
    assert Capture("<feed><title></feed>").xml is None


@pytest.mark.parametrize("deep", ["[" * 70 + "]" * 70, '{"a":' * 70 + "1" + "}" * 70])
def test_values_too_deep_within_one_another_are_refused(deep: str) -> None:
    with pytest.raises(Rejected) as caught:
        assert capture(deep.encode()).form
    assert caught.value.reason == "too_deep"
    assert capture(deep.encode(), json_depth=80).form is Form.JSON


def test_a_hundred_thousand_open_brackets_are_refused_as_well() -> None:
    with pytest.raises(Rejected) as caught:
        assert capture(b"[" * 100_000).form
    assert caught.value.reason == "too_deep"


def test_a_damaged_line_of_json_lines_is_told_from_the_others() -> None:
    page = Capture('{"title": "x"}\n\n{"title": \n{"title": "z"}\n')
    assert [(line.number, isinstance(line.value, dict)) for line in page.json_lines] == [
        (1, True),
        (3, False),
        (4, True),
    ]


def test_half_of_a_character_that_an_escape_names_can_be_encoded() -> None:
    page = capture(b'["\\ud83d\\ude00", "\\ud83d", {"\\udfff": NaN}]')
    assert page.json[:2] == ["\U0001f600", ""]
    assert list(page.json[2]) == [""]
