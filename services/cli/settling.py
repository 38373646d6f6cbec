"""Dead letters sent back to where they were refused, or put away; each once, whatever dies.

What becomes of a letter is a record on the dead letters' own topic, written in one transaction with
the record that goes back. Whoever settles starts the one transactional producer that there is for
it, and only then reads what is settled: an earlier one that still works is fenced by that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

from aiokafka import AIOKafkaProducer

from services.cli.cluster import Cluster
from services.cli.letters import Letter, Letters, Selection
from services.common import reader
from services.common.clients import close
from services.common.codec import decode
from services.common.dead_letters import SETTLED, VERDICT, redriven
from services.common.deadline import within
from services.common.errors import Rejected
from services.common.outcomes import Message
from services.common.records import Paper
from services.common.topics import DEAD_LETTER, PAGES, PAPERS
from services.dedupe import controls

AT_ONCE = 200
CLOSE_SECONDS = 5.0
DISCARDED, REDRIVEN = "discarded", "redriven"

Advance = Callable[[int], None]


async def open_letters(cluster: Cluster) -> Letters:
    """Give the letters that are open, after all transactions that are."""
    await cluster.require(DEAD_LETTER.name)
    name, found = cluster.full_name(DEAD_LETTER.name), Letters()
    ends = await reader.end_offsets(cluster.clients, name, isolation="read_uncommitted")
    async with aclosing(reader.read(cluster.clients, name, ends=ends)) as batches:
        async for records in batches:
            found.add(records)
    return found


async def settle(
    cluster: Cluster, selection: Selection, *, redrive: bool, advance: Advance
) -> tuple[int, list[Letter]]:
    """Redrive or discard letters, and give how many were settled, and those that cannot go back.

    Raises:
        Fatal: Kafka refused, or somebody else settles letters now; what was settled stays so.
    """
    async with _alone(cluster) as producer:
        chosen = (await open_letters(cluster)).chosen(selection)
        settled, stuck = 0, []
        for at in range(0, len(chosen), AT_ONCE):
            batch = []
            for letter in chosen[at : at + AT_ONCE]:
                message = back(letter) if redrive else None
                if redrive and message is None:
                    stuck.append(letter)
                else:
                    batch.append((letter, message))
            await within(_write(cluster, producer, batch), "settling dead letters")
            settled += len(batch)
            advance(len(chosen[at : at + AT_ONCE]))
    return settled, stuck


def back(letter: Letter) -> Message | None:
    """Give what goes back in the place of a letter; None where nothing can.

    A page or a paper goes back as it was. What embed refused comes again through dedupe, as the
    next revision of its paper: nothing else may write to ``unique``. Where that has gone on since,
    nothing comes of it.
    """
    if letter.item is not None:
        return None
    if letter.stage == "ingest":
        return redriven(letter.record, PAGES.name, place=letter.place)
    if letter.stage == "dedupe":
        return redriven(letter.record, PAPERS.name, place=letter.place)
    try:
        paper = decode(letter.record.value, Paper)
    except Rejected:
        return None
    return controls.remember(paper, follows=paper.revision) if paper.paper_id else None


@asynccontextmanager
async def _alone(cluster: Cluster) -> AsyncIterator[AIOKafkaProducer]:
    name = f"{cluster.settings.kafka.group_prefix}.dead-letters"
    producer = await cluster.clients.started(lambda: cluster.clients.producer(name))
    try:
        yield producer
    finally:
        await within(close(producer), "closing the producer", CLOSE_SECONDS)


async def _write(
    cluster: Cluster, producer: AIOKafkaProducer, batch: Sequence[tuple[Letter, Message | None]]
) -> None:
    """Write what goes back and what became of the letters, all or nothing."""
    async with producer.transaction():
        sent = []
        for letter, message in batch:
            if message is not None:
                sent.append(await _send(cluster, producer, message))
            verdict = DISCARDED if message is None else REDRIVEN
            note = Message(
                topic=DEAD_LETTER.name,
                key=letter.record.key,
                value=b"",
                headers=((SETTLED, letter.place.encode()), (VERDICT, verdict.encode())),
            )
            sent.append(await _send(cluster, producer, note))
        # A record that the broker refuses tells nobody but its own future.
        for future in sent:
            await future


async def _send(
    cluster: Cluster, producer: AIOKafkaProducer, message: Message
) -> Awaitable[object]:
    future: Awaitable[object] = await producer.send(
        cluster.full_name(message.topic),
        message.value,
        key=message.key,
        headers=list(message.headers),
    )
    return future
