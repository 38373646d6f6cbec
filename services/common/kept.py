"""A text that a consumer group keeps with Kafka, and that one process at a time may change.

It is the metadata of an offset that means nothing, of the first partition of the group's source.
Dedupe keeps the lineage of its index so: see docs/dedupe.md.
"""

from __future__ import annotations

from types import TracebackType

from aiokafka import TopicPartition

from services.common.groups import committed
from services.common.session import Context
from services.common.transaction import Transactions


async def look(context: Context) -> str:
    """Give the text without entering, as anybody may; a write under way may not show yet."""
    partition = _partition(context)
    found = await committed(context.clients, context.route.group, partition)
    return "" if found is None else found.metadata


def _partition(context: Context) -> TopicPartition:
    return TopicPartition(context.names[context.route.source.name], 0)


class Kept:
    """The text of one group, for whoever has entered it last: nobody else can write it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._transactions = Transactions(_partition(context), context)

    async def __aenter__(self) -> Kept:
        # Started before the text is read: it waits for a write that is decided and not yet visible,
        # and refuses one that an earlier process is about to make.
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
        """Give the text, or an empty one where Kafka has none, or none any more."""
        return await look(self._context)

    async def write(self, text: str) -> None:
        """Have Kafka keep a text.

        Raises:
            Fatal: somebody else entered meanwhile.
        """
        await self._transactions.commit(0, text)
