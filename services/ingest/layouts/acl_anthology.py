"""ACL Anthology: volumes, events and authors' pages, each paper an entry and its abstract.

Source: the site's own templates; the entries of older pages are paragraphs, those of newer ones
divisions. Its pages are minified, so attributes have no quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.ingest import clean
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import (
    RETRACTED,
    Answer,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.parts.html_text import text

_HOME = "https://aclanthology.org"
_HOSTS = ("aclanthology.org", "www.aclanthology.org", "www.aclweb.org", "aclweb.org")
_SITE_LINKS = ", ".join(f'[href*="//{host}"]' for host in _HOSTS)
_ENTRY = ".d-sm-flex.align-items-stretch"
_TITLE = "strong > a[href]"
_PEOPLE = "/people/"
_ABSTRACT = ".abstract-collapse"
_ATTACHED = "badge-attachment"
_MATERIAL = ("software", "code", "data")

_ID = r"\d{4}\.[a-z0-9_-]+\.\d+|[A-Z]\d{2}-\d{4}"
_PATH = re.compile(rf"(?:/anthology)?/(?:papers/)?(?P<id>{_ID})(?:/(?:index\.html)?)?")
# The last three digits of an old id number the paper, in workshop volumes the last two.
_FRONT_MATTER = re.compile(r"\d{4}\.[a-z0-9_-]+\.0|[A-Z]\d{2}-\d000|(?:W\d{2}|C69)-\d{2}00")


def recognise(capture: Capture) -> Answer:
    """Look for a link to the site, entries whose titles link to an anthology id, and authors."""
    tree = capture.html
    if tree.css_first(_SITE_LINKS) is None:
        return Mismatch("no link to the ACL Anthology")
    entries = tree.css(_ENTRY)
    if not entries:
        return Mismatch("links to the ACL Anthology, but no entry of one of its lists")
    # Each entry is searched whole: that takes the square of the time where one holds the next.
    if tree.css_first(f"{_ENTRY} {_ENTRY}") is not None:
        return Mismatch("entries of a list of the ACL Anthology within one another")
    if all(_anthology_id(entry.css_first(_TITLE)) is None for entry in entries):
        return Mismatch(f"none of {len(entries)} entries has an anthology id in its title's link")
    if tree.css_first(f'{_ENTRY} a[href*="{_PEOPLE}"], {_ABSTRACT}') is None:
        return Mismatch("entries with neither an author's page nor an abstract")
    return Match(f"{len(entries)} entries of the ACL Anthology, with its ids in their links")


def parse(capture: Capture) -> Listing:
    """Read every entry but front matter."""
    tree = capture.html
    abstracts = _abstracts(tree)
    found = (_paper(entry, abstracts) for entry in tree.css(_ENTRY))
    return Listing(tuple(paper for paper in found if paper is not None))


def _paper(entry: LexborNode, abstracts: Mapping[str, LexborNode]) -> ListedPaper | None:
    # One look-up of all links: a selector for each kind of them takes most of the time of a page.
    links = [(link, _address(link)) for link in entry.css("a[href]")]
    heading = next((link for link, _ in links if _is_strong(link)), None)
    anthology_id = _anthology_id(heading)
    if heading is None or anthology_id is None or _FRONT_MATTER.fullmatch(anthology_id):
        return None
    title = clean.title(text(heading))
    body = abstracts.get(anthology_id)
    abstract = None if body is None else clean.abstract(text(body))
    if title is None and abstract is None:
        return None
    pdfs = [address for _, address in links if address.endswith(".pdf")]
    more = [address for link, address in links if _is_material(link)]
    more += [] if body is None else map(_address, body.css("a[href]"))
    return ListedPaper(
        title=title,
        abstract=abstract,
        authors=clean.names(text(link) for link, address in links if _PEOPLE in address),
        addresses=(f"{_HOME}/{anthology_id}/", *filter(_is_absolute, pdfs[:1])),
        more_addresses=tuple(filter(_is_absolute, more)),
        flags=(RETRACTED,) if _is_struck(heading) else (),
    )


def _anthology_id(heading: LexborNode | None) -> str | None:
    """Give the id in the link of a title, or None for a link to another site."""
    try:
        parts = urlsplit(_address(heading))
    except ValueError:
        return None
    found = _PATH.fullmatch(parts.path)
    return found["id"] if found and parts.netloc.lower() in (*_HOSTS, "") else None


def _abstracts(tree: LexborHTMLParser) -> Mapping[str, LexborNode]:
    """Give the bodies of abstracts by anthology id.

    Not by position: savers put nodes of their own between an entry and its abstract. Dots of the id
    are two dashes, on authors' pages they are dots.
    """
    found: dict[str, LexborNode] = {}
    for node in tree.css(_ABSTRACT):
        anthology_id = (node.id or "").removeprefix("abstract-").replace("--", ".")
        body = node.css_first(".card-body")
        if body is not None:
            found.setdefault(anthology_id, body)
    return found


def _is_strong(link: LexborNode) -> bool:
    return link.parent is not None and link.parent.tag == "strong"


def _is_material(link: LexborNode) -> bool:
    """Whether a link is that of attached software or data; slides and videos are neither."""
    attributes = link.attributes
    if _ATTACHED not in (attributes.get("class") or ""):
        return False
    title = (attributes.get("title") or "").lower()
    return any(kind in title for kind in _MATERIAL)


def _is_struck(heading: LexborNode) -> bool:
    """Whether the span around a title and its authors is crossed out."""
    strong = heading.parent
    around = None if strong is None else strong.parent
    return around is not None and "line-through" in (around.attributes.get("style") or "")


def _is_absolute(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _address(node: LexborNode | None) -> str:
    return "" if node is None else (node.attributes.get("href") or "").strip()


LAYOUT = Layout("acl_anthology", Form.HTML, recognise, parse)
