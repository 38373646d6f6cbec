"""What savers and proxies do to a page that must not matter: the same papers come off it.

The table says which of them applies to which form. What is the form itself is left alone: a layout
of one abstract a line cannot be wrapped, and an e-mail's continuation lines begin with spaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from textwrap import wrap

from services.ingest.form import Form
from tests.unit.ingest import retagged
from tests.unit.ingest.retagged import XML_TOKEN

EVERY = frozenset(Form)
TEXT = frozenset({Form.TEXT})

INDENTED = frozenset({"arxiv_email"})
"""The layouts in which spaces at the beginning of a line say something."""


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One change to a page's text.

    Args:
        change: gives the changed text.
        forms: to whose pages it applies.
        layouts: to which of these it applies alone, or None for all.
        spared: to which it does not apply.
    """

    change: Callable[[str], str]
    forms: frozenset[Form] = EVERY
    layouts: frozenset[str] | None = None
    spared: frozenset[str] = frozenset()

    def applies(self, form: Form, layout: str) -> bool:
        named = self.layouts is None or layout in self.layouts
        return form in self.forms and named and layout not in self.spared


def with_crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def with_tabs(text: str) -> str:
    return re.sub(r"(?m)^ +", "\t", text)


def wrapped(text: str, *, columns: int = 80) -> str:
    """Break long lines as mail programs do, what follows indented by two spaces."""
    return "\n".join(
        line
        if len(line) <= columns
        else "\n".join(
            wrap(
                line,
                columns,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        for line in text.split("\n")
    )


def with_xml_quotes(text: str) -> str:
    """Turn the attributes of XML round and give them the other quotes."""
    return XML_TOKEN.sub(lambda found: retagged.turned(found[0]), text)


def with_xml_entities(text: str) -> str:
    """Write vowels between the tags of XML as character references."""
    kept = list(XML_TOKEN.finditer(text))
    starts = [0, *(token.end() for token in kept)]
    ends = [*(token.start() for token in kept), len(text)]
    tokens = [*(token[0] for token in kept), ""]
    pieces = (
        retagged.referenced(text[start:end]) + token
        for start, end, token in zip(starts, ends, tokens, strict=True)
    )
    return "".join(pieces)


PERTURBATIONS = {
    "crlf": Perturbation(with_crlf),
    "byte_order_mark": Perturbation(lambda text: "\ufeff" + text),
    "trailing_spaces": Perturbation(lambda text: text.replace("\n", "  \t\n")),
    "doubled_blank_lines": Perturbation(lambda text: text.replace("\n\n", "\n\n\n")),
    "leading_tabs": Perturbation(with_tabs, spared=INDENTED),
    "blank_lines_around": Perturbation(lambda text: "\n\n" + text + "\n \n"),
    "attributes_turned": Perturbation(retagged.turned_html, frozenset({Form.HTML})),
    "attributes_unquoted": Perturbation(retagged.unquoted_html, frozenset({Form.HTML})),
    "attributes_turned_in_xml": Perturbation(with_xml_quotes, frozenset({Form.XML})),
    "entities": Perturbation(retagged.referenced_html, frozenset({Form.HTML})),
    "entities_in_xml": Perturbation(with_xml_entities, frozenset({Form.XML})),
    "antivirus": Perturbation(retagged.protected_html, frozenset({Form.HTML})),
    "wrapped": Perturbation(wrapped, TEXT, layouts=frozenset({"arxiv_list_text"})),
    # Digests are wrapped at 80 already.
    "wrapped_again": Perturbation(
        partial(wrapped, columns=60), TEXT, layouts=frozenset({"arxiv_email"})
    ),
}
