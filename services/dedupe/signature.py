"""All that the index needs to know of a paper's words, packed: signature version 1.

It goes with each claim, stands beside the owner in the index, and is a header of each record of
``unique``, so that a catch-up reads no text. Another version needs a namespace of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from services.common.identity import Wording, wording
from services.common.records import Kind, Paper
from services.dedupe import minhash
from services.dedupe.shingles import shingles, words_of
from services.dedupe.titles import comparable, numbers

VERSION = 1

LEAST_WORDS = 20
"""A text of fewer words is compared by its title and its identifiers alone."""

SKETCH_BITS = 88
SKETCH_BITS_A_WORD = 2
MOST_TITLE_WORDS = 31

HAS_ABSTRACT, TRUNCATED, LONG = 0x20, 0x40, 0x80
"""Bits of the facts beside the number of the title's words, which takes the lower five."""

REPLACES, STANDS_ALONE, FORGETS = 0x01, 0x02, 0x04
"""Bits of what is claimed alone: the listing says that this is a newer version; it is no near copy,
whatever it is like; its paper is taken down."""

WORDS_BYTES = 45
"""Of a signature, the first ones: what papers are compared by; the claim's byte and keys follow."""

KEY_BYTES = 8

SIGNATURE_BYTES = 134


def signed(papers: Sequence[Paper], known: Sequence[Wording] | None = None) -> list[bytes]:
    """Give the packed signature of each paper.

    32 bytes: two bits of each of 128 values of the text. 12 bytes: the title's words and numbers,
    see ``sketches``. 1 byte: facts. 1 byte: what is claimed. Then keys of 8 bytes, under each of
    which a paper can be found: 8 bands of the text, the title, and one for each identifier; zeros
    where there is none.

    Args:
        papers: to be signed.
        known: the words of each, where somebody has them already.
    """
    wordings = known or [wording(paper.title, paper.abstract) for paper in papers]
    titles = [
        comparable(paper.title, its.title) for paper, its in zip(papers, wordings, strict=True)
    ]
    sets = shingles([its.text for its in wordings])
    values = minhash.signatures(sets)
    # A text of two words or more has one shingle less than words.
    long = np.diff(sets.starts) + 1 >= LEAST_WORDS
    bands = np.where(long[:, np.newaxis], minhash.bands(values), 0).astype(">u8")
    rows = zip(papers, titles, long, minhash.codes(values), sketches(titles), bands, strict=True)
    return [
        b"".join(
            (
                codes.tobytes(),
                sketch.tobytes(),
                _facts(paper, title, is_long=bool(is_long)),
                keys.tobytes(),
                _title_key(title),
                _identifier_key("arxiv", paper.arxiv_id),
                _identifier_key("doi", paper.doi),
            )
        )
        for paper, title, is_long, codes, sketch, keys in rows
    ]


def marked(signature: bytes, bit: int) -> bytes:
    """Give the signature with a bit of what is claimed alone."""
    claims = signature[WORDS_BYTES] | bit
    return signature[:WORDS_BYTES] + bytes((claims,)) + signature[WORDS_BYTES + 1 :]


def sketches(titles: Sequence[str]) -> NDArray[np.uint8]:
    """Give 12 bytes for each title; shape (titles, 12).

    11 bytes: its words as a set of 88 bits, two for each word. A title whose words are all in
    another has no bit that the other does not have; one word in twenty that is not looks as if it
    were. 1 byte: a hash of its numbers, 0 where there is none.
    """
    words_in = words_of(titles)
    bits = np.zeros((len(titles), SKETCH_BITS), bool)
    for part in range(SKETCH_BITS_A_WORD):
        bits[words_in.texts, (words_in.hashes >> np.uint64(32 * part)) % SKETCH_BITS] = True
    counted = np.array([_count(numbers(title)) for title in titles], np.uint8)
    return np.column_stack((np.packbits(bits, axis=1, bitorder="little"), counted))


def _count(found: str) -> int:
    return _key("numbers", found)[0] if found else 0


def _facts(paper: Paper, title: str, *, is_long: bool) -> bytes:
    facts = min(MOST_TITLE_WORDS, len(set(title.split())))
    facts |= HAS_ABSTRACT if paper.abstract else 0
    facts |= TRUNCATED if "abstract_truncated" in paper.flags else 0
    facts |= LONG if is_long else 0
    return bytes((facts, REPLACES if paper.kind is Kind.REPLACE else 0))


def _title_key(title: str) -> bytes:
    return _key("title", title) if title else bytes(KEY_BYTES)


def _identifier_key(kind: str, identifier: str | None) -> bytes:
    return _key(kind, identifier.lower()) if identifier else bytes(KEY_BYTES)


def _key(kind: str, text: str) -> bytes:
    return blake2b(f"{kind}:{text}".encode(), digest_size=KEY_BYTES).digest()
