"""docker-compose.yml, from images that are built anew to enriched records, and through faults."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from services.common import logs
from services.common.codec import decode
from services.common.identity import page_id
from services.common.records import EnrichedPaper
from services.common.settings import LogSettings
from services.common.topics import ENRICHED, PAGES
from tests.compose.feeder import Feeder
from tests.compose.project import EVERY, Project, sizes, why_not
from tests.compose.strikes import Blow, blows, can_be_struck
from tests.faults.sender import Sender
from tests.pipeline import ROOT

REASON = why_not()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(REASON is not None, reason=str(REASON)),
]

DEMO = sorted((ROOT / "deploy" / "demo" / "pages").glob("*.txt"))
EXPECTED = json.loads((ROOT / "deploy" / "demo" / "expected.json").read_text())
READY_SECONDS = 300.0
THROUGH_SECONDS = 300.0
LOOK_SECONDS = 0.5


@pytest.fixture(scope="module")
def project(
    new_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """Give the project, built and up; in the end its logs are all that is left."""
    kept = tmp_path_factory.mktemp("compose") / "logs.txt"
    # A client that waits for a killed broker has much to say.
    logs.configure(LogSettings(level="ERROR"))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    project = Project(f"headrace-test-{os.getpid()}", new_port)
    began = time.monotonic()
    project.compose("build")
    built = time.monotonic()
    try:
        project.compose("up", "--wait", *EVERY)
        print(f"\nbuilt in {built - began:.1f} s, up in {time.monotonic() - built:.1f} s")
        print("images:", sizes(project, EVERY))
        print(project.compose("ps", "--format", "table {{.Service}}\t{{.Status}}\t{{.Ports}}"))
        yield project
    finally:
        kept.write_text(project.compose("logs", "--no-color", "--timestamps"))
        print("logs:", kept)
        project.down()


async def enriched(project: Project) -> Counter[str]:
    """Count the enriched records of each wording, read from outside."""
    return Counter(
        decode(value, EnrichedPaper).wording_id for value in await project.values(ENRICHED)
    )


async def test_the_sample_pages_come_out_enriched(project: Project) -> None:
    began = time.monotonic()
    await asyncio.to_thread(project.headrace, "feed", *(str(p.relative_to(ROOT)) for p in DEMO))
    fed = time.monotonic()
    while not await project.values(ENRICHED):
        await asyncio.sleep(0.05)
    print(f"\nfed in {fed - began:.1f} s, the first record {time.monotonic() - fed:.1f} s later")
    await asyncio.to_thread(project.headrace, "drain")
    await asyncio.to_thread(project.headrace, "audit")
    found = await enriched(project)
    assert (len(found), set(found.values())) == (EXPECTED["all_in_any_order"]["unique"], {1})
    one = decode((await project.values(ENRICHED))[0], EnrichedPaper)
    assert one.embedding.provider == "CPUExecutionProvider"


def test_every_health_check_is_green(project: Project) -> None:
    states = {service: project.inspected(service)["State"] for service in EVERY}
    assert {
        service: state["Health"]["Status"] for service, state in states.items()
    } == dict.fromkeys(EVERY, "healthy")


def test_prometheus_reaches_every_target_and_has_its_rules(project: Project) -> None:
    def asked(path: str) -> object:
        status, body = project.get("prometheus", path)
        assert status == 200
        return json.loads(body)["data"]

    targets = {
        target["scrapeUrl"]: (target["health"], target["lastError"])
        for target in asked("/api/v1/targets")["activeTargets"]
    }
    assert len(targets) == 4
    assert set(targets.values()) == {("up", "")}
    groups = asked("/api/v1/rules")["groups"]
    assert {rule["health"] for group in groups for rule in group["rules"]} <= {"ok", "unknown"}
    assert any(rule["type"] == "alerting" for group in groups for rule in group["rules"])


def test_grafana_has_the_dashboards(project: Project) -> None:
    if not project.has_image("grafana"):
        pytest.skip("no image of Grafana is here or can be pulled")
    project.compose("up", "--wait", "grafana")
    status, body = project.get("grafana", "/api/search?type=dash-db")
    assert status == 200
    assert {one["uid"] for one in json.loads(body)} == {
        json.loads(file.read_text())["uid"]
        for file in (ROOT / "deploy" / "grafana" / "dashboards").glob("*.json")
    }


async def test_nothing_is_lost_whatever_befalls_a_container(project: Project) -> None:
    sender = Sender(project.clients, project.topics.full_name(PAGES))
    feeder = Feeder(sender)
    feeding = asyncio.create_task(feeder.run())
    try:
        print()
        for blow in blows():
            print(await struck(project, blow, feeder))
        feeder.enough = True
        await feeding
    finally:
        feeding.cancel()
    await asyncio.to_thread(project.headrace, "drain")
    print(await asyncio.to_thread(project.headrace, "audit"))
    captured = {page_id(value) for value in await project.values(PAGES)}
    assert {page.page_id for page in feeder.fed} <= captured
    found = await enriched(project)
    wordings = {wording for page in feeder.fed for wording in page.wordings}
    assert {wording: found[wording] for wording in wordings} == dict.fromkeys(wordings, 1)
    print(f"{feeder.papers} papers fed, {len(wordings)} wordings, each enriched once")


async def struck(project: Project, blow: Blow, feeder: Feeder) -> str:
    """Strike, and tell after how long a page was through that was fed when it was over."""
    if not can_be_struck(project, blow):
        return f"{blow.name}, {blow.service}: not possible from here"
    await asyncio.to_thread(blow.strike, project, blow.service)
    began = time.monotonic()
    known = len(feeder.fed)
    await asyncio.to_thread(project.wait_ready, READY_SECONDS)
    while len(feeder.fed) == known:
        await asyncio.sleep(LOOK_SECONDS)
    wordings = set(feeder.fed[known].wordings)
    while not wordings <= set(await enriched(project)):
        assert time.monotonic() - began < THROUGH_SECONDS, f"{blow}: nothing comes through"
        await asyncio.sleep(LOOK_SECONDS)
    return f"{blow.name}, {blow.service}: through again {time.monotonic() - began:.1f} s after it"
