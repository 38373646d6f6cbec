"""How a page's bytes become text."""

from __future__ import annotations

import pytest

from services.common.errors import Rejected
from services.ingest.capture import capture

WORDS = "plain words of a page " * 20


@pytest.mark.parametrize("body", [b"", b"  \r\n\t \n", b"\xef\xbb\xbf \n", "\u3000\n".encode()])
def test_white_space_alone_is_an_empty_page(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        capture(body)
    assert caught.value.reason == "empty_page"


@pytest.mark.parametrize(
    "body",
    [
        WORDS.encode() + b"\x00",
        WORDS.encode("utf-16"),
        bytes(range(1, 256)) * 4,
        b"\x1b[1mred\x1b[0m " * 30,
        b"\x89PNG\r\n\x1a\n" + b"\xff\xd8" * 40,
    ],
)
def test_binary_noise_is_not_text(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        capture(body)
    assert caught.value.reason == "not_text"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert capture(b"\xef\xbb\xbf" + WORDS.encode()).text == WORDS


def test_a_few_bytes_that_are_not_utf8_are_replaced_and_flagged() -> None:
    page = capture(WORDS.encode() + b"caf\xe9 " + WORDS.encode())
    assert page.flags == ("invalid_utf8",)
    assert "caf\ufffd" in page.text


def test_a_replacement_character_that_the_page_itself_holds_is_no_flag() -> None:
    assert capture(("\ufffd " * 30).encode()).flags == ()


def test_genuine_replacement_characters_are_not_counted_as_damage() -> None:
    assert capture(("\ufffd " * 300).encode() + b"\xe9").flags == ("invalid_utf8",)


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        ("", "text/plain; charset=ISO-8859-1"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>', None),
        ("<meta charset=iso-8859-1>", "text/html; charset=no-such-thing"),
    ],
)
def test_a_page_is_of_the_character_set_that_it_declares(
    head: str, content_type: str | None
) -> None:
    text = head + "mod\u00e8le \u00e9l\u00e8ve " * 30
    page = capture(text.encode("latin-1"), content_type=content_type)
    assert (page.text, page.flags) == (text, ())


def test_a_character_set_that_nobody_declares_is_guessed_and_flagged() -> None:
    text = "\u6211\u4eec\u63d0\u51fa\u4e86\u4e00\u79cd\u65b0\u7684\u65b9\u6cd5\u3002" * 40
    page = capture(text.encode("gb18030"))
    assert (page.text, page.flags) == (text, ("charset_guessed",))
