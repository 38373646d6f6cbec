"""The keys of a secure stack: in files that nobody else can read, new at each start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.common.errors import BadSetting
from services.common.settings import STATE_DIR, stack_secrets_dir
from services.dedupe.settings import DedupeSettings
from services.local import private, stack
from services.local.keys import Keys


def test_nobody_else_can_read_a_key(tmp_path: Path):
    Keys(tmp_path).make()
    made = list((tmp_path / "secrets").rglob("*"))
    secret = [file for file in made if file.is_file() and file.suffix != ".crt"]
    assert {file.stat().st_mode & 0o777 for file in secret} == {0o600}
    assert {folder.stat().st_mode & 0o777 for folder in made if folder.is_dir()} == {0o700}


def test_a_file_is_nobody_else_s_whatever_was_there(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("old")
    file.chmod(0o644)
    before = os.umask(0)
    try:
        private.write(file, "new")
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == "new"


def test_each_user_has_a_password_of_its_own_and_a_new_one_at_each_start(tmp_path: Path):
    keys = Keys(tmp_path)
    keys.make()
    before = [*keys.kafka().values(), *keys.redis().values()]
    keys.make()
    after = [*keys.kafka().values(), *keys.redis().values()]
    assert len({*before, *after}) == 2 * len(before)


def test_the_owner_s_secrets_are_read_until_the_stack_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(STATE_DIR, str(tmp_path))
    Keys(tmp_path).make()
    password = DedupeSettings().redis.password
    assert password is not None
    assert ("owner", password.get_secret_value()) == Keys(tmp_path).owner()
    stack.forget(tmp_path)
    assert DedupeSettings().redis.password is None
    assert not stack_secrets_dir().exists()


def test_a_secrets_folder_of_one_s_own_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(STATE_DIR, str(tmp_path))
    Keys(tmp_path).make()
    monkeypatch.setenv("HEADRACE_SECRETS_DIR", str(Keys(tmp_path).of("dedupe")))
    password = DedupeSettings().redis.password
    assert password is not None
    assert password.get_secret_value() == Keys(tmp_path).redis()["headrace"]


def test_without_openssl_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadSetting, match="openssl"):
        Keys(tmp_path).make()
