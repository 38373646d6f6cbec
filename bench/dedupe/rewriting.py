"""What happens to a paper between two listings of it, and what a group writes next."""

from __future__ import annotations

import random
from collections.abc import Callable

from bench.dedupe.likeness import jaccard
from bench.dedupe.papers import Writer, Written
from services.common.identity import words


def edited(text: str, share: float, writer: Writer) -> str:
    """Replace, drop or add words: at least one, and about ``share`` of all."""
    chance, tokens = writer.chance, text.split()
    count = max(1, round(share * len(tokens)))
    for at in sorted(chance.sample(range(len(tokens)), min(count, len(tokens))), reverse=True):
        fate = chance.random()
        if fate < 0.2 and len(tokens) > 1:
            del tokens[at]
        elif fate < 0.4:
            tokens.insert(at, writer.name().lower())
        else:
            tokens[at] = writer.name().lower()
    return " ".join(tokens)


def mistyped(text: str, chance: random.Random) -> str:
    """Swap, drop or double a letter in one long word."""
    tokens = text.split()
    at = chance.choice([at for at, word in enumerate(tokens) if len(word) > 4])
    word, place = tokens[at], chance.randrange(1, len(tokens[at]) - 2)
    a, b = word[place], word[place + 1]
    tokens[at] = word[:place] + chance.choice((b + a, a, a + a + b)) + word[place + 2 :]
    return " ".join(tokens) if tokens[at] != word else mistyped(text, chance)


def rewritten(paper: Written, writer: Writer) -> str:
    """Give another abstract of the same work: new sentences, one of the old ones kept."""
    other = list(writer.paper().sentences)
    other[-1] = writer.chance.choice(paper.sentences)
    return " ".join(other)


def alike(text: str, target: float, writer: Writer) -> str:
    """Change sentences, then words, until the Jaccard similarity is just below the target."""
    chance, sentences = writer.chance, text.split(". ")
    order = chance.sample(range(len(sentences)), len(sentences))
    for at in order:
        changed = sentences.copy()
        changed[at] = chance.choice(writer.paper().sentences).rstrip(".")
        if jaccard(words(text), words(". ".join(changed))) > target:
            sentences = changed
    tokens = ". ".join(sentences).split()
    for at in chance.sample(range(len(tokens)), len(tokens)):
        if jaccard(words(text), words(" ".join(tokens))) <= target:
            break
        tokens[at] = writer.name().lower()
    return " ".join(tokens)


def marked_up(text: str, chance: random.Random) -> str:
    """Put TeX mark-up around some words, as a site shows it that does not render it."""
    styles: tuple[Callable[[str], str], ...] = (
        lambda word: rf"\emph{{{word}}}",
        lambda word: rf"\textbf{{{word}}}",
        lambda word: rf"${word}$",
        lambda word: rf"\textit{{{word}}}",
    )
    return " ".join(
        chance.choice(styles)(word) if word.isalpha() and chance.random() < 0.1 else word
        for word in text.split()
    )


def shouted(text: str, chance: random.Random) -> str:
    """Change case and white space."""
    spaces = (" ", "  ", "\n", "\t", "\u00a0")
    changed = "".join(
        word.upper() + chance.choice(spaces) if chance.random() < 0.2 else word + " "
        for word in text.split()
    )
    return f"  {changed}"
