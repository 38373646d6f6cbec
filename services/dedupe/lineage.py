"""The lineage of the index as Kafka keeps it.

A lineage is one history of the index from empty on. Kafka keeps the one that was last brought up to
date, as the metadata of an offset of a small group of its own. An index of another lineage comes
from before a flush: what it holds was not what the lanes claimed in since.
"""

from __future__ import annotations

from types import TracebackType

from aiokafka import TopicPartition

from services.common.groups import committed_metadata
from services.common.session import Context
from services.common.topics import UNIQUE
from services.common.transaction import Transactions


class Lineage:
    """Kafka's lineage, for the one who catches up: once it is entered nobody else can write it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._partition = TopicPartition(context.names[UNIQUE.name], 0)
        self._transactions = Transactions(self._partition, context)

    async def __aenter__(self) -> Lineage:
        # Started before the lineage is read: it waits for a write that is decided and not yet
        # visible, and refuses one that an earlier catch-up is about to make.
        await self._transactions.restart()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._transactions.close()

    async def read(self) -> str:
        """Give the lineage, or an empty text where Kafka has none, or none any more."""
        context = self._context
        return await committed_metadata(context.clients, context.route.group, self._partition)

    async def write(self, lineage: str) -> None:
        """Have Kafka keep a lineage.

        Raises:
            Fatal: somebody else catches up meanwhile.
        """
        await self._transactions.commit(0, lineage)
