"""Which addresses an abstract gives."""

from __future__ import annotations

import pytest

from services.common.records import Links
from services.ingest.links import links


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Code is at https://github.com/a/b.", "https://github.com/a/b"),
        ("Code: \\url{https://github.com/a/b}.", "https://github.com/a/b"),
        ("Code (https://github.com/a/b), too", "https://github.com/a/b"),
        ("see \\href{https://gitlab.com/a/b}{here}", "https://gitlab.com/a/b"),
        ("at https://github.com/a\\_b/c\\#d;", "https://github.com/a_b/c#d"),
        ("[code](https://github.com/a/b)", "https://github.com/a/b"),
        ("<https://huggingface.co/a/b>", "https://huggingface.co/a/b"),
        ("HTTPS://GitHub.com/a/b!", "HTTPS://GitHub.com/a/b"),
        ("https://gitlab.example.org/a/b", "https://gitlab.example.org/a/b"),
        ("\u4ee3\u7801\u89c1https://github.com/a/b\u3002", "https://github.com/a/b"),
        ("https://github.com/a/b_(c)).", "https://github.com/a/b_(c)"),
    ],
)
def test_the_sentence_and_tex_around_an_address_are_peeled_off(text: str, code: str) -> None:
    assert links(text) == Links(code=(code,))


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=c&d=e#f",
        "http://a.github.io/b",
        "https://github.com.example.org/a",
        "https://notgithub.com/a",
        "https://github.com@example.org/a",
    ],
)
def test_any_other_host_serves_something_else(address: str) -> None:
    assert links(f"See {address}, please") == Links(other=(address,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://a.b/c",
        "javascript:alert(1)",
        "https://",
        "http://.",
        "https://localhost/a",
        "a.b/c",
    ],
)
def test_what_is_no_web_address_is_no_link(text: str) -> None:
    assert links(text) == Links()


def test_each_address_is_given_once_in_its_order() -> None:
    text = "https://b.org/1 https://github.com/a/b https://a.org/2 https://b.org/1, end"
    assert links(text) == Links(
        code=("https://github.com/a/b",), other=("https://b.org/1", "https://a.org/2")
    )
