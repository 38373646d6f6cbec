"""``headrace forget`` and ``headrace split``: what dedupe cannot decide by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress

from services.cli.asking import asked
from services.cli.cluster import Cluster, enter
from services.cli.console import bars, out, printable
from services.cli.options import StateDir
from services.cli.standing import emissions, indexed, listed, on_page, whole
from services.common.errors import ExitStatus, Fatal
from services.common.outcomes import InputRecord, header
from services.common.records import Paper
from services.common.topics import UNIQUE
from services.dedupe import controls
from services.dedupe.emitting import REVISION, SIGNATURE
from services.dedupe.entry import Entry
from services.dedupe.signature import WORDS_BYTES

TRIES = 3
"""A paper may be revised between the look at it and the takedown, which has no effect then."""

PaperId = Annotated[
    str,
    typer.Argument(metavar="PAPER_ID", help="32 digits, as on enriched.", show_default=False),
]
WordingId = Annotated[
    str,
    typer.Argument(metavar="WORDING_ID", help="32 digits, as on sightings.", show_default=False),
]
Page = Annotated[
    Path | None,
    typer.Option(help="A saved page that lists it, where Kafka has its words no more."),
]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds to wait for dedupe.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(forget)
    app.command()(split)


def forget(
    paper_id: PaperId,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Bring it back.")] = False,
    page: Page = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    timeout: Timeout = 60.0,
    state: StateDir = None,
) -> None:
    """Take a paper down: blank on `unique`, null on `enriched`, never emitted again.

    Its ids and a digest of its words stay, so that it is recognised where it is listed again: that
    is counted (`headrace_forgotten_sightings_total`) and sighted, no more. Kafka drops the words
    themselves when it compacts `unique` and `enriched`, and after a week on `pages` and `papers`.

    `--undo` emits it again, from the words that `unique` or `papers` still hold, or from a page.

    ```
    headrace tail enriched --json | jq -r .value.paper_id
    headrace forget 0123456789abcdef0123456789abcdef
    headrace forget --undo 0123456789abcdef0123456789abcdef --page saved.html
    ```
    """
    cluster = enter(state)
    if undo:
        with bars() as progress:
            asyncio.run(_remember(cluster, paper_id, page, timeout, progress))
        out.print(f"Paper {paper_id} is emitted again.", highlight=False)
        return
    with bars() as progress:
        title = asyncio.run(_title(cluster, paper_id, progress))
    if not yes:
        typer.confirm(f"Take down «{printable(title)}»?", abort=True, err=True)
    with bars() as progress:
        wordings = asyncio.run(_forget(cluster, paper_id, timeout, progress))
    count = "1 wording" if wordings == 1 else f"{wordings} wordings"
    out.print(
        f"Paper {paper_id} is forgotten: {count} blank on {cluster.full_name(UNIQUE.name)}.",
        highlight=False,
    )


def split(
    wording_id: WordingId,
    *,
    page: Page = None,
    timeout: Timeout = 60.0,
    state: StateDir = None,
) -> None:
    """Make a near copy that was merged wrongly a paper of its own, for good.

    It is emitted at once, from the words that `papers` still holds or from a page, and from then on
    its copies are copies of it. The other paper stays as it is.

    ```
    headrace export --topic sightings --format jsonl --output seen.jsonl
    jq -c '.value | select(.verdict == "near") | [.similarity, .wording_id]' seen.jsonl
    headrace split 0123456789abcdef0123456789abcdef
    ```
    """
    cluster = enter(state)
    with bars() as progress:
        asyncio.run(_split(cluster, wording_id, page, timeout, progress))
    out.print(f"{wording_id} is a paper of its own.", highlight=False)


async def _title(cluster: Cluster, paper_id: str, progress: Progress) -> str:
    await _paper(cluster, paper_id)
    papers = [whole(record) for record in await emissions(cluster, paper_id, progress)]
    words = (paper.title or paper.abstract for paper in reversed(papers) if paper is not None)
    return next((each for each in words if each), paper_id)


async def _forget(cluster: Cluster, paper_id: str, timeout: float, progress: Progress) -> int:
    """Take a paper down, and give how many wordings of it were blanked.

    Raises:
        Fatal: there is no such paper, or it was revised again and again meanwhile.
    """
    blanked = 0
    for _ in range(TRIES):
        left = _standing(await emissions(cluster, paper_id, progress))
        if blanked and not left:
            return blanked
        entry = await _paper(cluster, paper_id)
        if not left and entry.forgotten:
            return 0
        if not left:
            raise Fatal(
                f"{paper_id} is not on {cluster.full_name(UNIQUE.name)} yet: try again",
                ExitStatus.TEMPORARY,
            )
        latest = header(left[-1], SIGNATURE) or b""
        messages = []
        for follows, record in enumerate(left, entry.revision):
            # It goes by its latest words, and is found by all that it ever had.
            keys = (header(record, SIGNATURE) or b"")[WORDS_BYTES + 1 :]
            signature = latest[: WORDS_BYTES + 1] + keys
            paper = whole(record)
            assert paper is not None
            messages.append(controls.forget(paper, signature, follows=follows))
        await asked(cluster, messages, timeout=timeout)
        blanked = len(left)
    raise Fatal(f"{paper_id} was revised meanwhile, {TRIES} times: try again")


def _standing(records: list[InputRecord]) -> list[InputRecord]:
    """Give the last record of each wording that still has its words, by revision."""
    last = {record.key: record for record in records}
    return sorted(
        (record for record in last.values() if whole(record) is not None),
        key=lambda record: int(header(record, REVISION) or b"0"),
    )


async def _remember(
    cluster: Cluster, paper_id: str, page: Path | None, timeout: float, progress: Progress
) -> None:
    entry = await _paper(cluster, paper_id)
    held = await emissions(cluster, paper_id, progress)
    if held and whole(held[-1]) is not None:
        raise Fatal(f"{paper_id} is not forgotten", ExitStatus.CONFIGURATION)
    if not entry.forgotten:
        raise Fatal(
            f"the index does not know yet that {paper_id} is forgotten: it was lost, and is caught "
            "up; try again",
            ExitStatus.TEMPORARY,
        )
    wordings = {(record.key or b"").decode() for record in held}
    if page is not None:
        found: Paper | None = on_page(cluster, page, wordings)
    else:
        papers = [paper for record in held if (paper := whole(record)) is not None]
        latest = max(papers, key=lambda paper: paper.revision, default=None)
        found = latest or await listed(cluster, wordings, progress)
    named = msgspec.structs.replace(_words(found, paper_id), paper_id=paper_id)
    await asked(cluster, [controls.remember(named, follows=entry.revision)], timeout=timeout)
    # Not the index: it may be lost by now.
    if whole((await emissions(cluster, paper_id, progress))[-1]) is None:
        raise Fatal(f"{paper_id} was taken down again meanwhile")


async def _split(
    cluster: Cluster, wording_id: str, page: Path | None, timeout: float, progress: Progress
) -> None:
    entry = await indexed(cluster, wording_id)
    if entry is not None and entry.kind != "alias":
        own = "is a paper of its own"
        later = f"is revision {entry.revision} of paper {entry.paper_id}: it was not left out"
        raise Fatal(
            f"{wording_id} {own if entry.kind == 'paper' else later}", ExitStatus.CONFIGURATION
        )
    if page is not None:
        found: Paper | None = on_page(cluster, page, {wording_id})
    else:
        found = await listed(cluster, {wording_id}, progress)
    await asked(cluster, [controls.split(_words(found, wording_id))], timeout=timeout)


async def _paper(cluster: Cluster, paper_id: str) -> Entry:
    entry = await indexed(cluster, paper_id)
    if entry is None:
        raise Fatal(
            f"the index knows no {paper_id}: a paper id has 32 digits, as on enriched; while the "
            "index is caught up it may lack some (`headrace index stats`)",
            ExitStatus.CONFIGURATION,
        )
    if entry.kind != "paper":
        raise Fatal(
            f"{paper_id} is a wording of paper {entry.paper_id}: give that id",
            ExitStatus.CONFIGURATION,
        )
    return entry


def _words(found: Paper | None, wanted: str) -> Paper:
    if found is None:
        raise Fatal(
            f"Kafka has the words of {wanted} no more: give a saved page that lists it with --page",
            ExitStatus.CONFIGURATION,
        )
    return found
