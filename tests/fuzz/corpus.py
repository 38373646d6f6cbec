"""Where fuzzing begins: the fixture pages, and the words that mark-up is made of."""

from __future__ import annotations

from pathlib import Path

PAGES = Path(__file__).parents[1] / "pages"

TOKENS: tuple[bytes, ...] = (
    *(b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml", b"&amp;", b"&#0;"),
    *(b"&#x110000;", b"&nbsp;", b"<div>", b"<dl>", b"<dd>", b"<p>", b"<entry>", b"<item>"),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b":", b",", b"null", b"1e999", b"NaN", b"\\u0000"),
    *(b"\\ud800", b"\\", b"$", b"@article{", b"= {", b"\r", b"\n", b"\n\n", b"\t", b"\x0c"),
    *(b"\\\\\n", b"arXiv:", b"Title: ", b"### ", b"](", b"http://", b"[1]", b"Abstract:", b"\xc2"),
    *("\u2028".encode(), "\u202e".encode(), "\u0130".encode(), "\ufb01".encode(), b"\xff", b"..."),
)


def pages(layout: str | None = None) -> dict[str, bytes]:
    """Give the fixture pages of a layout, or all, by name."""
    files = sorted(PAGES.glob(f"{layout or '*'}/*"))
    return {
        f"{file.parent.name}/{file.name}": file.read_bytes()
        for file in files
        if file.suffix != ".expected"
    }
