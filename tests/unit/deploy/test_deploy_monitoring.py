from __future__ import annotations

import shutil
import subprocess
from urllib.parse import urlsplit

import pytest
import yaml

from services.local.plan import USUAL_PORTS


@pytest.fixture(scope="module")
def prometheus(root):
    return yaml.safe_load((root / "deploy" / "prometheus" / "prometheus.yml").read_text())


@pytest.fixture(scope="module")
def source(root):
    folder = root / "deploy" / "grafana" / "provisioning" / "datasources"
    (found,) = yaml.safe_load((folder / "prometheus.yml").read_text())["datasources"]
    return found


def test_every_service_is_scraped_where_it_answers(prometheus, services):
    (job,) = [job for job in prometheus["scrape_configs"] if job["job_name"] == "headrace"]
    scraped = {
        group["labels"]["service"]: target
        for group in job["static_configs"]
        for target in group["targets"]
    }
    ports = {name: services[name]["environment"]["HEADRACE_WEB__PORT"] for name in USUAL_PORTS}
    assert scraped == {name: f"{name}:{port}" for name, port in ports.items()}


def test_prometheus_reads_the_file_that_is_mounted(services):
    assert "./deploy/prometheus:/etc/prometheus:ro" in services["prometheus"]["volumes"]
    assert "--config.file=/etc/prometheus/prometheus.yml" in services["prometheus"]["command"]


def test_grafana_asks_prometheus_where_it_answers(source, services):
    address = urlsplit(source["url"])
    (published,) = services[address.hostname]["ports"]
    assert published.endswith(f":{address.port}")
    assert source["isDefault"] is True


def test_grafana_knows_how_often_there_is_a_sample(source, prometheus):
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]


def test_promtool_accepts_the_configuration(root):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not at hand")
    asked = [promtool, "check", "config", str(root / "deploy" / "prometheus" / "prometheus.yml")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
