"""OpenReview's API: notes, with plain values (version 1) or each value in an object (version 2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import identifiers
from services.ingest.layouts.layout import Answer, Layout, ListedPaper, Listing, Match, Mismatch
from services.ingest.notation import Json
from services.ingest.parts import values
from services.ingest.parts.json_authors import authors
from services.ingest.parts.values import Fields, Item

REJECTED = "rejected"
"""Of a paper: its venue did not take it."""

WITHDRAWN = "withdrawn"
"""Of a paper: its authors took it back from its venue."""

_SITE = "https://openreview.net"
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_FATES = {"Rejected_Submission": REJECTED, "Withdrawn_Submission": WITHDRAWN}
_ADDRESSES = ("html", "pdf", "url", "ee")
_MORE = ("code", "code_url", "github", "project_page", "website", "supplementary_material")


def recognise(capture: Capture) -> Answer:
    """Look for notes with an id and a content, one of them with a title."""
    page = capture.json
    notes = page.get("notes") if isinstance(page, dict) else None
    if not isinstance(notes, list):
        return Mismatch("no list of notes")
    if not notes:
        if values.number(page, "count") == 0:
            return Match("a list of notes that says that it is empty")
        return Mismatch("the list of notes is empty and does not say so")
    known = [note for note in notes if _is_note(note)]
    titled = any("title" in note["content"] for note in known)
    if 2 * len(known) < len(notes) or not titled:
        return Mismatch(f"{values.share(known, notes)} are notes with an id and a content")
    return Match(f"{values.share(known, notes)} are notes with an id and a content")


def parse(capture: Capture) -> Listing:
    """Read the submissions among the notes; a review or a decision answers one and is left out."""
    notes = capture.json["notes"]
    items = [item for item in values.numbered(notes) if not _is_reply(item.value)]
    found = values.read(items, lambda note: _paper(note, capture.captured_at))
    return Listing(found.papers, declared=_declared(capture.json, items), bad_items=found.bad_items)


def _declared(page: Fields, items: Sequence[Item]) -> int | None:
    """Give the count of all that was asked for, where this page holds all of it."""
    count = values.number(page, "count")
    return count if count == len(items) == len(page["notes"]) else None


def _paper(note: Fields, captured_at: datetime) -> ListedPaper:
    content = {name: _plain(value) for name, value in values.object_at(note, "content").items()}
    pages = [_absolute(values.text(content, name)) for name in _ADDRESSES]
    ids = [*values.strings(note.get("externalIds")), *values.strings(note.get("externalId"))]
    names = [values.text(content, "arxiv_id"), values.text(content, "doi"), *map(_unlabelled, ids)]
    arxiv_id, doi = identifiers(*names, *pages)
    return ListedPaper(
        title=values.title(values.text(content, "title")),
        abstract=values.abstract(values.text(content, "abstract")),
        authors=authors(content.get("authors")),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=values.web((_forum(note), *pages)),
        more_addresses=values.web(_absolute(values.text(content, name)) for name in _MORE),
        published=values.day_of(values.number(note, "pdate"), captured_at=captured_at)
        or values.day_of(values.number(note, "cdate"), captured_at=captured_at),
        flags=_fate(note, content),
    )


def _plain(value: Json) -> Json:
    return value.get("value") if isinstance(value, dict) else value


def _is_note(note: Json) -> bool:
    if not isinstance(note, dict) or not isinstance(note.get("content"), dict):
        return False
    return values.text(note, "id", "forum") is not None


def _is_reply(note: Json) -> bool:
    return isinstance(note, dict) and values.text(note, "replyto") is not None


def _forum(note: Fields) -> str | None:
    name = values.text(note, "forum", "id")
    return f"{_SITE}/forum?id={name}" if name and _ID.fullmatch(name) else None


def _absolute(address: str | None) -> str | None:
    return _SITE + address if address and address.startswith("/") else address


def _unlabelled(external: str) -> str:
    """Give ``doi:10.1/x`` and ``arxiv:2001.00001`` without what they are."""
    return external.partition(":")[2]


def _fate(note: Fields, content: Fields) -> tuple[str, ...]:
    """Give what became of a submission: its venue id says it, in version 1 its invitation."""
    places = (
        *values.strings(content.get("venueid")),
        *values.strings(note.get("invitation")),
        *values.strings(note.get("invitations")),
    )
    fates = (_FATES[end] for place in places for end in _FATES if place.endswith(end))
    return tuple(dict.fromkeys(fates))[:1]


LAYOUT = Layout("openreview", Form.JSON, recognise, parse)
