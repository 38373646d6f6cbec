"""Which lines read like the abstract of a research paper."""

from __future__ import annotations

import pytest

from services.ingest.prose import reads_like_an_abstract
from tests.invented_pages import abstract

ESSAY = (
    "There is a particular silence in a kitchen after the guests have gone, and it is not the same "
    "as the silence before they came. The plates are stacked, the candles are low, and somebody "
    "has left a scarf on the back of a chair. One puts the kettle on out of habit and looks at the "
    "garden, which has been there all along, and thinks of nothing that could be told to anyone."
)
POLICY = (
    "We collect the data that you give us when you open an account, and we use it to improve the "
    "performance of our service. We may share the results of our analysis with partners. Our "
    "approach to privacy is described in this article, and you can object at any time by mail."
)
LICENCE = (
    "Permission to use this model and its data is hereby granted without fee. The results of any "
    "experiment, the methods and the performance of the software are provided as they are, without "
    "warranty of any kind, and in no event shall the authors of this study be liable for damages."
)
NEWS = (
    "The council has approved the results of a study on parking, the mayor said on Tuesday. The "
    "model that was proposed by the engineers would cost 3 million and take two years. An analysis "
    "of the data showed that significant savings are possible, but the opposition is not convinced."
)
LOG = (
    "2031-04-02T10:11:12Z INFO trainer step=1200 model=base dataset=corpus evaluation=done "
    "accuracy=0.91 results=/var/results experiment=44 baseline=0.87 method=adam estimate=9s " * 2
)
CODE = (
    "for (const result of results) { if (model.evaluate(data) > baseline) { experiment.measure("
    "result, { method: 'median', accuracy: 0.9 }); } else { benchmark.estimate(approach); } }" * 2
)
INTRODUCTION = (
    "In this paper we propose a model of tides. As shown in Figure 3, the results of our trials "
    "agree with the estimates of earlier studies [4, 7], and the method of Section 2 applies to "
    "the data of every harbour that has been measured so far with significant precision."
)
MARKUP = "<p class='abstract'>" + abstract(1) + "</p>"


def test_an_abstract_does() -> None:
    assert all(reads_like_an_abstract(abstract(number)) for number in range(8))


@pytest.mark.parametrize(
    "line",
    [ESSAY, POLICY, LICENCE, NEWS, LOG, CODE, INTRODUCTION, MARKUP, "- " + abstract(2)],
    ids=["essay", "policy", "licence", "news", "log", "code", "introduction", "markup", "bullet"],
)
def test_other_long_lines_do_not(line: str) -> None:
    assert len(line) > 180
    assert not reads_like_an_abstract(line)
