"""A captured page as the layouts see it: its text and what that is made of, each read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from services.common.errors import Rejected
from services.ingest import clean, form, lines, nesting, notation, syndication
from services.ingest.encoding import decoded
from services.ingest.form import Form, Root
from services.ingest.lines import Row
from services.ingest.notation import Json, Line

_CONTROLS = bytes(
    code for code in range(128) if not chr(code).isprintable() and not chr(code).isspace()
)
_MOST_DAMAGE = 0.01
"""The largest share of undecodable or control characters in what still counts as text."""

USUAL_DEPTH = 64


@dataclass(frozen=True)
class Capture:
    """One page.

    Args:
        text: the page decoded, without a byte order mark, otherwise untouched.
        flags: ``invalid_utf8`` where bytes were replaced, ``charset_guessed``.
        content_type: what the sender said that it is, or None.
        captured_at: when it was saved, or reached its topic: the year of a date that has none.
        json_depth: most JSON values within one another.
    """

    text: str
    flags: tuple[str, ...] = ()
    content_type: str | None = None
    captured_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    json_depth: int = USUAL_DEPTH

    @cached_property
    def form(self) -> Form:
        """What the page is made of."""
        if self.root is not None:
            return self.root.form
        if self.json is not notation.MISSING:
            return Form.JSON
        return Form.JSON_LINES if self._has_json_lines() else Form.TEXT

    @cached_property
    def root(self) -> Root | None:
        """The first tag of a page of HTML or XML."""
        return form.root(self.text)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Every line cleaned and collapsed, blank ones as empty strings."""
        return clean.lines(self.text)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The lines that hold words; half of the layouts of text count or read them."""
        return tuple(lines.rows(self.lines))

    @cached_property
    def html(self) -> LexborHTMLParser:
        """The tree of a page of HTML, as a browser would read it; no script runs.

        Raises:
            Rejected: ``too_deep``.
        """
        if nesting.is_too_deep(self.text):
            detail = f"more than {nesting.MOST_ELEMENTS} elements within one another"
            raise Rejected("too_deep", detail)
        return LexborHTMLParser(self.text)

    @cached_property
    def xml(self) -> etree._Element | None:
        """The root element of a page of XML, or None where it is not well formed.

        Comments are left out: lxml's ``itertext`` takes the square of their number.
        """
        parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(self.text.strip().encode(), parser)
        except etree.XMLSyntaxError:
            return None

    @cached_property
    def feed(self) -> syndication.Feed | None:
        """A page of XML as a feed, well formed or not; slow, half a millisecond an item."""
        return syndication.feed(self.text)

    @cached_property
    def json(self) -> Json:
        """The object or array that the page is as a whole, or ``notation.MISSING``."""
        if not self.text.lstrip().startswith(("{", "[")):
            return notation.MISSING
        return notation.value(self.text, depth=self.json_depth)

    @cached_property
    def json_lines(self) -> tuple[Line, ...]:
        """Every line that is not blank, as JSON where it is."""
        return tuple(notation.lines(self.text, depth=self.json_depth))

    def _has_json_lines(self) -> bool:
        """Look at the first line alone: the others may be damaged."""
        first = self.text.lstrip().partition("\n")[0]
        return first.startswith("{") and isinstance(
            notation.value(first, depth=self.json_depth), dict
        )


def capture(
    body: bytes,
    *,
    content_type: str | None = None,
    captured_at: datetime | None = None,
    json_depth: int = USUAL_DEPTH,
) -> Capture:
    """Decode a page.

    A few bytes that are not of its encoding are replaced and flagged; words would be damaged beyond
    that, and their papers would get ids that match nothing.

    Raises:
        Rejected: ``empty_page`` for nothing but white space; ``not_text`` for a NUL byte (so also
            for UTF-16), or more than one character in a hundred undecodable or a control character.
    """
    if b"\x00" in body:
        raise Rejected("not_text", "the page holds NUL bytes: it is binary, or UTF-16")
    text, replaced, flags = decoded(body, content_type=content_type, most_damage=_MOST_DAMAGE)
    if not text.strip():
        raise Rejected("empty_page", "the page holds nothing but white space")
    damaged = replaced + len(body) - len(body.translate(None, _CONTROLS))
    if damaged > _MOST_DAMAGE * len(text):
        detail = f"{damaged} of {len(text)} characters are no UTF-8 or control characters"
        raise Rejected("not_text", detail)
    return Capture(
        text=text,
        flags=flags,
        content_type=content_type,
        captured_at=captured_at or datetime.now(UTC),
        json_depth=json_depth,
    )
