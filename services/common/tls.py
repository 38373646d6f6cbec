"""What TLS is made with: files that are looked at before anything is connected."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Protocol

from services.common.errors import BadSetting


class Files(Protocol):
    """The settings of one server that name files, PEM each."""

    @property
    def ssl_cafile(self) -> Path | None: ...
    @property
    def ssl_certfile(self) -> Path | None: ...
    @property
    def ssl_keyfile(self) -> Path | None: ...


def context(files: Files, section: str) -> ssl.SSLContext:
    """Give a client's context: the server must have a trusted certificate of its own name.

    Args:
        files: certificates to trust, the machine's where absent, and what we show, if anything.
        section: of the settings, for what is said of a file that is wrong.

    Raises:
        BadSetting: a file is missing, cannot be read, or does not go with the other.
    """
    start = f"HEADRACE_{section}__SSL"
    if files.ssl_keyfile is not None and files.ssl_certfile is None:
        raise BadSetting(f"{start}_KEYFILE: a key is of use only with {start}_CERTFILE")
    try:
        made = ssl.create_default_context(cafile=files.ssl_cafile)
    except OSError as error:
        raise BadSetting(f"{start}_CAFILE: {_why(error)} ({files.ssl_cafile})") from None
    if files.ssl_certfile is not None:
        try:
            made.load_cert_chain(files.ssl_certfile, files.ssl_keyfile, password=_no_password)
        except (OSError, ValueError) as error:
            named = " or ".join(
                str(file) for file in (files.ssl_certfile, files.ssl_keyfile) if file
            )
            raise BadSetting(
                f"{start}_CERTFILE, {start}_KEYFILE: {_why(error)} ({named})"
            ) from None
    return made


def _no_password() -> str:
    """Answer for a key that is encrypted: nobody is there who could type it."""
    raise ValueError("the key is encrypted, and there is no password for it")


def _why(error: Exception) -> str:
    """Say why; OpenSSL alone tells where in its source it noticed."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM file").lower().replace("_", " ")
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
