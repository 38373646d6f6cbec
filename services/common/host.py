"""The process around a service: Faust runs it, answers its web pages and hears its signals.

Faust's own Kafka clients stay off: its acknowledgement rules would lose records.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NoReturn

import faust
import structlog
from faust.app.base import BootStrategy
from faust.worker import Worker

from services.common import logs, packing
from services.common.build import build
from services.common.errors import ExitStatus, Fatal
from services.common.loop import Loop
from services.common.session import Route, SessionFactory
from services.common.settings import CommonSettings
from services.common.stream import Stream
from services.common.telemetry import Telemetry
from services.common.trial import CRASHED

log = structlog.get_logger()

EXPOSITION = "text/plain; version=0.0.4"


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its composition root describes it.

    ``open`` makes what the service needs and gives the sessions of its lanes; what it made is
    released at the end. ``verdicts`` and ``reasons`` are all that its outcomes may have.
    """

    route: Route
    settings: CommonSettings
    usual_port: int
    open: Callable[[Telemetry], AbstractAsyncContextManager[SessionFactory]]
    verdicts: Sequence[str]
    reasons: Sequence[str]


class _NoKafka(BootStrategy):
    enable_kafka = False
    enable_kafka_consumer = False
    enable_kafka_producer = False


class _App(faust.App):
    BootStrategy = _NoKafka

    def _create_directories(self) -> None:
        """Make none: tables are kept in them, and there are no tables."""


class Host(faust.Service):
    """Runs the stream as one supervised service and says how it is."""

    def __init__(self, service: Service, telemetry: Telemetry, **options: Any) -> None:
        super().__init__(**options)
        self._service = service
        self._telemetry = telemetry
        self._stream: Stream | None = None
        self._work: asyncio.Task[None] | None = None

    async def on_start(self) -> None:
        """Begin in the background, so that the web pages answer while a server is waited for."""
        self._work = asyncio.create_task(self._serve())
        self._work.add_done_callback(self._ended)

    async def on_stop(self) -> None:
        """Finish or abort what is open, leave the group, release what was made."""
        assert self._work is not None
        self._work.remove_done_callback(self._ended)
        self._work.cancel()
        await asyncio.wait([self._work])

    async def _serve(self) -> None:
        try:
            async with self._service.open(self._telemetry) as sessions:
                await self._consume(sessions)
        except Fatal as fatal:
            _die(str(fatal), fatal.status)
        except Exception:
            log.exception("unexpected_error")
            _die("an unexpected error, see above", ExitStatus.SOFTWARE)

    def _ended(self, _work: asyncio.Task[None]) -> None:
        """End the process with the work: without it, it would be there and do nothing."""
        _die("the work ended without a reason", ExitStatus.TEMPORARY)

    async def _consume(self, sessions: SessionFactory) -> None:
        service = self._service
        self._stream = Stream(
            service.route, sessions, settings=service.settings, telemetry=self._telemetry
        )
        try:
            await self._stream.run()
        finally:
            # Also after a failure: who leaves the group is replaced at once, who falls silent
            # only after the session timeout.
            await self._stream.stop()

    def ready(self) -> tuple[dict[str, Any], int]:
        """Give the body and status of /readyz."""
        if self._stream is None:
            return {"ready": False, "reasons": ["starting"], "lag": None}, 503
        health = self._stream.health()
        body = {
            "ready": not health.not_ready,
            "reasons": list(health.not_ready),
            "lanes": health.lanes,
            "lag": health.lag,
            "in_flight": health.in_flight,
        }
        return body, 503 if health.not_ready else 200

    def alive(self) -> tuple[dict[str, Any], int]:
        """Give the body and status of /healthz: lanes make progress or have nothing to do."""
        stuck = list(self._stream.health().not_alive) if self._stream else []
        return {"alive": not stuck, "reasons": stuck}, 503 if stuck else 200

    async def metrics(self) -> bytes:
        """Give the body of /metrics, its gauges fresh."""
        if self._stream is not None:
            self._stream.health()
        # With many sources it takes 0.1 s of CPU, for which lanes and heartbeats would stand still.
        return await asyncio.to_thread(self._telemetry.exposition)


# Faust names its loggers after the modules of its subclasses, which would make them ours.
_App.logger = Host.logger = logging.getLogger("faust")


def serve(service: Service) -> NoReturn:
    """Run a service until a signal ends it, with status 0, or a failure, with its reason."""
    settings = service.settings
    logs.configure(settings.log)
    structlog.contextvars.bind_contextvars(service=service.route.service)
    loop = Loop()
    asyncio.set_event_loop(loop)
    telemetry = Telemetry(
        {
            "outcomes_total": (*service.verdicts, "dead_letter"),
            "written_total": [topic.name for topic in service.route.sinks],
            "dead_letters_total": (*service.reasons, packing.TOO_LARGE, CRASHED),
        }
    )
    telemetry.set("build_info", 1, **build()._asdict())
    host = Host(service, telemetry)
    app = application(service, host, loop)
    web = f"{app.conf.web_bind}:{app.conf.web_port}"
    log.info("service_starting", group=service.route.group, web=web, **build()._asdict())
    worker = Worker(
        app,
        host,
        loglevel=logging.WARNING,
        override_logging=False,
        redirect_stdouts=False,
        quiet=True,
        loop=loop,
    )
    worker.spinner = None
    worker.execute_from_commandline()
    raise AssertionError("the worker ends the process")


def application(service: Service, host: Host, loop: asyncio.AbstractEventLoop) -> faust.App:
    """Give what serves the web pages: those that say how the host is, and none that changes it."""
    web = service.settings.web
    app = _App(
        service.route.group,
        web_bind=web.bind,
        web_port=web.port or service.usual_port,
        web_host=web.bind,
        # Pages on what is not used here.
        web_router_enabled=False,
        web_tables_enabled=False,
        store="memory://",
        topic_disable_leader=True,
        loop=loop,
    )
    _pages(app, host)
    return app


def _pages(app: faust.App, host: Host) -> None:
    @app.page("/healthz")
    async def healthz(web: Any, _request: Any) -> Any:
        body, status = host.alive()
        return web.json(body, status=status)

    @app.page("/readyz")
    async def readyz(web: Any, _request: Any) -> Any:
        body, status = host.ready()
        return web.json(body, status=status)

    @app.page("/metrics")
    async def metrics(web: Any, _request: Any) -> Any:
        return web.bytes(await host.metrics(), content_type=EXPOSITION)


def _die(reason: str, status: ExitStatus) -> NoReturn:
    """End the process now: what is not committed is replayed by whoever comes next."""
    log.critical("service_stopped", reason=reason, status=int(status))
    logging.shutdown()
    os._exit(status)
