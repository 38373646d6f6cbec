"""One libFuzzer process: ``python -m tests.fuzz.guided LAYOUT [libFuzzer's options]``."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["services.ingest"]):
    from tests.fuzz.target import target


def main() -> None:
    """Fuzz the target of the layout that is named first."""
    name, *options = sys.argv[1:]
    read = target(name)

    def one_input(body: bytes) -> None:
        read(body)

    atheris.Setup([sys.argv[0], *options], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
