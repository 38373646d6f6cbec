"""The launcher in the background: ``python -m services.local PLAN``, a plan as JSON."""

from __future__ import annotations

import sys

import msgspec
import structlog

from services.common.errors import Fatal
from services.common.settings import cache_dir, state_dir
from services.local.launcher import Launcher
from services.local.plan import Plan


def main() -> int:
    """Run the stack until a signal comes, and give the exit status."""
    log = structlog.get_logger()
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    try:
        with Launcher(
            plan,
            state=state_dir(),
            cache=cache_dir(),
            say=lambda said: log.info("stack_event", said=said),
        ) as launcher:
            launcher.start()
            launcher.watch()
    except Fatal as error:
        log.error("stack_failed", reason=str(error))
        return error.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
