"""The text of a node of HTML."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from services.ingest.clean import unmarked

_NOT_INLINE = "br, p, ul, ol, script, style"


def text(node: LexborNode) -> str:
    """Give what a node says; a line break or a paragraph parts words, a span within one does not.

    What scripts and styles within it hold is left out.
    """
    only = node.first_child
    if only is not None and only.is_text_node and only.next is None:
        return node.text()
    if node.css_first(_NOT_INLINE) is None:
        return node.text(separator="")
    return unmarked(node.html or "")
