"""The gate before serving: what the session answers is held to the numpy reference."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.common.errors import ExitStatus, Fatal
from services.embed.recipe import Precision
from services.embed.references import References
from services.embed.vector import TokenIds, Vector

TEXTS = files("services.embed") / "parity.txt"
MOST_TOKENS = 512
"""Where the gate's texts are cut, whatever the setting says: its figures are of the graph."""

NEIGHBOURS = 10
SAME = 1e-6
"""Texts whose cosines differ by less are equally near: float32 cannot tell them apart."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a precision must reach; None where nothing is asked."""

    min_cosine: float
    max_difference: float | None = None
    overlap: float | None = None


THRESHOLDS: dict[Precision, Threshold] = {
    "fp32": Threshold(min_cosine=0.99999, max_difference=1e-5),
    "fp16": Threshold(min_cosine=0.9999),
    "int8": Threshold(min_cosine=0.998, overlap=0.95),
}


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """How far vectors are from their references.

    ``min_cosine`` is of the worst text, ``max_difference`` of the worst value; ``overlap`` is the
    share of the ten nearest other texts that are so by the reference too, in the mean over the
    texts; ``other_ids`` counts texts that the tokenizer splits otherwise than the reference.
    """

    texts: int
    min_cosine: float
    mean_cosine: float
    max_difference: float
    overlap: float
    other_ids: int


def measure(vectors: Sequence[Vector], ids: Sequence[TokenIds], references: References) -> Parity:
    """Compare each text's vector and token ids with its reference."""
    got = np.stack(vectors).astype(np.float64)
    expected = references.vectors.astype(np.float64)
    lengths = np.linalg.norm(got, axis=1) * np.linalg.norm(expected, axis=1)
    cosines = (got * expected).sum(axis=1) / lengths
    pairs = zip(ids, references.ids, strict=True)
    return Parity(
        texts=len(got),
        min_cosine=float(np.min(cosines)),
        mean_cosine=float(np.mean(cosines)),
        max_difference=float(np.max(np.abs(got - expected))),
        overlap=overlap(got, expected),
        other_ids=sum(not np.array_equal(ours, theirs) for ours, theirs in pairs),
    )


def overlap(got: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Give the share of each text's ten nearest others that are among the reference's ten nearest.

    Texts that the reference holds for as near as its tenth count as among them.

    Args:
        got: vectors of length 1, shape [texts, dimensions].
        expected: the reference's.
    """
    near, truly_near = got @ got.T, expected @ expected.T
    others = min(NEIGHBOURS, len(got) - 1)
    for likeness in (near, truly_near):
        np.fill_diagonal(likeness, -np.inf)
    found = np.argsort(-near, axis=1)[:, :others]
    least = np.sort(truly_near, axis=1)[:, -others]
    hits = np.take_along_axis(truly_near, found, axis=1) >= least[:, np.newaxis] - SAME
    return float(np.mean(hits))


def gate(parity: Parity, precision: Precision) -> None:
    """Let only a faithful session serve.

    Raises:
        Fatal: the vectors are too far from the references; the figures are in the message.
    """
    wrong = list(failures(parity, precision))
    if not wrong:
        return
    raise Fatal(
        f"the {precision} model failed its parity gate on {parity.texts} texts: "
        f"{', '.join(wrong)}; nothing was embedded with it. Take another "
        "HEADRACE_EMBED__PRECISION; `headrace model verify` repeats the gate",
        ExitStatus.CONFIGURATION,
    )


def failures(parity: Parity, precision: Precision) -> Iterator[str]:
    """Give a phrase with the figures for each threshold that is not reached."""
    asked = THRESHOLDS[precision]
    # So written, a NaN fails too.
    if not parity.min_cosine >= asked.min_cosine:
        yield f"min cosine {parity.min_cosine:.7f} (at least {asked.min_cosine})"
    if asked.max_difference is not None and not parity.max_difference <= asked.max_difference:
        yield f"max difference {parity.max_difference:.2e} (at most {asked.max_difference})"
    if asked.overlap is not None and not parity.overlap >= asked.overlap:
        yield f"overlap@{NEIGHBOURS} {parity.overlap:.4f} (at least {asked.overlap})"
    if parity.other_ids:
        yield f"{parity.other_ids} texts with other token ids than the model's tokenizer gives"


def texts() -> tuple[str, ...]:
    """Give the gate's invented texts: none, a letter, a title, TeX, other scripts, abstracts.

    The last four are several of them in one, about 200, 300 and 450 tokens, and all of them: longer
    than any model reads.
    """
    lines = TEXTS.read_text(encoding="utf-8").splitlines()
    joined = (lines[7:11], lines[11:17], lines[17:27], lines)
    return ("", *lines, *(" ".join(some) for some in joined))


def texts_digest() -> str:
    """Give the SHA-256 of the gate's texts: figures and references are of these."""
    return hashlib.sha256("\0".join(texts()).encode()).hexdigest()
