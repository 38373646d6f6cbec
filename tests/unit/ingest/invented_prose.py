"""Sentences of people who write no papers, put together at random."""

from __future__ import annotations

from random import Random

_WHO = ("The council", "Our neighbour", "A baker", "The band", "Her brother", "The harbour master")
_DOES = ("opened", "sold", "painted", "forgot about", "wrote to the paper about", "looked after")
_WHAT = ("the old ferry", "a row of sheds", "three bicycles", "the town clock", "a field of rye")
_WHEN = ("on Tuesday", "before the rain", "as every year", "when the shops had closed", "at last")
_TAIL = (
    "and nobody minded",
    "which cost more than planned",
    "and you can still see it there",
    "the mayor said yesterday",
    "and I was glad to hear of it",
    "although the data of the survey suggest something else",
    "and a study of the results is to follow next year",
)
_NOUNS = ("Kettle", "Bridge", "Market", "Tram", "Garden", "Letter", "Winter", "Window", "Choir")
_ADJECTIVES = ("Quiet", "Last", "Borrowed", "Blue", "Wooden", "Missing", "Slow", "Second")
_SYLLABLES = ("ka", "lo", "mi", "ren", "tu", "vas", "pel", "dor", "shi", "nem", "ol", "gra")


def sentence(random: Random) -> str:
    parts = (_WHO, _DOES, _WHAT, _WHEN)
    return f"{' '.join(random.choice(part) for part in parts)}, {random.choice(_TAIL)}."


def paragraph(random: Random, least: int = 3, most: int = 9) -> str:
    return " ".join(sentence(random) for _ in range(random.randint(least, most)))


def headline(random: Random) -> str:
    return f"{random.choice(_ADJECTIVES)} {random.choice(_NOUNS)} {random.randint(1, 99)}"


def word(random: Random) -> str:
    return "".join(random.choice(_SYLLABLES) for _ in range(random.randint(1, 4)))


def slug(random: Random) -> str:
    return "-".join(word(random) for _ in range(3))


def day(random: Random) -> str:
    return f"20{random.randint(20, 26)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def name(random: Random) -> str:
    return f"{word(random).title()} {word(random).title()}"


def markup_title(random: Random) -> str:
    """Give a title that would pass for a paper's, for mark-up that is quoted."""
    return f"On {word(random).title()} and {word(random).title()} at {random.randint(2, 90)} Sites"


def markup_abstract(random: Random) -> str:
    """Give an abstract that would pass, for mark-up that is quoted: only its place is wrong."""
    return (
        f"We present a method for {word(random)} and measure it on {random.randint(3, 40)} data "
        f"sets. The results show that our model outperforms earlier approaches by "
        f"{random.randint(2, 30)} percent, and that the effect of {word(random)} is significant."
    )
