"""A broker that answers no fetch is told from a topic without records."""

from __future__ import annotations

from services.common.silence import SILENT_SECONDS, Silence

POLL_SECONDS = SILENT_SECONDS / 4


def test_polls_without_an_answer_are_a_silence_once_they_last_too_long() -> None:
    silence = Silence()
    told = [silence.polled(POLL_SECONDS, heard=None) for _ in range(6)]
    assert told == [False] * 4 + [True] * 2


def test_an_answer_ends_the_silence_also_without_records() -> None:
    silence = Silence()
    assert not any(silence.polled(SILENT_SECONDS, heard=answer) for answer in range(20))
    assert silence.polled(SILENT_SECONDS + 1, heard=19)
    assert not silence.polled(SILENT_SECONDS + 1, heard=20)
