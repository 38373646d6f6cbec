"""The model made ready to serve: found, built where needed, opened, held to the reference."""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from services.common.cpus import usable_cpus
from services.embed.artefact import graph_file
from services.embed.graph import OPTIONS, build_graph
from services.embed.model import Model, find_model, revision
from services.embed.parity import Parity, gate, measure, texts
from services.embed.pool import ThreadedEncoder
from services.embed.reference import forward
from services.embed.session import OnnxSession
from services.embed.settings import EmbedSection
from services.embed.tokenizer import Tokenizer
from services.embed.vector import Encoded, ModelCard
from services.embed.weights import Weights, read_weights

log = structlog.get_logger()


def open_onnx_encoder(section: EmbedSection, cache: Path) -> ThreadedEncoder:
    """Open the model that the settings name; takes a second or two, the first time a few more.

    Args:
        section: which model, on which device, with how many threads.
        cache: folder of the built graphs.

    Raises:
        BadSetting: no usable model, or a setting that does not fit it.
        Fatal: ONNX Runtime cannot run it, or its vectors differ from the reference.
    """
    started = time.monotonic()
    model = find_model(section.model)
    tokenizer = Tokenizer(model.tokenizer_file, model.architecture, max_tokens=section.max_tokens)
    weights = read_weights(model.weights_file, model.architecture)
    digest = revision(model, OPTIONS)
    graph = graph_file(cache, digest, lambda: build_graph(model.architecture, weights))
    session = OnnxSession(graph, section.device)
    parity = _parity(session, tokenizer, model, weights)
    gate(parity)

    def encode_one(text: str) -> Encoded:
        tokens = tokenizer.tokens(text)
        return Encoded(session.run(tokens.ids), len(tokens.ids), tokens.truncated)

    threads = section.threads or usable_cpus()
    card = _card(model, digest, section.max_tokens, session.provider)
    log.info(
        "model_ready",
        model=card.model,
        revision=card.model_revision,
        provider=card.provider,
        threads=threads,
        min_cosine=parity.min_cosine,
        max_difference=parity.max_difference,
        seconds=round(time.monotonic() - started, 3),
    )
    return ThreadedEncoder(card, encode_one, threads=threads)


def _parity(session: OnnxSession, tokenizer: Tokenizer, model: Model, weights: Weights) -> Parity:
    """Compare the session with the reference on the gate's texts, cut as served.

    The reference is computed anew at each start: that takes less than a second, and a stored one
    could be as wrong as the graph beside it.
    """
    ids = [tokenizer.tokens(text).ids for text in texts()]
    references = [forward(text, model.architecture, weights) for text in ids]
    return measure([session.run(text) for text in ids], references)


def _card(model: Model, digest: str, max_tokens: int, provider: str) -> ModelCard:
    return ModelCard(
        model=model.name,
        model_revision=digest,
        precision=OPTIONS["precision"],
        dimensions=model.architecture.hidden_size,
        pooling=OPTIONS["pooling"],
        normalized=True,
        max_tokens=max_tokens,
        provider=provider,
    )
