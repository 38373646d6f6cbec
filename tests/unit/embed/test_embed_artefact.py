"""The cache of built graphs, under races and faults."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.common.errors import BadSetting
from services.embed.artefact import graph_file


def test_a_graph_is_built_once(tmp_path):
    builds = []

    def build():
        builds.append(1)
        return b"graph"

    first = graph_file(tmp_path, "abc", build)
    second = graph_file(tmp_path, "abc", build)
    assert first == second == tmp_path / "models" / "abc" / "model.onnx"
    assert first.read_bytes() == b"graph"
    assert len(builds) == 1


def test_two_that_build_at_once_leave_one_whole_file(tmp_path):
    both_build = threading.Barrier(2, timeout=30)

    def build():
        both_build.wait()
        return b"graph" * 100_000

    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: graph_file(tmp_path, "abc", build), range(2)))
    assert paths[0] == paths[1]
    assert paths[0].read_bytes() == b"graph" * 100_000
    assert [path.name for path in paths[0].parent.iterdir()] == ["model.onnx"]


def test_a_build_that_fails_leaves_nothing(tmp_path):
    def build():
        raise BadSetting("no weights")

    with pytest.raises(BadSetting, match="no weights"):
        graph_file(tmp_path, "abc", build)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_names_its_variable(tmp_path):
    (tmp_path / "models").write_text("a file where a folder should be")
    with pytest.raises(BadSetting, match=r"HEADRACE_CACHE_DIR: .*set it to a folder"):
        graph_file(tmp_path, "abc", lambda: b"graph")


def test_a_file_that_cannot_be_put_in_place_leaves_no_rest(tmp_path):
    folder = tmp_path / "models" / "abc"

    def build():
        (folder / "model.onnx" / "in the way").mkdir(parents=True)
        return b"graph"

    with pytest.raises(BadSetting, match="HEADRACE_CACHE_DIR"):
        graph_file(tmp_path, "abc", build)
    assert [path.name for path in folder.iterdir()] == ["model.onnx"]
