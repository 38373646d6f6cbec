"""Settings come from the environment, a secret's file, the local stack or the default."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.errors import BadSetting, ExitStatus
from services.common.settings import CommonSettings, TopicSettings, cache_dir, load, state_dir
from services.common.topics import PAPERS, TOPICS
from services.dedupe.settings import DedupeSettings

SECRET = "planted-9c2e"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the state directory, empty: settings of the machine stay out."""
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("HEADRACE_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setenv("HEADRACE_SECRETS_DIR", str(folder))
    return folder


def complaint(kind: type[CommonSettings] = CommonSettings) -> str:
    with pytest.raises(BadSetting) as bad:
        load(kind)
    assert bad.value.status is ExitStatus.CONFIGURATION
    return str(bad.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HEADRACE_KAFKA__SERVERS", "a:1", "HEADRACE_KAFKA__SERVERS"),
        ("HEADRACE_KAFKA__COMPRESSION", "lz4", "HEADRACE_KAFKA__COMPRESSION"),
        ("HEADRACE_STREAM__BATCH_RECORDS", "0", "HEADRACE_STREAM__BATCH_RECORDS"),
        ("HEADRACE_STREAM__BATCH_RECORDS", "many", "HEADRACE_STREAM__BATCH_RECORDS"),
        ("HEADRACE_WEB__PORT", "70000", "HEADRACE_WEB__PORT"),
        ("HEADRACE_KAFAK__COMPRESSION", "zstd", "HEADRACE_KAFAK__COMPRESSION: no such setting"),
        ("HEADRACE_COMPRESSION", "zstd", "HEADRACE_COMPRESSION: no such setting"),
    ],
)
def test_a_wrong_name_or_value_is_named(monkeypatch, name, value, told):
    monkeypatch.setenv(name, value)
    assert told in complaint()


def test_an_unknown_section_is_answered_with_those_that_there_are(monkeypatch):
    monkeypatch.setenv("HEADRACE_KAFAK__COMPRESSION", "zstd")
    assert "KAFKA, TOPICS, STREAM" in complaint()


def test_every_wrong_value_is_named_at_once(monkeypatch):
    monkeypatch.setenv("HEADRACE_WEB__PORT", "-1")
    monkeypatch.setenv("HEADRACE_LOG__LEVEL", "LOUD")
    told = complaint()
    assert "HEADRACE_WEB__PORT" in told
    assert "HEADRACE_LOG__LEVEL" in told


def test_a_section_of_another_service_is_no_error(monkeypatch):
    monkeypatch.setenv("HEADRACE_EMBED__THREADS", "3")
    assert load(DedupeSettings).dedupe.namespace == "main"


def test_the_environment_beats_the_local_stack_and_that_the_default(monkeypatch, state):
    assert load(CommonSettings).kafka.bootstrap_servers == "127.0.0.1:9092"
    stack = {"kafka": {"bootstrap_servers": "stack:1", "group_prefix": "stack"}}
    (state / "settings.json").write_text(json.dumps(stack))
    monkeypatch.setenv("HEADRACE_KAFKA__BOOTSTRAP_SERVERS", "environment:2")
    kafka = load(CommonSettings).kafka
    assert (kafka.bootstrap_servers, kafka.group_prefix) == ("environment:2", "stack")


def test_an_override_beats_the_environment(monkeypatch):
    monkeypatch.setenv("HEADRACE_TOPICS__PREFIX", "environment")
    assert load(CommonSettings, topics=TopicSettings(prefix="given")).topics.prefix == "given"


def test_a_secret_is_read_from_the_file_named_as_its_variable_and_never_shown(secrets):
    (secrets / "HEADRACE_KAFKA__SASL_PASSWORD").write_text(SECRET)
    kafka = load(CommonSettings).kafka
    assert kafka.sasl_password is not None
    assert kafka.sasl_password.get_secret_value() == SECRET
    assert SECRET not in f"{kafka!r} {kafka} {kafka.model_dump_json()}"


def test_a_secret_file_for_one_service_is_read_by_it_alone(secrets):
    (secrets / "HEADRACE_REDIS__PASSWORD").write_text(SECRET)
    password = load(DedupeSettings).redis.password
    assert password is not None
    assert password.get_secret_value() == SECRET
    load(CommonSettings)


def test_the_end_of_a_secret_file_s_line_is_not_part_of_it(secrets):
    (secrets / "HEADRACE_KAFKA__SASL_PASSWORD").write_text(f"{SECRET}\n")
    password = load(CommonSettings).kafka.sasl_password
    assert password is not None
    assert password.get_secret_value() == SECRET


def test_the_environment_beats_a_secret_file(secrets, monkeypatch):
    (secrets / "HEADRACE_KAFKA__SASL_USERNAME").write_text("file")
    monkeypatch.setenv("HEADRACE_KAFKA__SASL_USERNAME", "environment")
    assert load(CommonSettings).kafka.sasl_username == "environment"


def test_a_wrong_secret_is_not_shown(secrets):
    (secrets / "HEADRACE_KAFKA__SASL_MECHANISM").write_text(SECRET)
    told = complaint()
    assert "HEADRACE_KAFKA__SASL_MECHANISM" in told
    assert SECRET not in told


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load(CommonSettings).kafka.group_prefix = "other"


def test_folders_are_absolute(monkeypatch):
    monkeypatch.setenv("HEADRACE_STATE_DIR", "here")
    monkeypatch.setenv("HEADRACE_CACHE_DIR", "there")
    assert (state_dir(), cache_dir()) == (Path.cwd() / "here", Path.cwd() / "there")


@given(prefix=st.from_regex(r"[a-z]{1,20}", fullmatch=True))
def test_topics_of_one_prefix_have_names_of_their_own(prefix):
    topics = TopicSettings(prefix=prefix)
    assert topics.full_name(PAPERS) == f"{prefix}.papers.v1"
    assert len(set(topics.full_names().values())) == len(TOPICS)


def test_a_label_is_in_the_name_of_its_topic() -> None:
    labelled = dataclasses.replace(PAPERS, label="e5")
    assert TopicSettings().full_name(labelled) == "listings.papers.e5.v1"
