"""What the index holds of a wording, and how it fits the record of ``unique``."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from services.dedupe.claims import Claim, Emitted, Owned
from services.dedupe.entry import OUT, Entry, Found, differences, entry, wording_of
from services.dedupe.signature import FORGETS, marked

PAPER, WORDING = "a" * 32, "b" * 32
FIRST = Emitted(Claim(Owned(PAPER, 1, 20), bytes(134)), PAPER, 0)
SECOND = Emitted(Claim(Owned(WORDING, 2, 30), bytes(134)), PAPER, 1)
TAKEN_DOWN = Emitted(Claim(Owned(PAPER, 2, 30), marked(bytes(134), FORGETS)), PAPER, 1)
KEPT = Entry(PAPER, "paper", 1, 20, False, PAPER, 0)
LATEST = replace(KEPT, partition=2, offset=30, revision=1)
REVISION = Entry(WORDING, "revision", 2, 30, False, PAPER, 1)


def record(rest: bytes, offset: int = 20) -> bytes:
    return bytes.fromhex(PAPER)[8:] + struct.pack(">HQ", 1, offset) + rest


def test_a_paper_is_read_as_the_scripts_write_it() -> None:
    assert entry(PAPER, record(bytes(45) + b"\0")) == KEPT


def test_a_revision_is_read_with_its_paper_and_number() -> None:
    found = entry(WORDING, record(bytes.fromhex(PAPER) + b"\x70\x03", 20 | OUT))
    assert found == Entry(WORDING, "revision", 1, 20, True, PAPER, 3)


def test_a_paper_that_is_taken_down_keeps_the_number_of_its_revision() -> None:
    found = entry(PAPER, record(bytes(45) + b"\x82"))
    assert (found.revision, found.forgotten) == (2, True)


def test_the_likeness_of_an_alias_is_no_revision() -> None:
    found = entry(WORDING, record(bytes.fromhex(PAPER) + b"\x70"))
    assert (found.kind, found.paper_id, found.revision) == ("alias", PAPER, 0)


@pytest.mark.parametrize("width", [8, 16])
def test_a_wording_id_is_put_together_from_field_and_record(width: int) -> None:
    whole = bytes(range(16))
    assert wording_of(whole[:width], whole[8:] + bytes(56)) == whole.hex()


@pytest.mark.parametrize(
    ("emitted", "found"),
    [
        (FIRST, Found(KEPT, KEPT, 0)),
        (FIRST, Found(replace(KEPT, is_out=True), KEPT, 0)),
        (FIRST, Found(LATEST, LATEST, 0)),
        (SECOND, Found(REVISION, LATEST, 0)),
        (SECOND, Found(REVISION, replace(LATEST, revision=2, offset=99), 0)),
        (SECOND, Found(replace(REVISION, revision=2, offset=99), replace(LATEST, revision=2), 0)),
        (TAKEN_DOWN, Found(replace(LATEST, forgotten=True), LATEST, 0)),
        (FIRST, Found(replace(LATEST, forgotten=True), LATEST, 0)),
    ],
)
def test_what_fits_has_no_difference(emitted: Emitted, found: Found) -> None:
    assert list(differences(emitted, found)) == []


@pytest.mark.parametrize(
    ("emitted", "found", "told"),
    [
        (FIRST, Found(None, None, 0), "is not in the index"),
        (FIRST, Found(replace(KEPT, offset=21), KEPT, 0), "has 1/21 of papers"),
        (FIRST, Found(replace(KEPT, partition=0), KEPT, 0), "has 0/20 of papers"),
        (FIRST, Found(replace(REVISION, paper_id=WORDING), None, 0), f"one of paper {WORDING}"),
        (FIRST, Found(KEPT, KEPT, 3), "3 of its keys lead to no paper"),
        (SECOND, Found(replace(REVISION, kind="alias"), LATEST, 0), "for the alias"),
        (SECOND, Found(replace(REVISION, revision=0), LATEST, 0), "revision 0, not 1"),
        (SECOND, Found(replace(REVISION, offset=9), LATEST, 0), "has 2/9 of papers"),
        (SECOND, Found(REVISION, None, 0), "its paper"),
        (SECOND, Found(REVISION, KEPT, 0), "its paper: the index has revision 0, not 1"),
        (SECOND, Found(REVISION, replace(LATEST, offset=9), 0), "its paper: the index has 2/9"),
        (FIRST, Found(replace(KEPT, forgotten=True), KEPT, 0), "has it as taken down"),
        (TAKEN_DOWN, Found(LATEST, LATEST, 0), "has it as not taken down"),
    ],
)
def test_a_difference_is_told(emitted: Emitted, found: Found, told: str) -> None:
    (what,) = differences(emitted, found)
    assert told in what
