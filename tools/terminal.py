"""``headrace top`` as a picture: ``python -m tools.terminal HOST:PORT ... > docs/images/top.svg``.

It runs the command itself, on services that answer.
"""

from __future__ import annotations

import re
import sys

from services.cli.console import out
from services.cli.top import top

WIDTH = 150
SECONDS = 20.0
FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Rich would have whoever looks at the picture load a font from the internet."""


def main(addresses: list[str]) -> None:
    """Look twice, and write what the terminal shows as SVG."""
    out.record, out.width, out.file = True, WIDTH, sys.stderr
    top(addresses, seconds=SECONDS, once=True)
    drawn = out.export_svg(title=f"headrace top {' '.join(addresses)}")
    sys.stdout.write(FONT.sub("", drawn).replace("Fira Code, monospace", "monospace"))


if __name__ == "__main__":
    main(sys.argv[1:])
