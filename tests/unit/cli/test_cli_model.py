"""``headrace model``: what it prints, where it puts what it builds, how it ends."""

import json

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.common.errors import BadSetting, Fatal
from services.embed.parity import Threshold
from tests.unit.embed.tiny import write_model

IMPOSSIBLE = Threshold(min_cosine=1.1)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADRACE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HEADRACE_STATE_DIR", str(tmp_path / "state"))

    def command(*args):
        return CliRunner().invoke(app, ["model", *map(str, args)])

    return command


@pytest.fixture
def folder(tmp_path):
    return write_model(tmp_path / "tiny")


def test_what_is_built_is_in_the_cache_under_its_revision(run, folder, tmp_path):
    found = run("build", "--model", folder, "--json")
    assert found.exit_code == 0
    said = json.loads(found.stdout)
    kept = tmp_path / "cache" / "models" / said["revision"]
    assert said["folder"] == str(kept)
    assert (kept / "model.onnx").stat().st_size == said["graph_bytes"]
    assert said["built"]
    assert said["parity"]["min_cosine"] >= 0.99999
    assert json.loads((kept / "manifest.json").read_text()).items() <= said.items()


def test_the_same_model_is_not_built_twice_but_where_it_is_asked_for(run, folder):
    built = [
        json.loads(run("build", "--model", folder, "--json", *more).stdout)["built"]
        for more in ((), (), ("--anew",))
    ]
    assert built == [True, False, True]


def test_options_are_of_the_artefact_and_win_over_the_settings(run, folder, monkeypatch):
    monkeypatch.setenv("HEADRACE_EMBED__PROMPT", "fish ")
    monkeypatch.setenv("HEADRACE_EMBED__DIMENSIONS", "24")
    options = ("--model", folder, "--precision", "fp16", "--dimensions", "8", "--json")
    said = json.loads(run("build", *options).stdout)
    assert said["recipe"] == {
        "precision": "fp16",
        "pooling": "mean",
        "prompt": "fish ",
        "dimensions": 8,
    }
    assert json.loads(run("build", *options, "--prompt", "").stdout)["recipe"]["prompt"] == ""


def test_a_table_for_people_names_what_matters(run, folder):
    found = run("build", "--model", folder)
    assert found.exit_code == 0
    for word in ("tiny", "fp32", "mean", "32 of 32", "min cosine", "overlap@10", "on 68 texts"):
        assert word in found.stdout


def test_what_was_built_is_verified(run, folder):
    run("build", "--model", folder)
    found = run("verify", "--model", folder, "--json")
    assert found.exit_code == 0
    said = json.loads(found.stdout)
    assert (said["passes"], said["wrong"]) == (True, [])
    assert said["provider"] == "CPUExecutionProvider"


def test_a_difference_is_named_and_is_exit_1(run, folder, monkeypatch):
    run("build", "--model", folder)
    monkeypatch.setattr("services.embed.parity.THRESHOLDS", {"fp32": IMPOSSIBLE})
    found = run("verify", "--model", folder, "--json")
    assert found.exit_code == 1
    said = json.loads(found.stdout)
    assert not said["passes"]
    assert said["wrong"][0].startswith("min cosine")
    found = run("verify", "--model", folder)
    assert found.exit_code == 1
    assert "Wrong: min cosine" in found.stderr


def test_what_is_not_built_cannot_be_verified(run, folder):
    found = run("verify", "--model", folder)
    assert isinstance(found.exception, BadSetting)
    assert "`headrace model build`" in str(found.exception)


def test_a_damaged_graph_ends_verify_with_what_to_do(run, folder, tmp_path):
    said = json.loads(run("build", "--model", folder, "--json").stdout)
    (tmp_path / "cache" / "models" / said["revision"] / "model.onnx").write_bytes(b"other")
    found = run("verify", "--model", folder)
    assert isinstance(found.exception, Fatal)
    assert "delete its folder" in str(found.exception)


def test_an_unsupported_model_says_what_is_supported(run, tmp_path):
    found = run("build", "--model", write_model(tmp_path / "other", model_type="mpnet"))
    assert isinstance(found.exception, BadSetting)
    assert "supported are sentence encoders of the BERT architecture" in str(found.exception)


def test_the_fake_encoder_has_nothing_to_build(run, monkeypatch):
    monkeypatch.setenv("HEADRACE_EMBED__ENCODER", "fake")
    assert "only onnx has a model" in str(run("build").exception)
