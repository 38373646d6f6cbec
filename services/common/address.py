"""Addresses as they may be shown: who logs in, by what password, is left out."""

from __future__ import annotations

import re

_URL = re.compile(r"(?P<start>\w+://)(?P<login>[^?]*@)?(?P<place>[^?]*)(?P<more>\?.*)?", re.DOTALL)
_PLACE = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]*)(:\d+)?(/[\w./-]*)?")


def without_secrets(url: str, *, mask: str = "") -> str:
    """Give a URL without its login and its options, either of which can hold a password.

    One that is not well formed, as with an unquoted password, tells its scheme at most.

    Args:
        url: as it was set.
        mask: put where something was left out.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        return mask
    # A question mark can also be of a password, and what looks like a place then its beginning.
    ambiguous = "@" in (parts["more"] or "")
    if ambiguous or _PLACE.fullmatch(parts["place"]) is None:
        return parts["start"] + mask
    login = f"{mask}@" if parts["login"] and mask else ""
    more = f"?{mask}" if parts["more"] and mask else ""
    return parts["start"] + login + parts["place"] + more
