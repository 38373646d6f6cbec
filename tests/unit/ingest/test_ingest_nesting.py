"""Pages whose elements stand too deep within one another to be parsed in time."""

from __future__ import annotations

import pytest

from services.common.errors import Rejected
from services.ingest.capture import Capture
from services.ingest.nesting import MOST_ELEMENTS, is_too_deep

FLAT = {
    "closed": "<div class='a'>x</div>",
    "closed_together": "<div><span><b>x</div>",
    "paragraphs": "<p>one<br><img src=a>",
    "lists": "<ul><li>one<li>two</ul>",
    "tables": "<table><tr><td>1<td>2</table>",
    "quoted_tags": "<a title='<div><div>' href=\"<div>\">x</a>",
    "scripted_tags": "<script>'<div><div>'</script><!-- <div> --><style>b{<div>}</style>",
    "self_closed_in_a_drawing": "<svg><g><path></g></svg>",
}
DEEP = {
    "unclosed": "<div>",
    "ends_of_others": "<div></i>",
    "ends_in_comments": "<div><!-- </div> -->",
    "ends_in_attributes": "<div title='</div>'>",
    "ends_in_scripts": "<div><script>'</div>'</script>",
    "definition_lists": "<dl><dt><dd>",
    "upper_case": "<DIV><Span>",
}


@pytest.mark.parametrize("name", FLAT)
def test_a_long_page_is_not_deep(name: str) -> None:
    assert not is_too_deep(FLAT[name] * 12_000)


@pytest.mark.parametrize("name", DEEP)
def test_a_deep_page_is_refused_before_it_is_parsed(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        assert Capture("<html>" + DEEP[name] * 12_000).html
    assert caught.value.reason == "too_deep"


def test_as_deep_as_a_browser_shows_is_not_too_deep() -> None:
    filler = "<br>" * 10_000
    for depth, refused in ((MOST_ELEMENTS, False), (MOST_ELEMENTS + 1, True)):
        assert is_too_deep("<div>" * depth + filler + "</div>" * depth) is refused
