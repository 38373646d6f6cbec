"""The addresses that a listing gives of a paper: http and https only, by what their host serves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from services.common.records import Links

# ASCII only: Chinese text has no space after an address, and a TeX brace ends one.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+", re.IGNORECASE)
_TEX_ESCAPE = re.compile(r"\\([_%#&~$])")
_PUNCTUATION = ".,;:!?'*"
_CODE_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "hf.co")
_PAPER_PAGES = ("huggingface.co", "hf.co")
_PAPER_HOSTS = (
    "arxiv.org",
    "openreview.net",
    "aclanthology.org",
    "doi.org",
    "biorxiv.org",
    "medrxiv.org",
    "proceedings.mlr.press",
    "proceedings.neurips.cc",
    "openaccess.thecvf.com",
    "semanticscholar.org",
    "alphaxiv.org",
)


def links(text: str, *, paper: Iterable[str] = (), more: Iterable[str] = ()) -> Links:
    """Give the addresses of a paper, each once, in their order.

    Repositories and models are ``code``, all else is ``other``. Punctuation of the sentence and TeX
    around an address are peeled off.

    Args:
        text: the abstract.
        paper: the paper's own, from the listing's link fields; kept as they are.
        more: from fields or mark-up of the listing, sorted by what their host serves.
    """
    own = dict.fromkeys(filter(_host, paper))
    code: dict[str, None] = {}
    other: dict[str, None] = {}
    found = map(_peel, _ADDRESS.findall(_TEX_ESCAPE.sub(r"\1", text)))
    for address in (*filter(_ADDRESS.fullmatch, more), *found):
        host = _host(address)
        if host is not None and address not in own:
            (code if _serves_code(host) else other).setdefault(address)
    return Links(paper=tuple(own), code=tuple(code), other=tuple(other))


def is_paper_address(address: str) -> bool:
    """Whether an address is one of a site that holds papers and nothing else."""
    host = (_host(address) or "").removeprefix("www.")
    if any(host == known or host.endswith("." + known) for known in _PAPER_HOSTS):
        return True
    return host in _PAPER_PAGES and urlsplit(address).path.startswith("/papers/")


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
    """Give the host's name, or None where what looks like a web address has none."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    return host if parts.scheme in ("http", "https") and "." in host.strip(".") else None


def _serves_code(host: str) -> bool:
    return host.startswith("gitlab.") or any(
        host == known or host.endswith("." + known) for known in _CODE_HOSTS
    )
