"""Which texts go to the device together: chosen at the moment when it is free, never waited for."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Text = TypeVar("Text")


@dataclass(frozen=True, slots=True)
class Batch(Generic[Text]):
    """Texts of one bucket, each padded to ``tokens``."""

    tokens: int
    texts: Sequence[Text]


class Batcher(Generic[Text]):
    """Texts that wait, by length, and within a length by who brought them.

    A batch is of one bucket and has at most so many tokens, padding included. Buckets take turns,
    and within a bucket so do owners: whatever one of them brings, a text of another waits for one
    batch of each bucket, and no longer, as long as owners are no more than a batch has room for.

    Args:
        buckets: lengths that texts are padded to, ascending; the last is the longest text.
        budget: tokens in one batch; a text that is longer goes alone.
    """

    def __init__(self, buckets: Sequence[int], budget: int) -> None:
        self.buckets = tuple(buckets)
        self._budget = budget
        # By bucket, the one whose turn it is first; in it by owner, likewise.
        self._waiting: OrderedDict[int, OrderedDict[Hashable, deque[Text]]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(texts) for owners in self._waiting.values() for texts in owners.values())

    def add(self, owner: Hashable, text: Text, tokens: int) -> None:
        """Let a text of so many tokens wait; owners are those who can be dropped."""
        bucket = next(each for each in self.buckets if tokens <= each)
        owners = self._waiting.setdefault(bucket, OrderedDict())
        owners.setdefault(owner, deque()).append(text)

    def drop(self, owner: Hashable) -> None:
        """Forget the texts of an owner that is no longer interested."""
        for bucket, owners in list(self._waiting.items()):
            owners.pop(owner, None)
            if not owners:
                del self._waiting[bucket]

    def take(self) -> Batch[Text] | None:
        """Give a batch for a device that is free now; None where no text waits."""
        if not self._waiting:
            return None
        bucket, owners = self._waiting.popitem(last=False)
        texts: list[Text] = []
        while owners and len(texts) < self.most(bucket):
            owner, own = owners.popitem(last=False)
            texts.append(own.popleft())
            if own:
                owners[owner] = own
        if owners:
            self._waiting[bucket] = owners
        return Batch(bucket, texts)

    def most(self, bucket: int) -> int:
        """Give how many texts of a bucket one batch holds."""
        return max(1, self._budget // bucket)


def buckets(longest: int, count: int = 8) -> tuple[int, ...]:
    """Give at most so many lengths, ascending to ``longest``, in even steps of 8 tokens or more.

    Even steps: texts of most lengths are about as frequent as their neighbours, and a step is the
    most padding that a text gets.
    """
    step = -(-longest // count)
    step += -step % 8
    return (*range(step, longest, step), longest)
