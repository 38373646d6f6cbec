"""The servers of the local stack, as real processes on real data."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from redis import Redis

from services.common.admin import create_topics, show_topics
from services.common.errors import Fatal
from services.common.settings import KafkaSettings, TopicSettings, cache_dir
from services.common.topics import TOPICS
from services.local.kafka import KafkaServer
from services.local.server import Server
from services.local.valkey import ValkeyServer, find_program


@contextmanager
def running(server: Server) -> Iterator[None]:
    server.start()
    try:
        server.wait_ready()
        yield
    finally:
        server.stop()


def test_the_shared_servers_answer(kafka: KafkaServer, valkey: ValkeyServer):
    assert kafka.answers()
    assert valkey.answers()


def test_servers_listen_on_the_loopback_alone(kafka: KafkaServer, valkey: ValkeyServer):
    for server in (kafka, valkey):
        listening = [
            each.laddr.ip
            for each in psutil.Process(server.pid).net_connections("tcp")
            if each.status == psutil.CONN_LISTEN
        ]
        assert listening
        assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_valkey_keeps_acknowledged_writes_through_kill_9(
    tmp_path: Path, new_port: Callable[[], int]
):
    server = ValkeyServer(tmp_path, new_port())
    with running(server), Redis.from_url(server.url) as client:
        client.set("owner", "0:17")
        first = server.pid
        server.kill()
        assert server.exit_status == -signal.SIGKILL
        server.start()
        server.wait_ready()
        assert server.pid != first
        assert client.get("owner") == b"0:17"


def test_valkey_never_evicts_and_writes_an_append_only_file(valkey: ValkeyServer):
    with Redis.from_url(valkey.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("append*") == {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "appendfilename": "appendonly.aof",
            "appenddirname": "appendonlydir",
        }
        assert client.config_get("save") == {"save": ""}


def test_a_named_server_program_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "redis-server").symlink_to(find_program())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("redis-server") == tmp_path / "redis-server"
    with pytest.raises(Fatal, match="no-such-server: no such program"):
        find_program("no-such-server")


def test_a_server_that_ends_at_once_tells_the_end_of_its_log(tmp_path: Path, valkey: ValkeyServer):
    second = ValkeyServer(tmp_path, valkey.port)
    second.start()
    with pytest.raises(Fatal, match="Address already in use"):
        # The port answers, but not by this process: it must not pass for ready.
        second.wait_ready()


@pytest.mark.slow
async def test_kafka_keeps_its_topics_through_a_stop_and_through_kill_9(
    tmp_path: Path, new_port: Callable[[], int], topic_settings: TopicSettings
):
    server = KafkaServer(tmp_path, new_port(), new_port(), cache=cache_dir())
    settings = KafkaSettings(bootstrap_servers=server.address)
    with running(server):
        assert set(await create_topics(settings, topic_settings)) == {each.name for each in TOPICS}
        for end in (server.stop, server.kill):
            end()
            assert not server.answers()
            server.start()
            server.wait_ready()
            found = await show_topics(settings, topic_settings)
            assert {each.name: each.partitions for each in found} == {
                each.name: each.partitions for each in TOPICS
            }
