"""Each panel's query, asked of a Prometheus that scraped a loaded pipeline, has an answer."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import redis.asyncio as redis

from services.common.admin import create_topics
from services.common.errors import ExitStatus
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests import servers
from tests.invented import paper
from tests.invented_pages import blocks_page, lines_page, pairs
from tests.monitoring import PROMETHEUS, PrometheusServer, Series
from tests.pipeline import Pipeline
from tools.dashboards.grafana import ANNOTATIONS
from tools.dashboards.panel import Dashboard, Panel
from tools.dashboards.queries import WINDOW
from tools.dashboards.table import DASHBOARDS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        PROMETHEUS is None, reason="no prometheus (Debian's package prometheus has it)"
    ),
]

ROUNDS = 4
"""Some seconds each, so that what is looked at every ten seconds is looked at under way."""

PAGES = 16
"""Of a round."""

PAPERS_A_PAGE = 20
DEMO = Path(__file__).parents[2] / "deploy" / "demo" / "pages"
SOURCES = (b"digests", b"weekly", b"crawler")
LATEST = "[2m]"
"""In Grafana's window's stead: as long as the load takes."""

PANELS = [(dashboard, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]


def page(number: int) -> bytes:
    """Give a page of invented papers: of each there is a near copy on it, or one much alike."""
    source = random.Random(number)
    listed = []
    for place in range(PAPERS_A_PAGE // 2):
        one = paper(f"{number} {place}")
        assert one.title is not None
        assert one.abstract is not None
        words = [w if source.random() > 0.1 else "otherwise" for w in one.abstract.split()]
        other = one.title if place % 2 else f"Another study of {place} winters and their ends"
        listed += [(one.title, one.abstract), (other, " ".join(words))]
    return lines_page(listed).encode()


def load(first: int) -> list[bytes]:
    """Give pages of several layouts, some for the second time, and a few that cannot be read."""
    made = [page(number) for number in range(first, first + PAGES)]
    samples = [file.read_bytes() for file in sorted(DEMO.iterdir())]
    blocks = blocks_page(pairs(12)).encode()
    return [
        blocks,
        *made,
        *samples,
        b"Dear diary, nothing was listed today.\n",
        *made[: PAGES // 2],
    ]


class Monitored(NamedTuple):
    """What a test needs of the pipeline that was loaded, and who watches it."""

    prometheus: PrometheusServer
    pipeline: Pipeline
    valkey: ValkeyServer


@pytest.fixture(scope="module")
async def monitored(
    kafka: KafkaServer,
    tmp_path_factory: pytest.TempPathFactory,
    new_port: Callable[[], int],
    secure: bool,
) -> AsyncIterator[Monitored]:
    """Give a Prometheus that saw pages flow, a worker stop and start, and the index get lost."""
    folder = tmp_path_factory.mktemp("monitored")
    valkey = servers.valkey_server(folder / "valkey", new_port, secure=secure)
    pipeline = Pipeline(kafka, valkey, folder, new_port)
    targets = {name: service.address for name, service in pipeline.services.items()}
    server = PrometheusServer(folder, new_port(), targets)
    try:
        await asyncio.to_thread(valkey.start)
        await asyncio.to_thread(valkey.wait_ready)
        await bound(valkey)
        await create_topics(pipeline.kafka, pipeline.topics)
        for each in (pipeline, server):
            await asyncio.to_thread(each.start)
        await asyncio.to_thread(server.wait_ready)
        for service in pipeline.services.values():
            await asyncio.to_thread(service.wait_ready)
        # Labels that are not known before make their first rise unseen: see docs/metrics.md.
        await pass_through(pipeline, load(0)[: len(SOURCES) * 3])
        for turn in range(ROUNDS):
            await pass_through(pipeline, load(turn * PAGES))
            if turn == 1:
                await happen(pipeline, valkey)
        await scraped_again(server)
        yield Monitored(server, pipeline, valkey)
    finally:
        await asyncio.to_thread(pipeline.stop)
        for each in (server, valkey):
            await asyncio.to_thread(each.stop)


@pytest.fixture
def prometheus(monitored: Monitored) -> PrometheusServer:
    return monitored.prometheus


async def pass_through(pipeline: Pipeline, pages: list[bytes]) -> None:
    for number, source in enumerate(SOURCES):
        await pipeline.feed(pages[number :: len(SOURCES)], key=source)
    await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "120")


async def bound(valkey: ValkeyServer) -> None:
    """Give the server a limit, as the deployment does."""
    async with redis.Redis.from_url(valkey.url) as client:
        await client.config_set("maxmemory", 256 * 1024 * 1024)


async def happen(pipeline: Pipeline, valkey: ValkeyServer) -> None:
    """Let what the annotations tell of happen: a restart, and an index that is lost."""
    dedupe = pipeline.services["dedupe"]
    await asyncio.to_thread(dedupe.stop)
    await asyncio.to_thread(dedupe.start)
    await asyncio.to_thread(dedupe.wait_ready)
    async with redis.Redis.from_url(valkey.url) as client:
        await client.flushall()


async def scraped_again(server: PrometheusServer) -> None:
    """Return once what is committed has been scraped, and the rules have seen it."""
    before = server.ask("prometheus_rule_group_last_evaluation_timestamp_seconds")
    newest = max(series.value for series in before)
    async with asyncio.timeout(60):
        while not all(
            series.value > newest + 2
            for series in server.ask("prometheus_rule_group_last_evaluation_timestamp_seconds")
        ):
            await asyncio.sleep(0.5)


def answers(server: PrometheusServer, panel: Panel) -> list[list[Series]]:
    return [server.ask(query.expr.replace(WINDOW, LATEST)) for query in panel.queries]


@pytest.mark.parametrize(
    ("dashboard", "panel"), PANELS, ids=[f"{d.name}-{p.title}" for d, p in PANELS]
)
async def test_a_panel_has_something_to_draw(
    prometheus: PrometheusServer, dashboard: Dashboard, panel: Panel
) -> None:
    found = answers(prometheus, panel)
    assert panel.quiet or all(found), f"{dashboard.title}, {panel.title}: nothing"


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=[each[0] for each in ANNOTATIONS])
async def test_an_annotation_is_seen_once_it_happened(
    prometheus: PrometheusServer, annotation: tuple[str, str, str, str]
) -> None:
    name, expr, _, _ = annotation
    found = prometheus.ask(f"max_over_time(({expr})[5m:1s])")
    assert name == "Alerts" or found


async def test_nothing_fires_that_should_not(prometheus: PrometheusServer) -> None:
    firing = prometheus.ask('ALERTS{alertname=~"Headrace.*", alertstate="firing"}')
    assert [series.labels["alertname"] for series in firing] == []


@pytest.mark.parametrize("service", ["ingest", "dedupe", "embed"])
async def test_promtool_has_nothing_to_say_of_what_a_service_exposes(
    prometheus: PrometheusServer, service: str
) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None
    exposed = prometheus.exposition(service)
    done = await asyncio.to_thread(
        subprocess.run, [promtool, "check", "metrics"], input=exposed, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr


async def test_a_dedupe_that_refuses_its_index_shows_as_a_target_that_is_down(
    monitored: Monitored,
) -> None:
    """Last of the module: it leaves dedupe down."""
    prometheus, pipeline, valkey = monitored
    dedupe = pipeline.services["dedupe"]
    async with redis.Redis.from_url(valkey.url) as client:
        await client.config_set("maxmemory-policy", "allkeys-lru")
    await asyncio.to_thread(dedupe.stop)
    for _ in range(2):
        await asyncio.to_thread(dedupe.start)
        async with asyncio.timeout(60):
            while dedupe.running:
                await asyncio.sleep(0.1)
        assert dedupe.exit_status == ExitStatus.CONFIGURATION
    async with asyncio.timeout(30):
        while not prometheus.ask('up{service="dedupe"} == 0'):
            await asyncio.sleep(0.5)
