"""Workers of an earlier commit and of this one side by side, while papers flow."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from services.cli.scraped import scrape
from services.common.admin import create_topics
from services.common.build import digest
from services.common.topics import PAGES
from services.local.kafka import KafkaServer
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests.faults.pages import PageTraffic
from tests.faults.schedule import PageFeed
from tests.faults.supervisor import EXPECTED, Supervisor
from tests.pipeline import ROOT, SERVICES, Pipeline

EARLIER = os.environ.get("UPGRADE_FROM", "13e2c35")
"""A commit whose workers must get along with today's; a release's tag, once there is one."""

FEED = PageFeed(groups=400, groups_a_second=15, papers_a_page=5, takedown_seconds=10.0)
BESIDE_SECONDS = 5.0
APART_SECONDS = 1.0
READY_SECONDS = 120.0
DRAIN_SECONDS = 240.0
LOOK_SECONDS = 0.2


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the services as they were."""
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", EARLIER, "services"], capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip(f"no commit {EARLIER} here: {archive.stderr.decode().strip()}")
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    assert digest(folder / "services") != digest(ROOT / "services")
    return folder


def workers(
    pipeline: Pipeline, tree: Path, label: str, logs: Path, new_port: Callable[[], int]
) -> Mapping[str, ServiceProcess]:
    """Give a worker of each service from a source tree."""
    return {
        service: ServiceProcess(
            f"{label}-{service}",
            (sys.executable, "-P", "-m", f"services.{service}"),
            new_port(),
            log=logs / f"{label}-{service}.log",
            environment={**pipeline.environment, "PYTHONPATH": str(tree)},
        )
        for service in SERVICES
    }


def running_builds(chosen: Mapping[str, ServiceProcess]) -> set[str | None]:
    """Give the digests that workers expose; earlier ones may expose none."""
    exposed = (scrape(worker.address) for worker in chosen.values())
    return {
        next(iter(each.by("build_info", "digest")), None) for each in exposed if each is not None
    }


@contextlib.asynccontextmanager
async def supervised(chosen: Mapping[str, ServiceProcess]) -> AsyncIterator[Supervisor]:
    """Run workers, each started again when it ends, as on a busy machine it may; all are ready."""
    supervisor = Supervisor(chosen.values())
    await asyncio.to_thread(supervisor.start)
    task = asyncio.create_task(supervisor.run())
    try:
        async with asyncio.timeout(READY_SECONDS):
            for worker in chosen.values():
                while not await asyncio.to_thread(worker.ready):
                    await asyncio.sleep(LOOK_SECONDS)
        yield supervisor
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["upgrade", "rollback"])
async def test_workers_are_replaced_one_by_one_and_nothing_is_lost_or_double(
    way: str,
    earlier: Path,
    kafka: KafkaServer,
    valkey: ValkeyServer,
    tmp_path: Path,
    new_port: Callable[[], int],
) -> None:
    pipeline = Pipeline(
        kafka, valkey, tmp_path, new_port, services=(), environment={"HEADRACE_LOG__FORMAT": "json"}
    )
    trees = {"earlier": earlier, "today": ROOT}
    generations = {
        label: workers(pipeline, tree, label, tmp_path, new_port) for label, tree in trees.items()
    }
    first, second = ("earlier", "today") if way == "upgrade" else ("today", "earlier")
    for label, chosen in generations.items():
        pipeline.services |= {f"{label}-{name}": worker for name, worker in chosen.items()}
    await create_topics(pipeline.kafka, pipeline.topics)
    traffic = PageTraffic(pipeline, FEED, partitions=PAGES.partitions, seed=1)
    feeding = asyncio.create_task(traffic.run())
    try:
        async with supervised(generations[first]) as old:
            await asyncio.sleep(BESIDE_SECONDS)
            async with supervised(generations[second]) as new:
                await asyncio.sleep(BESIDE_SECONDS)
                builds = {label: running_builds(each) for label, each in generations.items()}
                while worker := await old.retire_one():
                    assert worker.exit_status in (0, *EXPECTED), worker.name
                    await asyncio.sleep(APART_SECONDS)
                # What is fed from now on has nobody but the second ones.
                traffic.enough = True
                await feeding
                assert not await traffic.drained(DRAIN_SECONDS)
                print([*old.ends, *new.ends])
    finally:
        feeding.cancel()
        await asyncio.to_thread(pipeline.stop)
    assert builds["today"] == {digest(ROOT / "services")}
    assert not builds["today"] & builds["earlier"]
    judgement = await traffic.judged()
    print(judgement.told)
    assert not judgement.findings
