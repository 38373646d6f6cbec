"""ONNX Runtime as it is, on a tiny model."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from services.common.errors import ExitStatus, Fatal
from services.embed.architecture import read_architecture
from services.embed.graph import build_graph
from services.embed.session import PROVIDERS, OnnxSession
from services.embed.weights import read_weights
from tests.unit.embed.tiny import recipe


@pytest.fixture
def graph(make_model, tmp_path):
    folder = make_model()
    architecture = read_architecture(folder)
    path = tmp_path / "model.onnx"
    weights = read_weights(folder / "model.safetensors", architecture)
    path.write_bytes(build_graph(architecture, weights, recipe()))
    return path


def test_the_provider_is_the_one_that_runs(graph):
    assert OnnxSession(graph).provider == "CPUExecutionProvider"


def test_another_provider_than_asked_for_is_refused(graph, monkeypatch):
    # Only Windows has it: elsewhere ONNX Runtime warns and takes the CPU.
    monkeypatch.setitem(PROVIDERS, "cpu", "DmlExecutionProvider")
    with (
        pytest.warns(UserWarning, match="DmlExecutionProvider"),
        pytest.raises(Fatal, match=r"HEADRACE_EMBED__DEVICE: asked for Dml.*took CPU") as caught,
    ):
        OnnxSession(graph)
    assert caught.value.status == ExitStatus.CONFIGURATION


@pytest.mark.parametrize("content", [b"", b"not a graph"])
def test_a_damaged_graph_says_what_to_delete(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(Fatal, match=rf"{path} cannot be opened.*delete its folder") as caught:
        OnnxSession(path)
    assert caught.value.status == ExitStatus.CONFIGURATION


def test_a_run_that_fails_is_fatal(graph):
    with pytest.raises(Fatal, match="ONNX Runtime failed") as caught:
        OnnxSession(graph).run(np.array([2, 40, 3], np.int32))
    assert caught.value.status == ExitStatus.SOFTWARE


def test_threads_side_by_side_get_the_vectors_of_one(graph):
    session = OnnxSession(graph)
    texts = [np.arange(1 + n % 30, dtype=np.int32) for n in range(200)]
    alone = [session.run(text) for text in texts]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(session.run, texts))
    assert all(map(np.array_equal, alone, together))


def test_a_graph_in_memory_is_as_good_as_one_in_a_file(graph):
    ids = np.array([2, 5, 3], np.int32)
    vectors = [OnnxSession(source).run(ids) for source in (graph, graph.read_bytes())]
    assert np.array_equal(*vectors)
