"""What is held against a record on a real Kafka, when its lane was somebody else's meanwhile."""

from __future__ import annotations

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from services.common.admin import create_topics
from services.common.errors import Stale
from services.common.refusals import Refusals
from services.common.session import Context
from services.common.settings import TopicSettings
from services.common.suspicion import Suspicion
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, PAPERS
from services.common.transaction import Transactions
from services.common.turns import Turns
from services.local.kafka import KafkaServer
from tests.integration.streams import Case, Script, numbers, settings_for


async def test_a_suspicion_does_not_outlive_the_work_of_somebody_else(
    kafka: KafkaServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(kafka.settings(), topic_settings)
    await create_topics(settings.kafka, settings.topics)
    case = Case(settings)
    partition = TopicPartition(case.name(PAPERS), 0)
    await case.feed(numbers(0, 10))
    await _note(case, partition, str(Suspicion(until=8, alone=3)))
    vetoed: list[int] = []

    async def veto(lane: int) -> None:
        if not vetoed:
            vetoed.append(lane)
            raise Stale("once")

    async def learn(lane: int) -> None:
        if lane in vetoed and len(vetoed) == 1:
            vetoed.append(lane)
            await _worked(case, partition, 5)

    async with case.worker(script := Script(learn=learn, verify=veto)):
        await case.wait_written(numbers(5, 10))
    assert script.asked(0, "abandon") == [("abandon", 0)]
    assert await case.records(DEAD_LETTER) == []


async def _note(case: Case, partition: TopicPartition, metadata: str) -> None:
    """Leave beside the offset 0 what a worker noted that died."""
    consumer = case.clients.member(case.route.group, case.settings.stream)
    await consumer.start()
    consumer.assign([partition])
    await consumer.commit({partition: OffsetAndMetadata(0, metadata)})
    await consumer.stop()


async def _worked(case: Case, partition: TopicPartition, position: int) -> None:
    """Commit as another worker of the lane would, which fences the one at work."""
    transactions = Transactions(
        partition,
        Context(
            case.route, {}, case.clients, case.settings.stream, Telemetry(), Turns(), Refusals(0)
        ),
    )
    await transactions.restart()
    await transactions.commit(position, "")
    await transactions.close()
