"""A file of TLS that is of no use is named before anything connects."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common import tls
from services.common.clients import KafkaClients
from services.common.errors import BadSetting
from services.common.settings import KafkaSettings
from services.dedupe.server import connected
from services.dedupe.settings import RedisSettings
from services.local.authority import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def complaint(**files: Path) -> str:
    with pytest.raises(BadSetting) as bad:
        tls.context(KafkaSettings(**files), "KAFKA")
    return str(bad.value)


def test_a_server_must_show_a_certificate_of_its_own_name(authority: Authority) -> None:
    context = tls.context(KafkaSettings(ssl_cafile=authority.cafile), "KAFKA")
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"


def test_a_missing_file_is_named(authority: Authority, tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    assert complaint(ssl_cafile=gone) == (
        f"HEADRACE_KAFKA__SSL_CAFILE: No such file or directory ({gone})"
    )
    found = complaint(ssl_cafile=authority.cafile, ssl_certfile=gone, ssl_keyfile=gone)
    assert found.startswith("HEADRACE_KAFKA__SSL_CERTFILE, HEADRACE_KAFKA__SSL_KEYFILE: No such")


def test_a_file_that_holds_no_certificate_is_named_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("planted-31bd")
    told = complaint(ssl_cafile=file)
    assert "HEADRACE_KAFKA__SSL_CAFILE: no" in told
    assert "planted-31bd" not in told


def test_a_key_of_another_certificate_is_told(authority: Authority) -> None:
    one, other = authority.certificate("one"), authority.certificate("other")
    told = complaint(
        ssl_cafile=authority.cafile, ssl_certfile=one.certificate, ssl_keyfile=other.key
    )
    assert "mismatch" in told


def test_a_key_that_asks_for_a_password_is_told_and_nobody_is_asked(
    authority: Authority, tmp_path: Path
) -> None:
    one, locked = authority.certificate("one"), tmp_path / "locked.key"
    authority.lock(one, locked, "pass-word")
    told = complaint(ssl_cafile=authority.cafile, ssl_certfile=one.certificate, ssl_keyfile=locked)
    assert "the key is encrypted" in told


def test_a_key_alone_is_told(authority: Authority) -> None:
    assert "only with" in complaint(ssl_keyfile=authority.certificate("one").key)


def test_kafka_s_clients_look_at_the_files_when_they_are_made(tmp_path: Path) -> None:
    settings = KafkaSettings(security_protocol="SSL", ssl_cafile=tmp_path / "gone.pem")
    with pytest.raises(BadSetting, match="HEADRACE_KAFKA__SSL_CAFILE"):
        KafkaClients(settings)


@pytest.mark.parametrize("sentinels", [None, "127.0.0.1:1"])
async def test_redis_s_client_looks_at_the_files_when_it_is_made(
    tmp_path: Path, sentinels: str | None
) -> None:
    settings = RedisSettings(
        url="rediss://127.0.0.1:1", ssl_cafile=tmp_path / "gone.pem", sentinels=sentinels
    )
    with pytest.raises(BadSetting, match="HEADRACE_REDIS__SSL_CAFILE"):
        async with connected(settings):
            pass


async def test_files_for_tls_without_tls_are_refused(authority: Authority) -> None:
    settings = RedisSettings(url="redis://127.0.0.1:1", ssl_cafile=authority.cafile)
    with pytest.raises(BadSetting, match="must begin with rediss://"):
        async with connected(settings):
            pass
