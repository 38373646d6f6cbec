"""The addresses that an abstract gives: http and https only, by what their host serves."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from services.common.records import Links

# ASCII only: Chinese text has no space after an address, and a TeX brace ends one.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+", re.IGNORECASE)
_TEX_ESCAPE = re.compile(r"\\([_%#&~$])")
_PUNCTUATION = ".,;:!?'*"
_CODE_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "hf.co")


def links(text: str) -> Links:
    """Give the addresses in a text, each once, in their order.

    Repositories and models are ``code``, all else is ``other``; ``paper`` is for a listing's own
    link fields. Punctuation of the sentence and TeX around an address are peeled off.
    """
    code: dict[str, None] = {}
    other: dict[str, None] = {}
    for found in _ADDRESS.findall(_TEX_ESCAPE.sub(r"\1", text)):
        address = _peel(found)
        host = _host(address)
        if host is not None:
            (code if _serves_code(host) else other).setdefault(address)
    return Links(code=tuple(code), other=tuple(other))


def _peel(address: str) -> str:
    """Take off closing punctuation, and a bracket that was opened before the address."""
    excess = address.count(")") - address.count("(")
    end = len(address)
    while end:
        last = address[end - 1]
        if last == ")" and excess > 0:
            excess -= 1
        elif last not in _PUNCTUATION:
            break
        end -= 1
    return address[:end]


def _host(address: str) -> str | None:
    """Give the host's name, or None where what looks like an address has none."""
    host = urlsplit(address).hostname or ""
    return host if "." in host.strip(".") else None


def _serves_code(host: str) -> bool:
    return host.startswith("gitlab.") or any(
        host == known or host.endswith("." + known) for known in _CODE_HOSTS
    )
