"""Java and Maven: what is said where one is missing or too old."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from services.common.errors import BadSetting, Fatal
from services.local import jars


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the only folder on the PATH, an empty one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


def install(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_without_java_both_ways_out_are_told_in_one_sentence(path: Path):
    with pytest.raises(BadSetting) as caught:
        jars.java()
    said = str(caught.value)
    assert "install Java 17 or later and Maven" in said
    assert "docker compose up" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("says", "version"),
    [('openjdk version "11.0.2" 2019-01-15', 11), ('java version "1.8.0_402"', 1)],
)
def test_an_old_java_is_refused_with_its_version(path: Path, says: str, version: int):
    install(path / "java", f"echo '{says}' >&2")
    with pytest.raises(BadSetting, match=f"is Java {version}: .*docker compose up"):
        jars.java()


def test_java_home_comes_before_the_path(path: Path, monkeypatch: pytest.MonkeyPatch):
    install(path / "java", "echo 'version \"11.0.2\"' >&2")
    home = path.parent / "jdk"
    (home / "bin").mkdir(parents=True)
    install(home / "bin" / "java", "echo 'version \"21.0.1\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert jars.java() == home / "bin" / "java"


def test_without_maven_both_ways_out_are_told(path: Path, tmp_path: Path):
    with pytest.raises(BadSetting, match=r"Maven .*install Java 17 .*docker compose up"):
        jars.fetch(tmp_path / "cache")


def test_a_fetch_that_fails_says_what_maven_said_and_leaves_no_folder(path: Path, tmp_path: Path):
    install(path / "mvn", "echo '[ERROR] no such host'; exit 1")
    with pytest.raises(Fatal, match="no such host"):
        jars.fetch(tmp_path / "cache")
    assert not jars.are_cached(tmp_path / "cache")
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["kafka-4.3.1.lock"]


def test_jars_are_fetched_once(path: Path, tmp_path: Path):
    copy = "for word; do case $word in -DoutputDirectory=*) folder=${word#*=};; esac; done"
    install(path / "mvn", f"{copy}\n/bin/mkdir -p $folder; echo jar > $folder/kafka.jar")
    folder = jars.fetch(tmp_path / "cache")
    assert (folder / "kafka.jar").read_text() == "jar\n"
    (path / "mvn").unlink()
    assert jars.fetch(tmp_path / "cache") == folder


def test_two_that_fetch_at_once_fetch_once(path: Path, tmp_path: Path):
    copy = "for word; do case $word in -DoutputDirectory=*) folder=${word#*=};; esac; done"
    slow = f"{copy}\n/bin/mkdir -p $folder; echo run >> {tmp_path}/runs; /bin/sleep 0.2"
    install(path / "mvn", slow)
    with ThreadPoolExecutor(max_workers=2) as pool:
        folders = list(pool.map(jars.fetch, [tmp_path / "cache"] * 2))
    assert folders[0] == folders[1]
    assert (tmp_path / "runs").read_text() == "run\n"


def test_the_version_is_that_of_the_pom():
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    version = ET.parse(jars.POM).find("m:properties/m:kafka.version", space)
    assert version is not None
    assert version.text == jars.KAFKA_VERSION
