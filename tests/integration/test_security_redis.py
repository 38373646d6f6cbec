"""The index on a server that enforces what docs/security.md grants, and behind TLS."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import redis.asyncio as redis
from pydantic import SecretStr
from redis.exceptions import NoPermissionError

from services.common.admin import create_topics
from services.common.errors import BadSetting, Retryable
from services.common.settings import TopicSettings
from services.dedupe.claims import Amendment, Claim, Emitted, Owned, Report
from services.dedupe.index import RedisIndex, open_index
from services.dedupe.settings import DedupeSection, RedisSettings
from services.dedupe.signature import SIGNATURE_BYTES, signed
from services.dedupe.survey import open_survey
from services.local.authority import Authority, Certificate
from services.local.kafka import KafkaServer
from services.local.ports import HOST
from services.local.valkey import ValkeyServer
from tests import documented
from tests.dedupe_house import House, papers, settings_for
from tests.failover import running_trio
from tests.front import pour
from tests.invented import paper

SERVICE, LOOKING, ASKING = "headrace", "headrace-index", "headrace-curator"
PASSWORD = "let-me-in"
SECTION = DedupeSection(capacity=1_000)
COMMANDS = [rule[1:] for rule in documented.redis_rules(SERVICE) if rule[0] == "+"]
MORE_TO_LOOK = [
    rule[1:]
    for rule in documented.redis_rules(LOOKING)
    if rule[0] == "+" and rule[1:] not in COMMANDS
]
TO_ASK = [rule[1:] for rule in documented.redis_rules(ASKING) if rule[0] == "+"]


async def grant(server: ValkeyServer, user: str, *more: str) -> RedisSettings:
    """Make a user as documented, but for the last rules; give the settings that log it in."""
    rules = [*documented.redis_rules(user), f">{PASSWORD}", *more]
    async with redis.Redis.from_url(server.url, protocol=3) as admin:
        await admin.execute_command("ACL", "SETUSER", user, *rules)
    return RedisSettings(url=f"redis://{user}@{server.address}/0", password=SecretStr(PASSWORD))


@contextlib.asynccontextmanager
async def opened(settings: RedisSettings) -> AsyncIterator[RedisIndex]:
    async with open_index(settings, SECTION, binding="tests") as index:
        yield index


async def live(index: RedisIndex) -> None:
    """Take an index through all that dedupe does with it."""
    await index.forget()
    lock = await index.lock()
    assert lock is not None
    await index.wipe(lock, "lineage")
    first, second, third = (paper(number, words=20) for number in range(3))
    owned = [Owned(each.wording_id, 0, at) for at, each in enumerate((first, second, third))]
    claims = [
        Claim(one, signature)
        for one, signature in zip(owned, signed([first, second, third]), strict=True)
    ]
    emitted = Emitted(claims[0], first.wording_id, 0)
    await index.restore(lock, [emitted], checkpoint={0: 1}, done=False)
    await index.restore(lock, (), done=True)
    mark = await index.learn()
    assert mark is not None
    assert await index.lineage() == "lineage"
    assert await index.checkpoint() == {0: 1}
    await index.claim(mark, Report(0, 1, {0: 1}), claims)
    await index.release(mark, owned[2])
    await index.claim(mark, Report(0, 2, {0: 2}), ())
    assert await index.passed(0) == 2
    taken_down = Claim(Owned(first.wording_id, 0, 3), bytes(SIGNATURE_BYTES))
    await index.amend(mark, Amendment(taken_down, first.wording_id, 0))


async def survey(settings: RedisSettings) -> None:
    """Look at an index as `headrace index` does."""
    async with open_survey(settings, SECTION) as found:
        await found.counts()
        await found.committed()
        await found.server()
        entries = [entry async for some in found.entries() for entry in some]
        assert entries
        assert await found.entry(entries[0].wording_id) == entries[0]
        assert (await found.sample(10_000)).whole
        signature = signed([paper(0, words=20)])[0]
        claim = Claim(Owned(entries[0].wording_id, 0, 0), signature)
        await found.look([Emitted(claim, entries[0].wording_id, 0)])


async def test_dedupe_works_as_the_documented_user(
    kafka: KafkaServer, server: ValkeyServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(kafka, server.url, topic_settings)
    rules = f"~headrace:{{{settings.dedupe.namespace}}}:*"
    redis_settings = await grant(server, SERVICE, "resetkeys", rules)
    house = House(settings.model_copy(update={"redis": redis_settings}))
    await create_topics(settings.kafka, settings.topics)
    async with house.running(), redis.Redis.from_url(server.url) as admin:
        await house.feed(papers(200, distinct=150))
        assert await house.sighted(200) == {"new": 150, "exact": 50}
        # The catch-up after a loss is among what the user may do.
        await admin.flushall()
        await house.feed(papers(200, distinct=150))
        assert await house.sighted(400) == {"new": 150, "exact": 250}


async def test_all_that_the_index_does_is_granted(server: ValkeyServer) -> None:
    async with opened(await grant(server, SERVICE)) as index:
        await live(index)
        await live(index)


@pytest.mark.parametrize("command", COMMANDS)
async def test_no_command_is_granted_that_is_not_needed(server: ValkeyServer, command: str) -> None:
    async with opened(RedisSettings(url=server.url)) as whole:
        await live(whole)
    async with redis.Redis.from_url(server.url) as admin:
        await admin.script_flush()
    settings = await grant(server, SERVICE, f"-{command}")
    async with opened(settings) as index:
        with pytest.raises(
            BadSetting, match=rf"docs/security\.md.* '{re.escape(command)}' command"
        ):
            await live(index)


@pytest.mark.parametrize("command", MORE_TO_LOOK)
async def test_looking_at_the_index_needs_some_commands_more(
    server: ValkeyServer, command: str
) -> None:
    async with opened(RedisSettings(url=server.url)) as whole:
        await live(whole)
    await survey(await grant(server, LOOKING))
    settings = await grant(server, LOOKING, f"-{command}")
    with pytest.raises(BadSetting, match=rf"docs/security\.md.* '{re.escape(command)}' command"):
        await survey(settings)


@pytest.mark.parametrize("command", TO_ASK)
async def test_who_takes_down_asks_with_a_few_commands_and_needs_them(
    server: ValkeyServer, command: str
) -> None:
    async with opened(RedisSettings(url=server.url)) as whole:
        await live(whole)
    await ask(await grant(server, ASKING))
    async with redis.Redis.from_url(server.url) as admin:
        await admin.script_flush()
    settings = await grant(server, ASKING, f"-{command}")
    with pytest.raises(BadSetting, match=rf"docs/security\.md.* '{re.escape(command)}' command"):
        await ask(settings)


@pytest.mark.parametrize(
    "command",
    [
        ("GET", "headrace:{other}:mark"),
        ("HSET", "session:1", "name", "value"),
        ("DEL", "headrace:{main}", "headrace:{main}:mark"),
        ("FLUSHALL",),
        ("CONFIG", "GET", "requirepass"),
        ("CONFIG", "SET", "dir", "/"),
        ("EVAL", "return 1", "0"),
        ("FUNCTION", "LIST"),
        ("ACL", "LIST"),
        ("KEYS", "*"),
        ("MONITOR",),
        ("REPLICAOF", HOST, "1"),
        ("PUBLISH", "channel", "words"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
async def test_another_key_or_command_is_refused(
    server: ValkeyServer, command: tuple[str, ...]
) -> None:
    settings = await grant(server, SERVICE)
    async with redis.Redis.from_url(settings.url, password=PASSWORD) as client:
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command)


async def test_a_script_of_one_s_own_reaches_no_other_key(server: ValkeyServer) -> None:
    settings = await grant(server, SERVICE)
    async with redis.Redis.from_url(settings.url, password=PASSWORD) as client:
        stolen = await client.script_load("return redis.call('GET', 'session:' .. ARGV[1])")
        with pytest.raises(redis.ResponseError, match="ACL failure in script"):
            await client.evalsha(stolen, 0, "1")


async def test_nobody_else_is_needed(server: ValkeyServer) -> None:
    settings = await grant(server, SERVICE)
    async with redis.Redis.from_url(server.url) as admin:
        await admin.execute_command("ACL", "SETUSER", "default", "off")
    async with opened(settings) as index:
        await live(index)
    with pytest.raises(BadSetting, match="HEADRACE_REDIS__PASSWORD"):
        async with opened(RedisSettings(url=f"redis://{server.address}/0")) as index:
            await index.learn()


async def test_a_database_other_than_the_first_needs_one_command_more(server: ValkeyServer) -> None:
    settings = await grant(server, SERVICE)
    second = settings.model_copy(update={"url": settings.url.replace("/0", "/1")})
    async with opened(second) as index:
        with pytest.raises(BadSetting, match="'select' command"):
            await index.learn()
    await grant(server, SERVICE, "+select")
    async with opened(second) as index:
        await live(index)


async def test_a_wrong_password_is_told_and_not_shown(server: ValkeyServer) -> None:
    right = await grant(server, SERVICE)
    wrong = right.model_copy(update={"password": SecretStr("planted-77aa")})
    with pytest.raises(BadSetting, match="HEADRACE_REDIS__PASSWORD") as refused:
        async with opened(wrong) as index:
            await index.learn()
    assert "planted-77aa" not in str(refused.value)


async def ask(settings: RedisSettings) -> None:
    """Ask for a paper as `headrace forget` does."""
    async with open_survey(settings, SECTION) as found:
        assert await found.entry(paper(0, words=20).wording_id)


@contextlib.asynccontextmanager
async def encrypted(
    server: ValkeyServer, authority: Authority, shown: Certificate, *, asks: bool = False
) -> AsyncIterator[str]:
    """Give the address of TLS before a server, which is built without in the wheel."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        plain = await asyncio.open_connection(HOST, server.port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(pour(reader, plain[1]))
                both.create_task(pour(plain[0], writer))
        finally:
            for each in (writer, plain[1]):
                each.close()

    context = authority.server_context(shown, asks=asks)
    front = await asyncio.start_server(serve, HOST, ssl=context)
    async with front:
        address = f"{HOST}:{front.sockets[0].getsockname()[1]}"
        yield server.url.replace("redis://", "rediss://").replace(server.address, address)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def test_the_index_works_through_tls(server: ValkeyServer, authority: Authority) -> None:
    async with (
        encrypted(server, authority, authority.certificate("redis")) as url,
        opened(RedisSettings(url=url, ssl_cafile=authority.cafile)) as index,
    ):
        await live(index)


