from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Pages(BaseHTTPRequestHandler):
    """Answers as the server is told to, with a reason."""

    def do_GET(self) -> None:
        status = self.server.statuses.get(self.path, 404)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"lane 0: redis_unavailable")

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def web() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.statuses = {}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["/healthz", "/readyz"])
def check(request, liveness, services) -> tuple[str, list[str]]:
    """Give the page that is asked, and the command that asks: of the image, and of compose."""
    readiness = services["ingest"]["healthcheck"]["test"]
    command = liveness if request.param == "/healthz" else readiness[1:]
    assert command[0] == "python"
    return request.param, [sys.executable, *command[1:]]


def ask(command: list[str], port: int) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HEADRACE_WEB__PORT": str(port),
        "http_proxy": "http://127.0.0.1:1",
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_page_that_says_yes_is_health(check, web):
    page, command = check
    web.statuses[page] = 200
    assert ask(command, web.server_port).returncode == 0


def test_a_page_that_says_no_is_none_and_its_reason_is_told(check, web):
    page, command = check
    web.statuses[page] = 503
    asked = ask(command, web.server_port)
    assert asked.returncode == 1
    assert "503" in asked.stderr


def test_another_page_is_not_asked(check, web):
    page, command = check
    web.statuses = {"/healthz": 200, "/readyz": 200, "/": 200, page: 503}
    assert ask(command, web.server_port).returncode == 1


def test_silence_is_no_health(check, web, new_port):
    _, command = check
    assert ask(command, new_port()).returncode == 1


def test_every_service_is_asked_the_same(services):
    checks = {name: dict(services[name]["healthcheck"]) for name in ("ingest", "dedupe", "embed")}
    # The first start of embed makes its model.
    assert checks["embed"].pop("start_period") == "300s"
    assert checks["ingest"].pop("start_period") == checks["dedupe"].pop("start_period")
    assert checks["embed"] == checks["ingest"] == checks["dedupe"]
