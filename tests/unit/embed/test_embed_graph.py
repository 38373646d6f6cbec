"""The graph computes what the reference does."""

import hashlib

import numpy as np
import onnx
import onnxruntime
import pytest

from services.embed.architecture import read_architecture
from services.embed.graph import INPUT, OPTIONS, OUTPUT, build_graph
from services.embed.reference import forward
from services.embed.weights import read_weights


@pytest.fixture
def parts(make_model):
    folder = make_model()
    architecture = read_architecture(folder)
    return architecture, read_weights(folder / "model.safetensors", architecture)


@pytest.fixture
def run(parts):
    session = onnxruntime.InferenceSession(build_graph(*parts), providers=["CPUExecutionProvider"])
    return lambda ids: session.run([OUTPUT], {INPUT: np.array(ids, np.int32)})[0]


def test_the_graph_is_valid_onnx(parts):
    onnx.checker.check_model(onnx.load_from_string(build_graph(*parts)), full_check=True)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 64])
def test_a_text_of_any_length_gets_the_vector_of_the_reference(parts, run, length):
    ids = np.arange(length, dtype=np.int32) % 40
    assert np.abs(run([ids])[0] - forward(ids, *parts)).max() <= 1e-5


def test_texts_of_one_length_do_not_touch_each_other(run):
    texts = [[2, 5, 9, 3], [2, 30, 31, 3]]
    together = run(texts)
    assert np.abs(together - np.concatenate([run([text]) for text in texts])).max() <= 1e-6


def test_every_part_of_the_weights_reaches_the_vector(parts):
    architecture, weights = parts
    ids = np.array([2, 8, 9, 3], np.int32)
    plain = forward(ids, architecture, weights)
    # The key's bias shifts all scores of a query alike, and softmax takes that out again.
    telling = [name for name in weights if not name.endswith("key.bias")]
    for name in telling:
        session = onnxruntime.InferenceSession(
            build_graph(architecture, {**weights, name: weights[name] * 3}),
            providers=["CPUExecutionProvider"],
        )
        moved = session.run([OUTPUT], {INPUT: ids[np.newaxis]})[0][0]
        assert np.abs(moved - plain).max() > 1e-4, name


def test_what_is_computed_changes_only_with_the_version_of_the_graph(parts):
    graph = onnx.load_from_string(build_graph(*parts)).graph
    nodes = [
        (node.op_type, list(node.input), list(node.output), sorted(map(str, node.attribute)))
        for node in graph.node
    ]
    ours = [
        (constant.name, onnx.numpy_helper.to_array(constant).tolist())
        for constant in graph.initializer
        if constant.data_type == onnx.TensorProto.INT64 or constant.name == "scale"
    ]
    digest = hashlib.sha256(repr((nodes, ours)).encode()).hexdigest()[:16]
    assert (OPTIONS["graph"], digest) == ("1", "8546210ca171ac28")
