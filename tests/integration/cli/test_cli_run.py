from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from services.common import groups

PAGE = Path(__file__).parents[3] / "deploy" / "demo" / "pages" / "abstracts_more.txt"


async def test_run_is_the_service_until_a_signal_ends_it(world, new_port, monkeypatch):
    monkeypatch.setenv("HEADRACE_WEB__PORT", str(new_port()))
    await world.write(("pages", PAGE.read_bytes(), []))
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "run", "ingest", stderr=asyncio.subprocess.PIPE
    )
    try:
        stage = world.stages["ingest"]
        source = world.cluster.full_name(stage.source)
        while any((await groups.lag(world.cluster.clients, stage.group, source)).values()):
            assert service.returncode is None, (await service.stderr.read()).decode()
            await asyncio.sleep(0.1)
        service.send_signal(signal.SIGTERM)
        _, log = await service.communicate()
    finally:
        if service.returncode is None:
            service.kill()
    assert service.returncode == 0
    assert b"page_parsed" in log
    exported = await world.run("export", "--topic", "papers")
    papers = [json.loads(line)["value"] for line in exported.stdout.splitlines()]
    assert len(papers) == papers[0]["page"]["papers_on_page"] > 1


async def test_tail_ends_after_as_many_records_as_asked_for(world):
    tail = asyncio.create_task(world.run("tail", "papers", "--count", "2", "--json"))
    while not (await asyncio.wait([tail], timeout=0.2))[0]:
        await world.write(("papers", b"1", []))
    result = await tail
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 2


async def test_a_reader_that_goes_away_early_ends_an_export_quietly(world):
    await world.write(*(("pages", b"x" * 100_000, []) for _ in range(5)))
    export = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "export", "--topic", "pages",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert len(await export.stdout.read(1000)) == 1000
    export._transport.get_pipe_transport(1).close()
    complaint = await export.stderr.read()
    await export.wait()
    assert b"Traceback" not in complaint
