"""The start of a process: an error before the service runs is one line and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

from services.common.errors import Fatal


def run(main: Callable[[], NoReturn]) -> NoReturn:
    """Run a service; a wrong setting ends it with its name and status 78."""
    try:
        main()
    except Fatal as fatal:
        sys.stderr.write(f"{fatal}\n")
        sys.exit(int(fatal.status))
