from __future__ import annotations

import re
import tomllib

import pytest

STAGES = re.compile(r"(?P<of>\S+) AS (?P<name>\S+)")
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def stages(instructions) -> dict[str, str]:
    """Give what each stage is made from, in order."""
    found = [STAGES.fullmatch(line) for line in instructions("FROM")]
    return {stage["name"]: stage["of"] for stage in found}


@pytest.fixture(scope="module")
def copied(instructions) -> list[str]:
    """Give the paths that are copied from the repository."""
    lines = [line for line in instructions("COPY") if not line.startswith("--from")]
    return [source for line in lines for source in line.split()[:-1]]


def test_there_is_a_target_for_the_cpu_and_one_for_the_gpu(stages):
    assert list(stages)[-1] == "cpu", "the last stage is what a plain build gives"
    assert stages["cpu"] == stages["gpu"] == "runtime"


def test_every_stage_is_made_from_the_one_image_that_can_be_fixed(stages, instructions):
    argument, *_ = instructions("ARG")
    name, _, default = argument.partition("=")
    assert {of for of in stages.values() if of not in stages} == {f"${{{name}}}"}
    assert re.fullmatch(r"python:3\.11-slim-[a-z]+", default)


def test_the_labels_name_the_version_of_the_project_and_its_revision(instructions, root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    given = dict(line.split("=", 1) for line in instructions("ARG") if "=" in line)
    assert given["VERSION"] == project["version"]
    # A stage knows no argument that it does not ask for, and labels it with nothing.
    assert [line for line in instructions("ARG") if "=" not in line] == ["VERSION", "REVISION"] * 2
    labels = [line for line in instructions("LABEL") if "$" in line]
    assert len(labels) == 2
    for line in labels:
        assert line.split() == [
            "org.opencontainers.image.version=$VERSION",
            "org.opencontainers.image.revision=$REVISION",
        ]


def test_no_frontend_is_fetched(root):
    # With a `# syntax=` line an engine without the internet could not build.
    assert "syntax=" not in (root / "deploy" / "Dockerfile").read_text()


def test_the_image_runs_as_the_user_that_compose_names(instructions, services):
    assert instructions("USER") == [services["ingest"]["user"]]


def test_the_image_is_the_command(instructions, root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert instructions("ENTRYPOINT") == ['["headrace"]']
    assert "headrace" in project["scripts"]


def test_the_cache_is_where_compose_keeps_it(image_environment, services):
    assert services["embed"]["volumes"] == [f"models:{image_environment['HEADRACE_CACHE_DIR']}"]


def test_nothing_is_reported_to_anybody(image_environment):
    assert image_environment["ORT_DISABLE_TELEMETRY"] == "1"


def test_every_download_is_held_to_its_hash(instructions):
    installs = [line for line in instructions("RUN") if " install " in line and " pip " in line]
    assert len(installs) == 5
    for line in installs:
        assert "--no-index" in line or ("--require-hashes" in line and "--only-binary" in line)


def test_what_is_copied_exists(copied, root):
    assert copied
    assert all((root / source).exists() for source in copied)


def test_the_build_gets_what_is_copied_and_nothing_else(copied, root):
    lines = (root / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    let_through = {line[1:] for line in lines if line.startswith("!")}
    assert all({source, source.split("/")[0]} & let_through for source in copied)
    assert all(any(source.startswith(path) for source in copied) for path in let_through)


def test_the_wheel_is_built_with_the_versions_of_development(root):
    build = dict(PINNED.findall((root / "deploy" / "build.txt").read_text()))
    development = dict(PINNED.findall((root / "requirements" / "dev.txt").read_text()))
    project = tomllib.loads((root / "pyproject.toml").read_text())
    names = {re.split(r"[<>=]", each)[0] for each in project["build-system"]["requires"]}
    assert names <= set(build)
    assert build == {name: development[name] for name in build}
