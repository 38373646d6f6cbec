"""The bound on the texts a second, on a clock that does not move by itself."""

from services.embed.fake import FakeEncoder
from services.embed.throttle import ThrottledEncoder


class Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def throttled(clock: Clock) -> ThrottledEncoder:
    encoder = FakeEncoder(max_tokens=256)
    return ThrottledEncoder(encoder, 10, now=lambda: clock.now, sleep=clock.sleep)


async def test_texts_wait_until_those_before_them_have_had_their_time() -> None:
    clock = Clock()
    encoder = throttled(clock)
    found = [await encoder.encode(["text"] * texts) for texts in (20, 5, 5)]
    assert [len(each) for each in found] == [20, 5, 5]
    assert clock.slept == [0, 2.0, 0.5]


async def test_time_that_nobody_used_is_not_saved_up() -> None:
    clock = Clock()
    encoder = throttled(clock)
    await encoder.encode(["text"] * 10)
    clock.now += 60
    await encoder.encode(["text"] * 10)
    await encoder.encode(["text"])
    assert clock.slept == [0, 0, 1.0]
