"""What a secure stack is refused for before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.secure import names
from services.common.errors import BadSetting


@pytest.mark.parametrize(
    "variable",
    [
        "HEADRACE_KAFKA__BOOTSTRAP_SERVERS",
        "HEADRACE_KAFKA__SASL_PASSWORD",
        "HEADRACE_KAFKA__SSL_CAFILE",
        "HEADRACE_REDIS__URL",
        "HEADRACE_REDIS__SENTINELS",
        "HEADRACE_SECRETS_DIR",
    ],
)
def test_servers_and_secrets_of_one_s_own_do_not_go_with_it(monkeypatch, variable: str):
    monkeypatch.setenv(variable, "x")
    with pytest.raises(BadSetting, match=variable):
        names(secure=True)
    assert names(secure=False) is None


def test_without_openssl_nothing_starts(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadSetting, match="openssl"):
        names(secure=True)


def test_other_settings_go_with_it(monkeypatch):
    monkeypatch.setenv("HEADRACE_KAFKA__GROUP_PREFIX", "mine")
    found = names(secure=True)
    assert found is not None
    assert found.groups["ingest"] == "mine.ingest"
