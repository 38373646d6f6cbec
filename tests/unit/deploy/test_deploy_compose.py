from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.cli.catalogue import AllSettings, catalogue
from services.common.settings import CACHE_DIR, SECRETS_DIR, STATE_DIR, load
from services.local.kafka import SINGLE_NODE, SMALL
from services.local.plan import USUAL_PORTS
from services.local.valkey import ValkeyServer

SERVERS = ("kafka", "valkey", "prometheus", "grafana")
ONE_SHOTS = ("topics", "cli")
EVERY = (*SERVERS, *ONE_SHOTS, *USUAL_PORTS)
LASTING = (*SERVERS, *USUAL_PORTS)
PUBLISHED = (*USUAL_PORTS, "kafka", "prometheus", "grafana")


def properties(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def options(command: list[str]) -> dict[str, str]:
    """Give the options of a command whose every option has a value."""
    return {
        name.removeprefix("--"): value
        for name, value in zip(command[::2], command[1::2], strict=True)
    }


def test_the_services_are_the_ones_that_the_checks_know(services):
    assert set(services) == set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_a_container_can_do_no_more_than_it_must(services, name):
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"]), "a number other than root's"


@pytest.mark.parametrize("name", EVERY)
def test_a_container_cannot_fill_the_machine(services, name):
    service = services[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["logging"] == {"driver": "local"}
    assert all("size=" in mount for mount in service["tmpfs"])


@pytest.mark.parametrize("name", LASTING)
def test_a_server_is_restarted_and_says_how_it_is(services, name):
    assert services[name]["restart"] == "unless-stopped"
    assert services[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", ONE_SHOTS)
def test_a_command_runs_once_and_has_no_health(services, name):
    assert services[name]["restart"] == "no"
    assert services[name]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("name", PUBLISHED)
def test_ports_are_published_on_the_loopback_alone(services, name):
    assert services[name]["ports"]
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in services[name]["ports"])


def test_nothing_else_publishes_a_port_or_leaves_its_network(services):
    assert {name for name in services if "ports" in services[name]} == set(PUBLISHED)
    assert not any("network_mode" in service for service in services.values())


@pytest.mark.parametrize("name", EVERY)
def test_an_image_names_its_version(services, name):
    _, _, tag = services[name]["image"].rpartition(":")
    assert tag not in ("", "latest", services[name]["image"])


def test_every_image_can_be_substituted(root):
    images = re.findall(
        r"^ +(?:image|PYTHON_IMAGE): (.*)$", (root / "docker-compose.yml").read_text(), re.MULTILINE
    )
    assert len(images) == len(SERVERS) + 2
    assert all(re.fullmatch(r"\$\{[A-Z_]+:-[^}]+\}", image) for image in images)


def test_no_variable_looks_like_a_setting(variables):
    # In `.env` it would reach the services, which refuse a setting that they do not know.
    assert variables
    assert not [name for name in variables if name.startswith("HEADRACE_")]


def test_every_variable_has_a_default(variables):
    assert all(variables.values())


@pytest.mark.parametrize("name", [*ONE_SHOTS, *USUAL_PORTS])
def test_the_settings_of_a_service_exist(services, image_environment, name):
    known = {setting.variable for setting in catalogue()} | {STATE_DIR, CACHE_DIR, SECRETS_DIR}
    given = {*services[name]["environment"], *image_environment}
    assert {name for name in given if name.startswith("HEADRACE_")} <= known


def test_the_settings_of_the_services_are_accepted(
    services, image_environment, monkeypatch, tmp_path
):
    given = {**image_environment, **services["dedupe"]["environment"], STATE_DIR: str(tmp_path)}
    for name, value in given.items():
        if name.startswith("HEADRACE_"):
            monkeypatch.setenv(name, value)
    settings = load(AllSettings)
    assert settings.kafka.bootstrap_servers == "kafka:19092"
    assert settings.redis.url == "redis://valkey:6379/0"
    assert settings.web.bind == "0.0.0.0"
    assert settings.log.format == "json"


@pytest.mark.parametrize(("name", "port"), USUAL_PORTS.items())
def test_a_service_is_found_on_its_usual_port(services, name, port):
    service = services[name]
    assert service["command"] == ["run", name]
    inside = service["environment"]["HEADRACE_WEB__PORT"]
    assert service["ports"] == [f"127.0.0.1:{port}:{inside}"]


@pytest.mark.parametrize("name", USUAL_PORTS)
def test_a_service_waits_for_the_topics(services, name):
    # Only a one-shot that somebody waits for in this way does not fail `up --wait` by ending.
    condition = {"condition": "service_completed_successfully"}
    assert services[name]["depends_on"]["topics"] == condition
    assert services["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


def test_dedupe_waits_for_its_index(services):
    assert services["dedupe"]["depends_on"]["valkey"] == {"condition": "service_healthy"}


def test_one_service_builds_the_image_that_all_run(services):
    assert [name for name in services if "build" in services[name]] == ["topics"]
    assert len({services[name]["image"] for name in (*ONE_SHOTS, *USUAL_PORTS)}) == 1


def test_kafka_is_set_as_in_the_local_stack(root):
    written = properties(root / "deploy" / "kafka" / "server.properties")
    expected = {**SINGLE_NODE, **SMALL}
    assert {name: written.get(name) for name in expected} == expected


def test_kafka_tells_each_side_an_address_that_it_can_reach(services, root):
    kafka = services["kafka"]
    written = properties(root / "deploy" / "kafka" / "server.properties")
    told = options(kafka["command"])["override"].removeprefix("advertised.listeners=").split(",")
    inside = services["ingest"]["environment"]["HEADRACE_KAFKA__BOOTSTRAP_SERVERS"]
    (published,) = kafka["ports"]
    outside, _, port = published.rpartition(":")
    assert told == [f"INSIDE://{inside}", f"HOST://{outside}"]
    assert f"INSIDE://:{inside.rpartition(':')[2]}" in written["listeners"].split(",")
    assert f"HOST://:{port}" in written["listeners"].split(",")


def test_kafka_may_load_the_library_that_it_unpacks(services):
    # Without it a batch in zstd is refused with an unknown error.
    (folder,) = services["kafka"]["tmpfs"]
    assert folder.startswith("/tmp:exec,")


def test_valkey_keeps_and_evicts_as_in_the_local_stack(services, tmp_path):
    _, *command = services["valkey"]["command"]
    written = options(command)
    local = options(list(ValkeyServer(tmp_path, 1, program=tmp_path).command())[1:])
    names = ("appendonly", "appendfsync", "save", "maxmemory-policy")
    assert {name: written[name] for name in names} == {name: local[name] for name in names}


def test_valkey_is_full_before_it_is_killed(services):
    unit = {"mb": 2**20, "m": 2**20, "gb": 2**30, "g": 2**30}

    def size(text: str) -> int:
        number, letters = re.fullmatch(r"(\d+)([a-z]+)", text).groups()
        return int(number) * unit[letters]

    full = options(services["valkey"]["command"][1:])["maxmemory"]
    assert size(full) < size(services["valkey"]["mem_limit"])


@pytest.mark.parametrize("name", EVERY)
def test_what_is_mounted_exists(compose, services, root, name):
    for mount in services[name].get("volumes", ()):
        source, target, *mode = mount.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (root / source).exists()
            assert mode == ["ro"]
        else:
            assert source in compose["volumes"]


def test_every_volume_is_used(compose, services):
    mounts = [mount for service in services.values() for mount in service.get("volumes", ())]
    assert {mount.split(":")[0] for mount in mounts if mount[0] != "."} == set(compose["volumes"])


def test_grafana_has_no_account_and_lets_nobody_change_it(services):
    told = services["grafana"]["environment"]
    assert told["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert told["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


def test_compose_reads_the_file(root):
    docker = shutil.which("docker")
    asked = [docker or "docker", "compose", "version"]
    if docker is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("docker with its compose plugin is not at hand")
    read = [docker, "compose", "--profile", "cli", "config", "--quiet"]
    done = subprocess.run(read, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
