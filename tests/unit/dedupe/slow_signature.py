"""Signature version 1 the slow way: one word, one shingle, one value at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MASK = (1 << 64) - 1
BASE = 0x9E3779B97F4A7C15
PAIR = 0xC2B2AE3D27D4EB4F
EMPTY = 0xFFFFFFFF


def mix(value: int) -> int:
    value ^= value >> 30
    value = value * 0xBF58476D1CE4E5B9 & MASK
    value ^= value >> 27
    value = value * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


SALTS = [mix((at + 1) * BASE & MASK) for at in range(128)]
ORDER = sorted(range(128), key=lambda at: mix(SALTS[at]))


def word_hash(word: str) -> int:
    return mix(sum(byte * pow(BASE, at, MASK + 1) for at, byte in enumerate(word.encode())) & MASK)


def shingle_hashes(text: str) -> list[int]:
    words = [word_hash(word) for word in text.split(" ") if word]
    if len(words) == 1:
        return [mix(words[0])]
    return [mix((first * PAIR + second) & MASK) for first, second in pairwise(words)]


def signature(hashes: Sequence[int]) -> list[int]:
    least = [EMPTY] * 128
    for number in range(4):
        for each in hashes:
            value = mix(each ^ SALTS[number])
            place = 32 * number + (value >> 59)
            least[place] = min(least[place], value & 0xFFFFFFFE)
    return [
        min(mix((each + SALTS[place]) & MASK) & 0xFFFFFFFE for each in hashes)
        if value == EMPTY and hashes
        else value
        for place, value in enumerate(least)
    ]


def codes(values: Sequence[int]) -> bytes:
    return bytes(
        sum((values[at + k] >> 3 & 3) << 2 * k for k in range(4)) for at in range(0, 128, 4)
    )


def bands(values: Sequence[int]) -> list[int]:
    found = []
    for band in range(8):
        each = SALTS[band]
        for row in range(5):
            each = mix(each ^ values[ORDER[5 * band + row]])
        found.append(each)
    return found
