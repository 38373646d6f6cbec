"""A paper's identifiers, from fields that name the record: its id, its links, its DOI.

An identifier inside an abstract or a comment is a mention of another paper as often as not, so only
fields are read.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_NEW = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_OLD = r"[a-z-]+(?:\.[A-Z]{2})?/\d{7}"
_ARXIV = rf"(?P<id>{_NEW}|{_OLD})(?:v\d+)?"
_WHOLE = re.compile(rf"(?:arxiv:|oai:arxiv\.org:)?\s*{_ARXIV}", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html|format|src)/|(?:huggingface\.co|hf\.co)/papers/"
    rf"|alphaxiv\.org/abs/){_ARXIV}(?:\.pdf)?(?![\w.]*\d)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"\.[A-Z]{2}(?=/)")

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_DOI_END = ".,;)]}>\"'"
_ARXIV_DOI = "10.48550/arxiv."


def identifiers(*fields: str | None) -> tuple[str | None, str | None]:
    """Give the arXiv id and the DOI that fields of one record name; the first of each.

    arXiv's own DOI is the arXiv id, and no DOI.
    """
    given = list(filter(None, fields))
    dois = list(filter(None, map(doi, given)))
    own = [found.removeprefix(_ARXIV_DOI) for found in dois if found.startswith(_ARXIV_DOI)]
    arxiv_ids = filter(None, map(arxiv_id, (*given, *own)))
    others = (found for found in dois if not found.startswith(_ARXIV_DOI))
    return next(arxiv_ids, None), next(others, None)


def arxiv_id(field: str) -> str | None:
    """Give the arXiv id without version that a field holds: alone, or in a known site's address.

    The subject class of an old id is dropped: ``math.AG/0601001`` and ``math/0601001`` are one.
    """
    found = _WHOLE.fullmatch(field.strip()) or _ADDRESS.search(field)
    return None if found is None else _SUBJECT.sub("", found["id"])


def doi(field: str) -> str | None:
    """Give the DOI that a field holds, in lower case and without what closes a sentence."""
    field = unquote(field) if "%" in field else field
    found = _DOI.search(field) if "10." in field else None
    return None if found is None else found[0].rstrip(_DOI_END).lower()
