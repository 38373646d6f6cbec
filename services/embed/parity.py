"""The gate before serving: what the session answers is held to the numpy reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from services.common.errors import ExitStatus, Fatal
from services.embed.vector import Vector

MIN_COSINE = 0.99999
MAX_DIFFERENCE = 1e-5
TEXTS = files("services.embed") / "parity.txt"


@dataclass(frozen=True, slots=True)
class Parity:
    """How far vectors are from their references, at the worst text and the worst value."""

    min_cosine: float
    max_difference: float
    texts: int


def measure(vectors: Sequence[Vector], references: Sequence[Vector]) -> Parity:
    """Compare each vector with its reference."""
    got = np.stack(vectors).astype(np.float64)
    expected = np.stack(references).astype(np.float64)
    lengths = np.linalg.norm(got, axis=1) * np.linalg.norm(expected, axis=1)
    return Parity(
        min_cosine=float(np.min((got * expected).sum(axis=1) / lengths)),
        max_difference=float(np.max(np.abs(got - expected))),
        texts=len(got),
    )


def gate(parity: Parity) -> None:
    """Let only a faithful session serve.

    Raises:
        Fatal: the vectors are too far from the references; the figures are in the message.
    """
    # So written, a NaN fails too.
    if parity.min_cosine >= MIN_COSINE and parity.max_difference <= MAX_DIFFERENCE:
        return
    raise Fatal(
        f"the model failed its parity gate on {parity.texts} texts: "
        f"min cosine {parity.min_cosine:.7f} (at least {MIN_COSINE}), "
        f"max difference {parity.max_difference:.2e} (at most {MAX_DIFFERENCE}); "
        "nothing was embedded with it",
        ExitStatus.CONFIGURATION,
    )


def texts() -> tuple[str, ...]:
    """Give the gate's invented texts: none, a letter, a title, TeX, other scripts, an abstract.

    The last one is all of them several times over: longer than any model reads.
    """
    lines = TEXTS.read_text(encoding="utf-8").splitlines()
    return ("", *lines, " ".join(lines) * 4)
