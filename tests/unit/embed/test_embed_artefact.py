"""The cache of built models, under races and faults."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.common.errors import BadSetting, ExitStatus, Fatal
from services.embed.artefact import folder_of, read_artefact, write_artefact
from services.embed.manifest import Manifest, digest_of
from services.embed.parity import Parity
from tests.unit.embed.tiny import recipe

GRAPH, REFERENCES = b"graph" * 100_000, b"references"
MANIFEST = Manifest(
    model="tiny",
    revision="abc",
    recipe=recipe(),
    hidden_size=32,
    positions=64,
    options={"graph": "0"},
    weights="1",
    tokenizer="2",
    graph=digest_of(GRAPH),
    graph_bytes=len(GRAPH),
    references=digest_of(REFERENCES),
    gate="texts",
    channels_apart=0,
    parity=Parity(
        texts=3, min_cosine=1.0, mean_cosine=1.0, max_difference=0.0, overlap=1.0, other_ids=0
    ),
    built_with={},
)
NAMES = ["manifest.json", "model.onnx", "references.safetensors"]


def write(folder):
    write_artefact(folder, MANIFEST, graph=GRAPH, references=REFERENCES)


def test_what_was_written_is_read(tmp_path):
    folder = folder_of(tmp_path, "abc")
    write(folder)
    artefact = read_artefact(folder, gate="texts")
    assert artefact.manifest == MANIFEST
    assert artefact.graph == tmp_path / "models" / "abc" / "model.onnx"
    assert artefact.graph.read_bytes() == GRAPH
    assert artefact.references.read_bytes() == REFERENCES


def test_where_nothing_is_there_is_none(tmp_path):
    assert read_artefact(folder_of(tmp_path, "abc"), gate="texts") is None


def test_figures_of_other_texts_are_none(tmp_path):
    write(tmp_path)
    assert read_artefact(tmp_path, gate="other texts") is None


@pytest.mark.parametrize("content", ["", "{}", "null", '{"format": 0}'])
def test_a_manifest_of_another_form_is_none(tmp_path, content):
    write(tmp_path)
    (tmp_path / "manifest.json").write_text(content)
    assert read_artefact(tmp_path, gate="texts") is None


@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize("content", [None, b"", b"other"])
def test_a_file_that_the_manifest_does_not_name_stops_the_start(tmp_path, name, content):
    write(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Fatal, match=f"{name} is not the file.*delete its folder") as caught:
        read_artefact(tmp_path, gate="texts")
    assert caught.value.status == ExitStatus.CONFIGURATION


def test_a_cache_that_cannot_be_read_names_its_variable(tmp_path):
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(BadSetting, match=r"HEADRACE_CACHE_DIR: .*cannot be read"):
        read_artefact(tmp_path, gate="texts")


def test_two_that_write_at_once_leave_whole_files(tmp_path):
    both = threading.Barrier(2, timeout=30)

    def together(_):
        both.wait()
        write(tmp_path)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(together, range(2)))
    assert read_artefact(tmp_path, gate="texts").manifest == MANIFEST
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES


def test_every_user_may_read_what_one_has_built(tmp_path):
    write(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_a_cache_that_cannot_be_written_names_its_variable(tmp_path):
    (tmp_path / "models").write_text("a file where a folder should be")
    with pytest.raises(BadSetting, match=r"HEADRACE_CACHE_DIR: .*set it to a folder"):
        write(folder_of(tmp_path, "abc"))


def test_a_file_that_cannot_be_put_in_place_leaves_no_rest(tmp_path):
    (tmp_path / "model.onnx" / "in the way").mkdir(parents=True)
    with pytest.raises(BadSetting, match="HEADRACE_CACHE_DIR"):
        write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
