"""The bound on the texts a second, on a clock that does not move by itself."""

from services.embed.throttle import Throttle


class Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_texts_wait_until_those_before_them_have_had_their_time() -> None:
    clock = Clock()
    throttle = Throttle(10, now=lambda: clock.now, sleep=clock.sleep)
    for texts in (20, 5, 5):
        await throttle.through(texts)
    assert clock.slept == [0, 2.0, 0.5]


async def test_time_that_nobody_used_is_not_saved_up() -> None:
    clock = Clock()
    throttle = Throttle(10, now=lambda: clock.now, sleep=clock.sleep)
    await throttle.through(10)
    clock.now += 60
    await throttle.through(10)
    await throttle.through(1)
    assert clock.slept == [0, 0, 1.0]


async def test_without_a_rate_nothing_waits() -> None:
    clock = Clock()
    throttle = Throttle(0, now=lambda: clock.now, sleep=clock.sleep)
    await throttle.through(1_000_000)
    assert clock.slept == []
