"""The model made ready to serve: opened, on threads, with a second path for a vector gone wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from services.common.cpus import usable_cpus
from services.embed.device import DeviceEncoder, mended_by
from services.embed.device_session import FLIGHTS
from services.embed.opening import Choice, Opened, chosen, open_model
from services.embed.pool import ThreadedEncoder
from services.embed.reference import forward
from services.embed.session import OnnxSession
from services.embed.settings import EmbedSection
from services.embed.tokenizer import Tokenise, Tokenizer
from services.embed.vector import Encoded, ModelCard, TokenIds, Vector
from services.embed.weights import read_weights

log = structlog.get_logger()


def open_onnx_encoder(section: EmbedSection, cache: Path) -> ThreadedEncoder | DeviceEncoder:
    """Open the model that the settings name; takes a few seconds, the first time some more.

    Args:
        section: which model, on which device, with how many threads.
        cache: folder of the built models.

    Raises:
        BadSetting: no usable model, or a setting that does not fit it.
        Fatal: ONNX Runtime cannot run it, or its vectors differ from the reference.
    """
    started = time.monotonic()
    choice = chosen(section)
    # First, so that a limit beyond the model's is told before anything is built.
    tokenizer = Tokenizer(
        choice.model.tokenizer_file,
        choice.model.architecture,
        max_tokens=section.max_tokens,
        prompt=choice.recipe.prompt,
    )
    opened = open_model(
        choice, section, cache, tell=lambda step: log.info("model_opening", step=step)
    )
    card = _card(choice, section.max_tokens, opened.session.provider)
    encoder = encoder_on(opened, section, card, tokenizer)
    log.info(
        "model_ready",
        model=card.model,
        revision=card.model_revision,
        precision=card.precision,
        provider=card.provider,
        built=opened.built,
        min_cosine=opened.parity.min_cosine,
        overlap=opened.parity.overlap,
        seconds=round(time.monotonic() - started, 3),
    )
    return encoder


def encoder_on(
    opened: Opened, section: EmbedSection, card: ModelCard, tokenizer: Tokenizer
) -> ThreadedEncoder | DeviceEncoder:
    """Give the encoder of an opened model: texts one by one on threads, or in common batches."""

    def second(ids: TokenIds) -> Vector:
        return _reference(opened.choice, ids)

    session = opened.session
    if isinstance(session, OnnxSession):
        encode_one = one_by_one(tokenizer, session.run, second)
        return ThreadedEncoder(card, encode_one, threads=section.threads or usable_cpus())
    session.warm_up(section.max_tokens)
    return DeviceEncoder(
        card,
        _tokenise(opened.choice, tokenizer, section.max_tokens),
        [session.runner() for _ in range(FLIGHTS)],
        session.batcher(section.max_tokens),
        second,
    )


def _tokenise(choice: Choice, exact: Tokenizer, max_tokens: int) -> Tokenise:
    try:
        # Of the extra for GPUs: on a CPU the exact one keeps up.
        from services.embed.fast_tokenizer import fastest  # noqa: PLC0415
    except ModuleNotFoundError as error:
        log.warning("slow_tokenizer", why=f"{error.name} is not installed")
        return exact.all_tokens
    return fastest(choice, exact, max_tokens=max_tokens)


def one_by_one(
    tokenizer: Tokenizer,
    first: Callable[[TokenIds], Vector],
    second: Callable[[TokenIds], Vector],
) -> Callable[[str], Encoded]:
    """Give the function that encodes a text, on a second path where the first gives no vector.

    Whether the second one's is any better is for the handler to see.
    """

    def encode(text: str) -> Encoded:
        tokens = tokenizer.tokens(text)
        vector, mended = mended_by(second, first(tokens.ids), tokens.ids)
        return Encoded(vector, tokens.ids.size, tokens.truncated, mended=mended)

    return encode


def _reference(choice: Choice, ids: TokenIds) -> Vector:
    # Read for this one text: it hardly ever happens, and the weights would fill memory all along.
    weights = read_weights(choice.model.weights_file, choice.model.architecture)
    (vector,) = forward([ids], choice.model.architecture, weights, choice.recipe)
    return vector


def _card(choice: Choice, max_tokens: int, provider: str) -> ModelCard:
    return ModelCard(
        model=choice.model.name,
        model_revision=choice.revision,
        precision=choice.recipe.precision,
        dimensions=choice.recipe.dimensions,
        pooling=choice.recipe.pooling,
        normalized=True,
        max_tokens=max_tokens,
        provider=provider,
    )