async def test_a_server_that_asks_for_a_certificate_gets_ours(
    server: ValkeyServer, authority: Authority
) -> None:
    ours = authority.certificate("dedupe")
    shown = authority.certificate("redis")
    async with encrypted(server, authority, shown, asks=True) as url:
        settings = RedisSettings(url=url, ssl_cafile=authority.cafile, timeout_seconds=2.0)
        with pytest.raises(Retryable, match="redis_unavailable"):
            async with opened(settings) as index:
                await index.learn()
        files = {"ssl_certfile": ours.certificate, "ssl_keyfile": ours.key}
        async with opened(settings.model_copy(update=files)) as index:
            await live(index)


@pytest.mark.parametrize("why", ["another authority", "another name", "nothing encrypted"])
async def test_who_is_not_the_server_learns_nothing(
    server: ValkeyServer, authority: Authority, tmp_path: Path, why: str
) -> None:
    cafile = authority.cafile
    host = "IP:127.0.0.2" if why == "another name" else "IP:127.0.0.1"
    shown = authority.certificate("stranger", host)
    if why == "another authority":
        cafile = Authority(tmp_path, "other").cafile
    async with encrypted(server, authority, shown) as front:
        plain = server.url.replace("redis://", "rediss://")
        url = plain if why == "nothing encrypted" else front
        settings = RedisSettings(url=url, ssl_cafile=cafile, timeout_seconds=2.0)
        with pytest.raises(Retryable, match="redis_unavailable"):
            async with opened(settings) as index:
                await index.learn()


async def test_behind_sentinels_tls_is_spoken_to_whoever_is_the_primary(
    authority: Authority, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    context = authority.server_context(authority.certificate("redis"))
    async with running_trio(tmp_path, new_port, context) as trio:
        settings = trio.settings.model_copy(
            update={"url": "rediss://nowhere.invalid/0", "ssl_cafile": authority.cafile}
        )
        async with opened(settings) as index:
            await live(index)
            assert [front.encrypted > 0 for front in trio.fronts] == [True, False]
            await trio.fail_over()
            await live(index)
        assert all(front.encrypted for front in trio.fronts)


async def test_a_primary_that_a_sentinel_names_and_that_is_not_trusted_learns_nothing(
    authority: Authority, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    other = Authority(tmp_path / "other", "other")
    context = other.server_context(other.certificate("redis"))
    async with running_trio(tmp_path, new_port, context) as trio:
        settings = trio.settings.model_copy(
            update={"url": "rediss://nowhere.invalid/0", "ssl_cafile": authority.cafile}
        )
        with pytest.raises(Retryable, match="redis_unavailable"):
            async with opened(settings) as index:
                await index.learn()
