"""The encoder that the settings ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.common.errors import BadSetting
from services.common.settings import cache_dir
from services.embed.fake import FakeEncoder
from services.embed.settings import EmbedSettings

if TYPE_CHECKING:
    from services.embed.device import DeviceEncoder
    from services.embed.pool import ThreadedEncoder


def open_encoder(settings: EmbedSettings) -> ThreadedEncoder | DeviceEncoder | FakeEncoder:
    """Open the encoder; it blocks for seconds, and its ``close`` ends it.

    Raises:
        BadSetting: no usable model or no ONNX Runtime, or a setting that does not fit the model.
        Fatal: ONNX Runtime cannot run the model, or its vectors differ from the reference.
    """
    if settings.embed.encoder == "fake":
        return FakeEncoder(max_tokens=settings.embed.max_tokens)
    with installed():
        # Here, so that the fake encoder runs where ONNX Runtime is not installed.
        from services.embed.onnx_encoder import open_onnx_encoder  # noqa: PLC0415
    return open_onnx_encoder(settings.embed, cache_dir())


@contextmanager
def installed() -> Iterator[None]:
    """Say what to install where an import within fails.

    Raises:
        BadSetting: names the library that is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"HEADRACE_EMBED__ENCODER: onnx needs {error.name}, which is not installed: "
            "`python -m pip install 'headrace[cpu]'`"
        ) from error
