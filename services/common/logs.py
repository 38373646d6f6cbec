"""Log lines: a stable event name with fields, for people or for machines, on standard error."""

from __future__ import annotations

import logging
import sys

import stamina.instrumentation
import structlog

from services.common.settings import LogSettings

log = structlog.get_logger()

NOISY = ("aiokafka", "faust", "mode", "aiohttp", "asyncio")
"""Libraries of which only warnings are of use."""


def configure(settings: LogSettings) -> None:
    """Send our own lines and those of the libraries the same way, in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    machine = settings.format == "json"
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if machine
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    stamina.instrumentation.set_on_retry_hooks([_waiting])
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _waiting(details: stamina.instrumentation.RetryDetails) -> None:
    log.warning("waiting", why=str(details.caused_by), seconds=round(details.wait_for, 2))
