"""The graph computes what the reference does."""

import hashlib

import numpy as np
import onnx
import onnxruntime
import pytest

from services.common.errors import BadSetting
from services.embed.architecture import read_architecture
from services.embed.drawing import INPUT, OUTPUT
from services.embed.graph import VERSION, build_graph, options
from services.embed.quantisation import outliers
from services.embed.reference import forward, largest_inputs
from services.embed.weights import read_weights
from tests.unit.embed.tiny import recipe

RECIPES = (
    recipe(),
    recipe(pooling="cls"),
    recipe(dimensions=8),
    recipe(pooling="cls", dimensions=31),
)


@pytest.fixture
def parts(make_model):
    folder = make_model()
    architecture = read_architecture(folder)
    return architecture, read_weights(folder / "model.safetensors", architecture)


def opened(graph):
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return lambda ids: session.run([OUTPUT], {INPUT: np.array(ids, np.int32)})[0]


@pytest.fixture
def run(parts):
    return opened(build_graph(*parts, recipe()))


def int8_graph(parts):
    ids = [np.arange(40, dtype=np.int32)]
    channels = outliers(largest_inputs(ids, *parts))
    return build_graph(*parts, recipe(precision="int8"), channels), channels


def test_the_graph_is_valid_onnx(parts):
    for made in RECIPES:
        graph = onnx.load_from_string(build_graph(*parts, made))
        onnx.checker.check_model(graph, full_check=True)
    for graph in (build_graph(*parts, recipe(precision="fp16")), int8_graph(parts)[0]):
        onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 64])
def test_a_text_of_any_length_gets_the_vector_of_the_reference(parts, run, length):
    ids = np.arange(length, dtype=np.int32) % 40
    (expected,) = forward([ids], *parts, recipe())
    assert np.abs(run([ids])[0] - expected).max() <= 1e-5


@pytest.mark.parametrize("made", RECIPES)
def test_pooling_and_dimensions_are_those_of_the_recipe(parts, made):
    ids = np.array([2, 8, 9, 3], np.int32)
    (expected,) = forward([ids], *parts, made)
    (vector,) = opened(build_graph(*parts, made))([ids])
    assert vector.shape == (made.dimensions,)
    assert np.abs(vector - expected).max() <= 1e-5
    assert abs(np.linalg.norm(vector) - 1) <= 1e-6


def test_half_precision_is_of_all_weights_and_near_the_reference(parts):
    made = build_graph(*parts, recipe(precision="fp16"))
    graph = onnx.load_from_string(made).graph
    kinds = {constant.data_type for constant in graph.initializer}
    assert kinds == {onnx.TensorProto.FLOAT16, onnx.TensorProto.INT64}
    ids = np.array([2, 8, 9, 3], np.int32)
    (vector,) = opened(made)([ids])
    (expected,) = forward([ids], *parts, recipe())
    assert vector.dtype == np.float32
    assert vector @ expected >= 0.9999


def test_weights_beyond_half_precision_are_refused(parts):
    architecture, weights = parts
    name = "encoder.layer.1.output.dense.weight"
    with pytest.raises(BadSetting, match=f"HEADRACE_EMBED__PRECISION: {name} .*65504.*take fp32"):
        build_graph(architecture, {**weights, name: weights[name] * 1e6}, recipe(precision="fp16"))


def test_int8_multiplies_all_dense_layers_in_integers_but_for_the_channels_apart(parts):
    made, channels = int8_graph(parts)
    graph = onnx.load_from_string(made).graph
    weights = {constant.name: constant for constant in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMulInteger"]
    assert len(products) == 2 * 4
    assert all(weights[node.input[1]].data_type == onnx.TensorProto.INT8 for node in products)
    for name, apart in channels.items():
        kept = onnx.numpy_helper.to_array(weights[f"{name}.keep"])
        assert np.flatnonzero(kept == 0).tolist() == list(apart)


def test_int8_is_near_the_reference_and_nearer_with_channels_apart(parts):
    architecture, weights = parts
    # A few channels that spike, as trained models have them.
    scale = weights["embeddings.LayerNorm.weight"].copy()
    scale[[3, 17]] *= 30
    spiky = (architecture, {**weights, "embeddings.LayerNorm.weight": scale})
    ids = np.arange(2, 34, dtype=np.int32)
    (expected,) = forward([ids], *spiky, recipe())
    none_apart = build_graph(*spiky, recipe(precision="int8"), {})
    cosines = [opened(graph)([ids])[0] @ expected for graph in (int8_graph(spiky)[0], none_apart)]
    assert cosines[0] >= 0.99
    assert cosines[0] > cosines[1]


def test_texts_of_one_length_do_not_touch_each_other(run):
    texts = [[2, 5, 9, 3], [2, 30, 31, 3]]
    together = run(texts)
    assert np.abs(together - np.concatenate([run([text]) for text in texts])).max() <= 1e-6


def test_every_part_of_the_weights_reaches_the_vector(parts):
    architecture, weights = parts
    ids = np.array([2, 8, 9, 3], np.int32)
    (plain,) = forward([ids], architecture, weights, recipe())
    # The key's bias shifts all scores of a query alike, and softmax takes that out again.
    telling = [name for name in weights if not name.endswith("key.bias")]
    for name in telling:
        session = onnxruntime.InferenceSession(
            build_graph(architecture, {**weights, name: weights[name] * 3}, recipe()),
            providers=["CPUExecutionProvider"],
        )
        moved = session.run([OUTPUT], {INPUT: ids[np.newaxis]})[0][0]
        assert np.abs(moved - plain).max() > 1e-4, name


def test_what_is_computed_changes_only_with_the_version_of_the_graph(parts):
    graphs = [build_graph(*parts, made) for made in (*RECIPES, recipe(precision="fp16"))]
    drawings = [fingerprint(graph) for graph in (*graphs, int8_graph(parts)[0])]
    assert (VERSION, hashlib.sha256(repr(drawings).encode()).hexdigest()[:16]) == (
        "2",
        "df7b38f50e0cb941",
    )


def fingerprint(serialised):
    """Give the nodes and the constants that are no weights."""
    graph = onnx.load_from_string(serialised).graph
    nodes = [
        (node.op_type, list(node.input), list(node.output), sorted(map(str, node.attribute)))
        for node in graph.node
    ]
    ours = [
        (constant.name, onnx.numpy_helper.to_array(constant).tolist())
        for constant in graph.initializer
        if constant.data_type == onnx.TensorProto.INT64 or constant.name == "scale"
    ]
    return nodes, ours


def test_only_int8_depends_on_how_many_channels_are_apart():
    assert options("fp32") == options("fp16") == {"graph": VERSION, "opset": "20"}
    assert options("int8") == {"graph": VERSION, "opset": "20", "channels_apart": "4"}
