"""A Prometheus that scrapes the services of a test by the configuration of the deployment."""

from __future__ import annotations

import http.client
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import yaml

from services.local.server import Server

DEPLOYED = Path(__file__).parents[1] / "deploy" / "prometheus"
PROMETHEUS = shutil.which("prometheus")
PACE = "1s"
"""Of scrapes and rules in a test; the deployment looks every five seconds, and more rarely back."""

ANSWER_SECONDS = 10.0


class Series(NamedTuple):
    """One series of an answer: its labels and its newest value."""

    labels: Mapping[str, str]
    value: float


class PrometheusServer(Server):
    """Prometheus with the deployment's jobs and rules.

    Args:
        folder: its data and its configuration.
        port: where it answers, on the loopback.
        targets: where each service of the deployment answers in this test.
    """

    def __init__(self, folder: Path, port: int, targets: Mapping[str, str]) -> None:
        super().__init__("prometheus", port, folder / "prometheus.log")
        self._folder = folder
        self._targets = targets

    def command(self) -> Sequence[str]:
        """See ``Server.command``."""
        assert PROMETHEUS is not None
        config = self._folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(self._config()))
        return (
            PROMETHEUS,
            f"--config.file={config}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address={self.address}",
        )

    def answers(self) -> bool:
        try:
            return _get(self.address, "/-/ready")[0] == 200
        except OSError:
            return False

    def ask(self, expr: str) -> list[Series]:
        """Give what an expression is worth now; series that are no number are left out."""
        status, body = _get(self.address, f"/api/v1/query?{urlencode({'query': expr})}")
        answer = json.loads(body)
        assert status == 200, f"{expr}: {answer}"
        found = (
            Series(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]
        )
        return [series for series in found if not math.isnan(series.value)]

    def exposition(self, service: str) -> bytes:
        """Give what a service exposes to be scraped."""
        status, body = _get(self._targets[service], "/metrics")
        assert status == 200
        return body

    def _config(self) -> dict[str, Any]:
        config = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text())
        config["global"] |= {
            "scrape_interval": PACE,
            "scrape_timeout": PACE,
            "evaluation_interval": PACE,
        }
        config["rule_files"] = [self._rules(name) for name in config["rule_files"]]
        for job in config["scrape_configs"]:
            for group in job["static_configs"]:
                service = group.get("labels", {}).get("service")
                group["targets"] = [self._targets[service] if service else self.address]
        return config

    def _rules(self, name: str) -> str:
        rules = yaml.safe_load((DEPLOYED / name).read_text())
        for group in rules["groups"]:
            group.pop("interval", None)
        file = self._folder / name
        file.write_text(yaml.safe_dump(rules))
        return str(file)


def _get(address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
