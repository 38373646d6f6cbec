"""Pages that list no papers: what stands in a crawler's folder beside those that do.

Each kind is a function of a source of randomness; a page is its kind and a number, and comes out
the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.unit.ingest import invented_code as code
from tests.unit.ingest import invented_files as files
from tests.unit.ingest import invented_web as web

PAGES = 1_000


@dataclass(frozen=True, slots=True)
class NearMiss:
    """One page, named by what makes it again."""

    kind: str
    number: int

    @property
    def body(self) -> bytes:
        return KINDS[self.kind](Random(f"{self.kind} {self.number}")).encode()

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


def near_misses(kind: str) -> Iterator[NearMiss]:
    """Yield the pages of one kind; over all kinds there are ``PAGES``."""
    at = list(KINDS).index(kind)
    share, rest = divmod(PAGES, len(KINDS))
    for number in range(share + (at < rest)):
        yield NearMiss(kind, number)


KINDS: dict[str, Callable[[Random], str]] = {
    "news": files.news,
    "essay": files.essay,
    "html_article": web.article,
    "html_news_with_linked_data": web.news_with_linked_data,
    "html_escaped_markup": web.escaped,
    "html_scripted_markup": web.scripted,
    "html_framed_markup": web.framed,
    "server_log": files.server_log,
    "application_log": files.application_log,
    "structured_log": files.structured_log,
    "python_test": code.python_test,
    "python_docstring": code.docstring_first,
    "javascript_test": code.javascript_test,
    "go_test": code.go_test,
    "patch": code.patch,
    "readme": code.readme,
    "markdown": files.markdown,
    "notebook": code.notebook,
    "cassette": code.cassette,
    "products": files.products,
    "product_lines": files.product_lines,
    "rss_blog": web.rss,
    "rss_newsletter": web.newsletter,
    "atom_blog": web.atom,
    "csv": files.csv,
    "random_words": files.words,
    "configuration": code.configuration,
    "forwarded_mail": files.forwarded_mail,
    "science_blog": web.science_blog,
    "science_notes": files.science_notes,
}
