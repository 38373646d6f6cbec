"""The fused graph in batches, as on a GPU but on the CPU: its vectors are the reference's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from services.common.errors import BadSetting
from services.embed.architecture import read_architecture
from services.embed.device import DeviceEncoder
from services.embed.device_session import DeviceSession
from services.embed.fused_graph import build_fused_graph
from services.embed.opening import chosen, open_model, precision_on
from services.embed.reference import forward
from services.embed.settings import EmbedSection
from services.embed.vector import ModelCard, TokenIds
from services.embed.weights import read_weights
from tests.unit.embed.tiny import recipe

LENGTHS = (3, 9, 17, 40, 64, 5, 33, 64, 8, 21)


def texts(seed: int = 1) -> list[TokenIds]:
    source = np.random.default_rng(seed)
    return [source.integers(0, 40, length).astype(np.int32) for length in LENGTHS]


@pytest.fixture
def parts(make_model):
    folder = make_model()
    architecture = read_architecture(folder)
    return architecture, read_weights(folder / "model.safetensors", architecture)


RECIPES = [
    (recipe(), 2e-6),
    (recipe(pooling="cls"), 2e-6),
    (recipe(dimensions=12), 2e-6),
    (recipe(precision="fp16"), 2e-3),
    (recipe(precision="fp16", pooling="cls"), 2e-3),
]


@pytest.mark.parametrize(("made", "most"), RECIPES)
@pytest.mark.parametrize("budget", [64, 1_000])
def test_vectors_of_a_batch_are_those_of_its_texts_alone(parts, made, most, budget):
    session = DeviceSession(build_fused_graph(*parts, made), "cpu", budget=budget)
    found = np.stack(session.vectors(texts()))
    expected = np.stack(forward(texts(), *parts, made))
    assert np.abs(found - expected).max() <= most
    assert session.provider == "CPUExecutionProvider"


def test_what_is_padding_does_not_matter(parts):
    session = DeviceSession(build_fused_graph(*parts, recipe()), "cpu", budget=512)
    (text,) = texts()[:1]
    alone, padded = (session.runner().run([text], tokens=tokens)[0] for tokens in (3, 64))
    assert np.abs(alone - padded).max() <= 1e-6


def test_the_graph_is_valid(parts):
    graph = onnx.load_from_string(build_fused_graph(*parts, recipe(precision="fp16")))
    assert [each.name for each in graph.graph.input] == ["input_ids", "lengths"]
    assert {each.domain: each.version for each in graph.opset_import} == {
        "": 20,
        "com.microsoft": 1,
    }


def test_every_shape_is_run_once_before_serving(parts):
    session = DeviceSession(build_fused_graph(*parts, recipe()), "cpu", budget=256)
    session.warm_up(64)


async def test_lanes_share_the_device_and_get_their_own_vectors(parts):
    made = recipe()
    session = DeviceSession(build_fused_graph(*parts, made), "cpu", budget=128)
    card = ModelCard("m", "0" * 32, "fp32", 32, "mean", True, 64, session.provider)
    ids = {str(number): text for number, text in enumerate(texts())}

    def tokenise(wanted):
        from services.embed.tokenizer import Tokens  # noqa: PLC0415

        return [Tokens(ids[each], truncated=False) for each in wanted]

    def second(_ids):
        raise AssertionError("the first path gives vectors")

    runners = [session.runner(), session.runner()]
    encoder = DeviceEncoder(card, tokenise, runners, session.batcher(64), second)
    try:
        found = await encoder.encode(list(ids))
    finally:
        encoder.close()
    expected = forward(list(ids.values()), *parts, made)
    worst = max(np.abs(a.vector - b).max() for a, b in zip(found, expected, strict=True))
    assert worst <= 2e-6


def test_an_artefact_for_batches_is_another_one_and_passes_the_gate(make_model, tmp_path: Path):
    section = EmbedSection(model=make_model(), device="cpu", batch_tokens=512)
    plain, fused = chosen(section), chosen(section, "fused")
    assert plain.revision != fused.revision
    opened = open_model(fused, section, tmp_path)
    assert isinstance(opened.session, DeviceSession)
    assert opened.artefact.manifest.options["operators"] == "fused"
    assert opened.parity.min_cosine > 0.99999


def test_int8_is_refused_on_a_gpu():
    with pytest.raises(BadSetting, match="int8 is for the CPU"):
        precision_on("cuda", "int8")
    assert (precision_on("cuda", "auto"), precision_on("cpu", "auto")) == ("fp16", "fp32")
