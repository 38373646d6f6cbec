"""How the event loop says that a connection was lost before a client wrote to it."""

from __future__ import annotations

CLOSED = "the handler is closed"
"""The words of uvloop, whose error is of no class of its own; asyncio's loop raises nothing."""


def is_lost(error: RuntimeError) -> bool:
    """Tell whether an error means that, and not that something here is wrong."""
    return CLOSED in str(error)
