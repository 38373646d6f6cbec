"""What a service serves: pages to be read, on the loopback, and nothing that changes anything."""

from __future__ import annotations

import asyncio
import http.client
import os
from collections.abc import Callable, Iterator

import psutil
import pytest

from services.common.host import Host, application
from services.common.settings import WebSettings
from services.common.telemetry import Telemetry
from services.dedupe.app import service as dedupe
from services.dedupe.settings import DedupeSettings
from services.embed.app import service as embed
from services.embed.settings import EmbedSettings
from services.ingest.app import service as ingest
from services.ingest.settings import IngestSettings
from services.local.ports import HOST
from services.local.service import ServiceProcess
from tests.pipeline import ROOT, own_program

SERVED = {"/", "/healthz", "/readyz", "/metrics"}
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
DESCRIPTIONS = {
    "ingest": lambda: ingest(IngestSettings()),
    "dedupe": lambda: dedupe(DedupeSettings()),
    "embed": lambda: embed(EmbedSettings()),
}


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> Iterator[ServiceProcess]:
    """Give a service whose pages answer while it waits for a Kafka that is not there."""
    folder = tmp_path_factory.mktemp("endpoints")
    service = ServiceProcess(
        "embed",
        own_program("embed"),
        new_port(),
        log=folder / "log",
        environment={
            **os.environ,
            "HEADRACE_KAFKA__BOOTSTRAP_SERVERS": f"{HOST}:1",
            "HEADRACE_EMBED__ENCODER": "fake",
            "HEADRACE_STATE_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
        },
    )
    service.start()
    try:
        yield service
    finally:
        service.stop()


async def status(service: ServiceProcess, method: str, path: str, body: bytes = b"") -> int:
    """Ask a page; a service that has only just started is asked again."""

    def ask() -> int:
        connection = http.client.HTTPConnection(HOST, service.port, timeout=5)
        try:
            connection.request(method, path, body=body)
            return connection.getresponse().status
        finally:
            connection.close()

    async with asyncio.timeout(30):
        while True:
            try:
                return await asyncio.to_thread(ask)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)


def test_pages_are_on_the_loopback_unless_a_setting_says_otherwise() -> None:
    assert WebSettings().bind == HOST


@pytest.mark.parametrize("name", DESCRIPTIONS)
async def test_a_service_serves_four_pages_to_be_read_and_no_other(name: str) -> None:
    description = DESCRIPTIONS[name]()
    host = Host(description, Telemetry())
    app = application(description, host, asyncio.get_running_loop())
    app.web.init_server()
    routes = [(route.method, route.resource.canonical) for route in app.web.web_app.router.routes()]
    assert {path for _, path in routes} == SERVED
    assert {method for method, _ in routes} == {"GET", "HEAD"}


@pytest.mark.parametrize("path", sorted(SERVED))
async def test_a_page_can_be_read_and_not_written(running: ServiceProcess, path: str) -> None:
    assert await status(running, "GET", path) in (200, 503)
    refused = {method: await status(running, method, path, b"{}") for method in METHODS}
    assert set(refused.values()) <= {400, 403, 404, 405}, refused


async def test_a_running_service_listens_on_the_loopback_alone(running: ServiceProcess) -> None:
    assert await status(running, "GET", "/healthz") == 200
    listening = [
        each.laddr.ip
        for each in psutil.Process(running.pid).net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
    ]
    assert listening == [HOST]
