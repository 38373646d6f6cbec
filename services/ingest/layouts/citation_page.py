"""A page of one paper that names itself in ``citation_*`` tags, in JSON-LD, or in both.

The tags are those that publishers write for search engines of scholarly literature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from services.ingest import clean
from services.ingest.authors import first_name_first
from services.ingest.capture import Capture
from services.ingest.dates import written_date
from services.ingest.form import Form
from services.ingest.gate import gate_flags
from services.ingest.identifiers import identifiers
from services.ingest.layouts.layout import Answer, Layout, ListedPaper, Listing, Match, Mismatch
from services.ingest.parts.linked_data import Node, scholarly_articles, strings

_PREFIX = "citation_"
_DATES = ("citation_date", "citation_publication_date", "citation_online_date")
_ADDRESSES = ("citation_abstract_html_url", "citation_public_url", "citation_pdf_url")
_ARXIV = "https://arxiv.org/abs/"


@dataclass(frozen=True, slots=True)
class Tag:
    """What one tag says, and in which language, in lower case; empty where it does not tell."""

    content: str
    language: str


Tags = Mapping[str, Sequence[Tag]]


def recognise(capture: Capture) -> Answer:
    """Look for one paper that the page itself is, with its authors, an abstract or an id."""
    tags = _tags(capture.html)
    articles = scholarly_articles(capture.html, depth=capture.json_depth)
    titles = _titles(tags)
    if len(titles) > 1:
        return Mismatch(f"{len(titles)} papers in citation tags, which are of one paper a page")
    if not titles and len(articles) != 1:
        return Mismatch(f"no citation_title, and {len(articles)} articles in JSON-LD instead of 1")
    paper = _paper(capture, tags, articles)
    if paper.title is None:
        return Mismatch("the paper of citation tags or JSON-LD has no title")
    if not (paper.authors or paper.abstract or paper.arxiv_id or paper.doi):
        return Mismatch("a citation title alone: no author, no abstract, no identifier")
    by = "a citation_title" if titles else "one ScholarlyArticle in JSON-LD"
    return Match(by, _listing(paper))


def parse(capture: Capture) -> Listing:
    """Read the one paper of a recognised page."""
    articles = scholarly_articles(capture.html, depth=capture.json_depth)
    return _listing(_paper(capture, _tags(capture.html), articles))


def _listing(paper: ListedPaper) -> Listing:
    return Listing((paper,), flags=gate_flags((paper,)))


def _paper(capture: Capture, tags: Tags, articles: Sequence[Node]) -> ListedPaper:
    """Give what the tags say, and what the article adds to it."""
    titles = _titles(tags)
    title = titles[0] if titles else None
    article = _own(articles, title)
    dates = [*_contents(tags, *_DATES), *strings(article.get("datePublished"))]
    addresses = _addresses(tags, article)
    arxiv_id, doi = identifiers(
        *_contents(tags, "citation_arxiv_id", "citation_doi"),
        *strings(article.get("identifier"), "value", "@value", "@id"),
        *strings(article.get("sameAs")),
        *strings(article.get("@id")),
        *addresses,
    )
    published = (written_date(date, captured_at=capture.captured_at) for date in dates)
    return ListedPaper(
        title=title or _title(article),
        abstract=_abstract(tags) or _described(article),
        authors=_authors(tags) or clean.names(strings(article.get("author"), "name")),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=tuple(dict.fromkeys([*addresses, *_at_arxiv(arxiv_id)])),
        # The first of all: arXiv's online date is of the latest version, a journal's date of print.
        published=min(filter(None, published), default=None),
    )


def _tags(tree: LexborHTMLParser) -> Tags:
    found: dict[str, list[Tag]] = {}
    for meta in tree.css("meta[name][content]"):
        name = (meta.attributes.get("name") or "").strip().lower()
        content = (meta.attributes.get("content") or "").strip()
        if name.startswith(_PREFIX) and content:
            language = meta.attributes.get("lang") or meta.attributes.get("xml:lang") or ""
            found.setdefault(name, []).append(Tag(content, language.lower().partition("-")[0]))
    return found


def _titles(tags: Tags) -> Sequence[str]:
    """Give the titles of papers; one in another language than the first is a translation."""
    given = tags.get("citation_title", ())
    first = [tag for tag in given if tag.language == given[0].language]
    cleaned = (clean.title(clean.unmarked(tag.content)) for tag in first)
    return list(dict.fromkeys(filter(None, cleaned)))


def _abstract(tags: Tags) -> str | None:
    """Give the abstract in the title's language; a translation is none."""
    language = next((tag.language for tag in tags.get("citation_title", ())), "")
    for tag in tags.get("citation_abstract", ()):
        if not (tag.language and language) or tag.language == language:
            return clean.abstract(clean.unmarked(tag.content))
    return None


def _authors(tags: Tags) -> tuple[str, ...]:
    """Give a tag for each author, or one for all of them, apart by semicolons."""
    one_each = _contents(tags, "citation_author")
    together = _contents(tags, "citation_authors")
    given = one_each or [name for tag in together for name in tag.split(";")]
    return clean.names(map(first_name_first, map(clean.one_line, given)))


def _own(articles: Sequence[Node], title: str | None) -> Node:
    """Give the article that the tags are of: the only one, or the one of this title."""
    if len(articles) == 1:
        return articles[0]
    same = (article for article in articles if title is not None and _title(article) == title)
    return next(same, {})


def _title(article: Node) -> str | None:
    found = [*strings(article.get("headline")), *strings(article.get("name"))]
    return next(filter(None, map(clean.title, map(clean.unmarked, found))), None)


def _described(article: Node) -> str | None:
    found = [*strings(article.get("abstract"), "@value"), *strings(article.get("description"))]
    return next(filter(None, map(clean.abstract, map(clean.unmarked, found))), None)


def _addresses(tags: Tags, article: Node) -> list[str]:
    given = [*_contents(tags, *_ADDRESSES), *strings(article.get("url"))]
    return [each for each in given if each.startswith(("https://", "http://"))]


def _at_arxiv(arxiv_id: str | None) -> Iterable[str]:
    return () if arxiv_id is None else (_ARXIV + arxiv_id,)


def _contents(tags: Tags, *names: str) -> list[str]:
    return [tag.content for name in names for tag in tags.get(name, ())]


LAYOUT = Layout("citation_page", Form.HTML, recognise, parse, generic=True)
