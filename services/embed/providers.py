"""Which execution provider runs the model: the one that was asked for, or none."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Literal

import structlog

from services.common.errors import ExitStatus, Fatal
from services.embed.session import PROVIDERS, Device, available_providers, cuda_library

log = structlog.get_logger()

INSTALL = "python -m pip install 'headrace[gpu]'"


def device_of(asked: Literal["auto", "cpu", "cuda"]) -> Device:
    """Give the device to run on; ``auto`` is a GPU where one can be used, and says why not.

    Raises:
        Fatal: a GPU was asked for and cannot be used; names what is missing.
    """
    if asked == "cpu":
        return "cpu"
    missing = missing_for_cuda()
    if missing is None:
        return "cuda"
    if asked == "cuda":
        raise Fatal(
            f"HEADRACE_EMBED__DEVICE: cuda cannot be used: {missing}", ExitStatus.CONFIGURATION
        )
    if PROVIDERS["cuda"] in available_providers():
        # Installed for a GPU, and runs without one: nobody wants that in silence.
        log.warning("gpu_not_used", why=missing)
    return "cpu"


def missing_for_cuda() -> str | None:
    """Say what a session on a GPU lacks on this machine; None where nothing is known to."""
    if PROVIDERS["cuda"] not in available_providers():
        return f"this ONNX Runtime is built for the CPU alone: `{INSTALL}`"
    return unloadable(cuda_library())


def unloadable(library: Path) -> str | None:
    """Say why a library cannot be loaded, with the name of the one that it misses; None if it can.

    ONNX Runtime itself takes another provider then, without an error.
    """
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return f"{error}: `{INSTALL}` brings what CUDA needs, the driver comes with the machine"
    return None
