"""Records at the limits, above them and without a value: one dead letter each, neighbours once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from services.common.admin import create_topics
from services.common.codec import decode, encode
from services.common.headers import INPUT
from services.common.outcomes import Headers, InputRecord, header
from services.common.records import EnrichedPaper, Paper, Verdict
from services.common.topics import (
    DEAD_LETTER,
    ENRICHED,
    MIB,
    PAGE_BYTES,
    PAGES,
    PAPERS,
    RECORD_BYTES,
    UNIQUE,
    Topic,
)
from services.dedupe.claims import Answer, Claim, Owned
from services.dedupe.emitting import headers
from services.dedupe.handler import GROWTH_BYTES
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.faults.watch import metrics
from tests.invented import paper
from tests.pipeline import BANNER, Pipeline

BOMB_BYTES = 100 * MIB
MOST_PAPERS = 10_000
BATCH_RECORDS = 500
FOREIGN: Headers = ((INPUT, b"invented.group/invented.topic/0/0"),)
"""The record says that a stage of somebody else wrote it: the audit leaves that to them."""

FRAME_BYTES = 1024
"""More than the broker adds to a record with a short key."""


@dataclass(frozen=True)
class Case:
    """A record, and the reason of the dead letter that it must become; None where it is healthy."""

    key: bytes
    value: bytes | None
    reason: str | None = None
    headers: Headers = ()


def page(pairs: Iterable[tuple[str, str]]) -> bytes:
    lines = "".join(f"{title}\n{abstract}\n" for title, abstract in pairs)
    return f"{BANNER}Subscribe{lines}".encode()


def long_page(name: str, papers: int, *, size: int) -> bytes:
    """Give a page of so many papers and exactly so many bytes."""
    bare = len(page((title(name, number), "") for number in range(papers)))
    each, rest = divmod(size - bare, papers)
    lengths = [each] * (papers - 1) + [each + rest]
    return page(
        (title(name, number), "a" * (length - 1) + ".") for number, length in enumerate(lengths)
    )


def title(name: str, number: int) -> str:
    return f"{name} page, paper {number}"


def sized(listed: Paper, size: int) -> bytes:
    """Give the record of a paper of a long abstract, in exactly so many bytes."""
    bare = len(encode(listed)) - len(listed.abstract or "")
    return encode(
        paper(
            listed.title,
            title=listed.title,
            paper_id=listed.paper_id,
            abstract="a" * (size - bare),
        )
    )


async def put(pipeline: Pipeline, topic: Topic, cases: Sequence[Case]) -> None:
    """Put the records on one partition, each of the size that it has: uncompressed."""
    producer = AIOKafkaProducer(
        bootstrap_servers=pipeline.kafka.bootstrap_servers,
        max_request_size=2 * BOMB_BYTES,
    )
    async with producer:
        for case in cases:
            await producer.send_and_wait(
                pipeline.topics.full_name(topic),
                case.value,
                key=case.key,
                partition=0,
                headers=list(case.headers),
            )


async def refused(pipeline: Pipeline, topic: Topic, value: bytes, compression: str | None) -> bool:
    """Tell whether the broker finds a record too large for its topic."""
    producer = AIOKafkaProducer(
        bootstrap_servers=pipeline.kafka.bootstrap_servers,
        max_request_size=2 * BOMB_BYTES,
        compression_type=compression,
    )
    async with producer:
        try:
            await producer.send_and_wait(pipeline.topics.full_name(topic), value, partition=0)
        except MessageSizeTooLargeError:
            return True
    return False


async def through(pipeline: Pipeline) -> dict[str, dict[tuple[str, str | None], float]]:
    """Run the services until all is through and adds up; give their metrics."""
    await asyncio.to_thread(pipeline.start)
    try:
        await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "120")
        said = {
            name: await asyncio.to_thread(metrics, worker)
            for name, worker in pipeline.services.items()
        }
    finally:
        await asyncio.to_thread(pipeline.stop)
    found = json.loads(await asyncio.to_thread(pipeline.headrace, "audit", "--json"))
    print(found["records"], found["dead_letters"])
    assert {worker.exit_status for worker in pipeline.services.values()} == {0}
    return said


async def assert_given_up(pipeline: Pipeline, cases: Sequence[Case]) -> None:
    """Check that each sick record is one dead letter, whole, and that there is no other."""
    letters = [_told(letter) for letter in await pipeline.records(DEAD_LETTER)]
    sick = [(case.key, case.value or b"", case.reason) for case in cases if case.reason]
    # Compared by digest, so that a failure does not print megabytes.
    assert Counter(map(_short, letters)) == Counter(map(_short, sick))


def _told(letter: InputRecord) -> tuple[bytes | None, bytes, str | None]:
    reason = header(letter, "headrace.reason")
    return letter.key, letter.value or b"", reason.decode() if reason else None


def _short(letter: tuple[bytes | None, bytes, str | None]) -> tuple[object, ...]:
    key, value, reason = letter
    return key, len(value), hash(value), reason


async def titles(pipeline: Pipeline) -> Counter[str | None]:
    return Counter(decode(value, EnrichedPaper).title for value in await pipeline.values(ENRICHED))


@pytest.fixture
async def pipeline(
    kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> Pipeline:
    pipeline = Pipeline(kafka, valkey, tmp_path, new_port)
    await create_topics(pipeline.kafka, pipeline.topics)
    return pipeline


def healthy_page(name: str) -> Case:
    listed = [paper((name, number), words=40) for number in range(3)]
    pairs = [(title(name, number), one.abstract or "") for number, one in enumerate(listed)]
    return Case(name.encode(), page(pairs))


@pytest.mark.slow
async def test_pages_at_and_above_the_limits_are_papers_or_one_dead_letter(
    pipeline: Pipeline,
) -> None:
    most = long_page("longest", MOST_PAPERS, size=PAGE_BYTES)
    cases = [
        healthy_page("first"),
        Case(b"null", None, "empty_page"),
        Case(b"empty", b"", "empty_page"),
        Case(b"many", long_page("over", MOST_PAPERS + 1, size=2 * MIB), "too_many_papers"),
        healthy_page("second"),
        Case(b"longest", most),
        Case(b"unknown", b"nothing\n" * (PAGE_BYTES // 8), "unknown_layout"),
        Case(b"one above", most + b"\n", "page_too_large"),
        Case(b"largest", b"x" * (PAGES.max_record_bytes - FRAME_BYTES), "page_too_large"),
        healthy_page("third"),
    ]
    assert [len(case.value or b"") for case in cases[5:8]] == [PAGE_BYTES] * 2 + [PAGE_BYTES + 1]
    await put(pipeline, PAGES, cases)
    assert await refused(pipeline, PAGES, b"x" * PAGES.max_record_bytes, None)
    # The topic stores as measured: compressed, a record of zeros would pass any limit.
    assert await refused(pipeline, PAGES, bytes(BOMB_BYTES), "zstd")
    said = await through(pipeline)
    await assert_given_up(pipeline, cases)
    expected = [title(name, number) for name in ("first", "second", "third") for number in range(3)]
    expected += [title("longest", number) for number in range(MOST_PAPERS)]
    assert await titles(pipeline) == Counter(expected)
    assert said["ingest"]["headrace_batch_records_count", None] < len(cases)
    for stage in ("dedupe", "embed"):
        batches = said[stage]["headrace_batch_records_count", None]
        assert batches >= MOST_PAPERS / BATCH_RECORDS


@pytest.mark.slow
async def test_paper_records_at_and_above_the_limits_come_out_or_are_one_dead_letter(
    pipeline: Pipeline,
) -> None:
    by_dedupe = [
        healthy_record("papers 1"),
        Case(b"null", None, "not_a_record", FOREIGN),
        Case(b"empty", b"", "not_a_record", FOREIGN),
        sized_record("papers 2", RECORD_BYTES - GROWTH_BYTES),
        sized_record("above", RECORD_BYTES - GROWTH_BYTES + 1, "paper_too_large"),
        sized_record("largest", RECORD_BYTES - FRAME_BYTES, "paper_too_large"),
        healthy_record("papers 3"),
    ]
    by_embed = [
        owned(case, number)
        for number, case in enumerate(
            [
                healthy_record("unique 1"),
                Case(b"0" * 32, None, "not_a_record"),
                Case(b"1" * 32, b"", "not_a_record"),
                sized_record("no room", RECORD_BYTES - 2 * FRAME_BYTES, "output_too_large"),
                healthy_record("unique 2"),
            ]
        )
    ]
    assert await refused(pipeline, PAPERS, bytes(RECORD_BYTES), None)
    await put(pipeline, PAPERS, by_dedupe)
    await put(pipeline, UNIQUE, by_embed)
    said = await through(pipeline)
    await assert_given_up(pipeline, [*by_dedupe, *by_embed])
    healthy = [*(f"papers {number}" for number in (1, 2, 3)), "unique 1", "unique 2"]
    assert await titles(pipeline) == Counter(healthy)
    assert said["dedupe"]["headrace_batch_records_count", None] == 1
    assert said["embed"]["headrace_batch_records_count", None] < len(by_embed) + 3


def healthy_record(name: str) -> Case:
    return _record(encode(paper(name, title=name, paper_id=None)))


def sized_record(name: str, size: int, reason: str | None = None) -> Case:
    case = _record(sized(paper(name, title=name), size), reason)
    assert len(case.value or b"") == size
    return case


def owned(case: Case, number: int) -> Case:
    """Give the record as dedupe would write it to ``unique``."""
    value, key = case.value, case.key
    if value:
        listed = decode(value, Paper)
        with_id = msgspec.structs.replace(listed, paper_id=listed.wording_id)
        value, key = encode(with_id), listed.wording_id.encode()
    wording_id = (key or b"").decode()
    claim = Claim(Owned(wording_id, 0, 1_000_000 + number), bytes(134))
    said = headers(claim, Answer(Verdict.NEW, wording_id))
    return Case(key, value, case.reason, (*FOREIGN, *said))


def _record(value: bytes, reason: str | None = None) -> Case:
    return Case(decode(value, Paper).wording_id.encode(), value, reason, FOREIGN)
