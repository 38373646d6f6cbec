"""Dead letters sent back to where they were refused, or put away; each once, whatever dies.

What becomes of a letter is a record on the dead letters' own topic, written in one transaction with
the record that goes back. Whoever settles starts the one transactional producer that there is for
it, and only then reads what is settled: an earlier one that still works is fenced by that.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from services.cli.cluster import Cluster
from services.cli.letters import Letter, Letters, Selection
from services.common import reader
from services.common.codec import decode
from services.common.dead_letters import SETTLED, VERDICT, redriven
from services.common.errors import Rejected
from services.common.outcomes import Message
from services.common.records import Paper
from services.common.topics import DEAD_LETTER, PAGES, PAPERS
from services.common.writer import open_writer
from services.dedupe import controls

AT_ONCE = 200
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
    name = f"{cluster.settings.kafka.group_prefix}.dead-letters"
    names = {topic.name: cluster.full_name(topic.name) for topic in cluster.topics()}
    async with open_writer(cluster.clients, name, names) as writer:
        chosen = (await open_letters(cluster)).chosen(selection)
        settled, stuck = 0, list[Letter]()
        for at in range(0, len(chosen), AT_ONCE):
            letters = chosen[at : at + AT_ONCE]
            messages = []
            for letter in letters:
                message = back(letter) if redrive else None
                if redrive and message is None:
                    stuck.append(letter)
                    continue
                if message is not None:
                    messages.append(message)
                messages.append(_settlement(letter, REDRIVEN if redrive else DISCARDED))
                settled += 1
            await writer.write(messages)
            advance(len(letters))
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


def _settlement(letter: Letter, verdict: str) -> Message:
    return Message(
        topic=DEAD_LETTER.name,
        key=letter.record.key,
        value=b"",
        headers=((SETTLED, letter.place.encode()), (VERDICT, verdict.encode())),
    )
