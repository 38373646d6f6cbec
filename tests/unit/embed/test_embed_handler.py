"""Records of unique become records of enriched, or dead letters."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import msgspec
import numpy as np
import pytest

from services.common.codec import decode, encode
from services.common.outcomes import Headers
from services.common.records import EnrichedPaper, Kind, Links, Page, Paper, Related
from services.embed.fake import FakeEncoder
from services.embed.figures import Figures
from services.embed.handler import EmbedHandler, text_of
from services.embed.quality import Quality
from services.embed.vector import Encoded, from_base64

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
PAPER = Paper(
    wording_id="a" * 32,
    paper_id="b" * 32,
    revision=2,
    kind=Kind.REPLACE,
    title="A Slow Clock",
    abstract="It ticks.",
    authors=("Ada", "Bo"),
    arxiv_id="2101.00001",
    doi="10.1/x",
    links=Links(paper=("https://a.example/1",)),
    published=date(2031, 1, 2),
    related=(Related(paper_id="c" * 32, similarity=0.5),),
    flags=("tex_residue",),
    page=Page(
        page_id="d" * 32,
        source="mill",
        captured_at=NOW,
        layout="lines",
        date_label=None,
        position=0,
        papers_on_page=1,
        topic="listings.pages.v1",
        partition=0,
        offset=5,
    ),
)


@dataclass(frozen=True)
class Record:
    value: bytes | None
    offset: int = 17
    key: bytes | None = b"key"
    headers: Headers = ()
    topic: str = "listings.unique.v1"
    partition: int = 3
    timestamp: int = 0


@dataclass
class OneVector:
    """An encoder that gives every text the same vector and keeps what it was asked."""

    vector: np.ndarray
    asked: list[str] = field(default_factory=list)
    mended: bool = False
    card = FakeEncoder(max_tokens=256).card

    async def encode(self, texts: Sequence[str]) -> list[Encoded]:
        self.asked.extend(texts)
        return [Encoded(self.vector, tokens=7, truncated=True, mended=self.mended) for _ in texts]


def unit(dimensions=384):
    return np.full(dimensions, dimensions**-0.5, np.float32)


def record(paper, **changes):
    return Record(encode(msgspec.structs.replace(paper, **changes)))


async def handle(records, encoder=None):
    figures = Figures(Quality(384))
    handler = EmbedHandler(encoder or FakeEncoder(max_tokens=256), lambda: NOW, figures)
    return list(await handler(records))


async def test_a_paper_becomes_an_enriched_paper_under_its_paper_id():
    (outcome,) = await handle([record(PAPER)], OneVector(unit()))
    (message,) = outcome.messages
    assert (outcome.verdict, outcome.rejected) == ("embedded", ())
    assert (message.topic, message.key) == ("enriched", b"b" * 32)
    enriched = decode(message.value, EnrichedPaper)
    assert enriched.enriched_at == NOW
    assert (enriched.embedding.tokens, enriched.embedding.truncated) == (7, True)
    assert np.array_equal(from_base64(enriched.embedding.vector), unit())


async def test_every_field_of_the_paper_travels_on():
    (outcome,) = await handle([record(PAPER)])
    before = json.loads(encode(PAPER))
    after = json.loads(outcome.messages[0].value)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"embedding", "enriched_at"}


async def test_the_embedding_says_all_that_the_card_says():
    encoder = OneVector(unit())
    (outcome,) = await handle([record(PAPER)], encoder)
    embedding = decode(outcome.messages[0].value, EnrichedPaper).embedding
    for name in ("model", "model_revision", "precision", "dimensions", "pooling"):
        assert getattr(embedding, name) == getattr(encoder.card, name)
    for name in ("normalized", "max_tokens", "provider"):
        assert getattr(embedding, name) == getattr(encoder.card, name)


@pytest.mark.parametrize(
    ("title", "abstract", "text"),
    [
        ("A Title", "An abstract.", "A Title. An abstract."),
        (None, "An abstract.", "An abstract."),
        ("", "An abstract.", "An abstract."),
        (" ", "An abstract.", "An abstract."),
        ("A Title", None, "A Title"),
        ("A Title", "", "A Title"),
        (None, None, ""),
    ],
)
def test_the_text_is_what_the_paper_has_of_title_and_abstract(title, abstract, text):
    assert text_of(msgspec.structs.replace(PAPER, title=title, abstract=abstract)) == text


async def test_the_encoder_is_asked_for_the_texts_in_their_order():
    encoder = OneVector(unit())
    await handle([record(PAPER), record(PAPER, title=None)], encoder)
    assert encoder.asked == ["A Slow Clock. It ticks.", "It ticks."]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not_a_record"),
        (b"", "not_a_record"),
        (b"\xff\xfe", "not_a_record"),
        (b'{"wording_id": "' + b"a" * 32 + b'"}', "not_a_record"),
        (record(PAPER, paper_id=None).value, "no_paper_id"),
        (record(PAPER, title=None, abstract=None).value, "no_text"),
        (record(PAPER, title=" ", abstract="").value, "no_text"),
    ],
)
async def test_what_cannot_be_embedded_is_a_dead_letter_with_its_reason(value, reason):
    (outcome,) = await handle([Record(value)])
    (message,) = outcome.messages
    assert (outcome.verdict, outcome.rejected) == ("dead_letter", (reason,))
    assert (message.topic, message.key, message.value) == ("dead-letter", b"key", value or b"")
    headers = dict(message.headers)
    assert headers["headrace.reason"] == reason.encode()
    assert headers["__connect.errors.stage"] == b"embed"
    assert headers["__connect.errors.offset"] == b"17"


async def test_bad_records_between_good_ones_move_no_vector():
    good = [record(PAPER, title=f"Title {n}", paper_id=f"{n:032x}") for n in range(3)]
    records = [Record(b"no"), good[0], Record(None), good[1], good[2], Record(b"{}")]
    outcomes = await handle(records)
    alone = [(await handle([one]))[0] for one in good]
    assert [outcome.verdict for outcome in outcomes] == [
        "dead_letter",
        "embedded",
        "dead_letter",
        "embedded",
        "embedded",
        "dead_letter",
    ]
    assert [outcomes[at].messages for at in (1, 3, 4)] == [each.messages for each in alone]
    assert len({outcome.messages[0].value for outcome in alone}) == 3


@pytest.mark.parametrize(
    "vector",
    [
        np.full(384, np.nan, np.float32),
        np.full(384, np.inf, np.float32),
        np.zeros(384, np.float32),
        np.ones(384, np.float32),
        unit(383),
    ],
)
async def test_a_bad_vector_is_never_emitted(vector):
    (outcome,) = await handle([record(PAPER)], OneVector(vector))
    assert (outcome.verdict, outcome.rejected) == ("dead_letter", ("bad_vector",))
    assert [message.topic for message in outcome.messages] == ["dead-letter"]
    assert outcome.messages[0].value == encode(PAPER)


async def test_a_mended_vector_is_counted_and_names_the_reference():
    (outcome,) = await handle([record(PAPER)], OneVector(unit(), mended=True))
    embedding = decode(outcome.messages[0].value, EnrichedPaper).embedding
    assert embedding.provider == "reference"
    assert (outcome.measures[0].metric, outcome.measures[0].value) == ("mended_vectors_total", 1)
    (usual,) = await handle([record(PAPER)])
    assert "mended_vectors_total" not in [measure.metric for measure in usual.measures]


async def test_a_vector_that_the_second_path_gave_is_checked_too():
    (outcome,) = await handle([record(PAPER)], OneVector(unit() * 2, mended=True))
    assert (outcome.rejected, outcome.measures) == (("bad_vector",), ())


async def test_no_records_give_no_outcomes():
    assert await handle([]) == []


async def test_papers_get_the_real_models_vectors(encoder):
    (outcome,) = await handle([record(PAPER)], encoder)
    enriched = decode(outcome.messages[0].value, EnrichedPaper)
    (expected,) = await encoder.encode(["A Slow Clock. It ticks."])
    assert np.array_equal(from_base64(enriched.embedding.vector), expected.vector)
    assert enriched.embedding.provider == "CPUExecutionProvider"
    assert enriched.embedding.tokens == expected.tokens


async def test_a_paper_that_was_taken_down_is_a_null_and_is_never_encoded() -> None:
    blank = msgspec.structs.replace(PAPER, title=None, abstract=None, flags=("forgotten",))
    handler = EmbedHandler(FakeEncoder(max_tokens=256), lambda: NOW, Figures(Quality(384)))
    taken, embedded = await handler([Record(encode(blank)), Record(encode(PAPER))])
    (message,) = taken.messages
    assert (taken.verdict, message.topic, message.key) == ("forgotten", "enriched", b"b" * 32)
    assert message.value is None
    assert embedded.verdict == "embedded"


async def test_a_sampled_paper_has_its_title_and_abstract_compared() -> None:
    sampled = msgspec.structs.replace(PAPER, paper_id="0" * 32)
    encoder = OneVector(unit())
    outcomes = await handle([record(PAPER), record(sampled)], encoder)
    assert encoder.asked == [*[text_of(PAPER)] * 2, PAPER.title, PAPER.abstract]
    metrics = [measure.metric for measure in outcomes[-1].measures]
    assert metrics.count("title_abstract_ratio") == 1
    assert metrics.count("outlier_ratio") == 2
    assert outcomes[0].measures == ()
