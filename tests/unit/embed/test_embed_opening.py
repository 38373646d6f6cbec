"""A model is built once, under its revision, in every family and precision that is supported."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from services.common.errors import Fatal
from services.embed import building, opening
from services.embed.opening import chosen, open_model
from services.embed.settings import EmbedSection


def opened_model(section, cache, **options):
    return open_model(chosen(section), section, cache, **options)


SENTENCE = {"word_embedding_dimension": 32}
MEAN = {"1_Pooling/config.json": {**SENTENCE, "pooling_mode_mean_tokens": True}}
CLS = {"1_Pooling/config.json": {**SENTENCE, "pooling_mode_cls_token": True}}
E5 = {**MEAN, "config_sentence_transformers.json": {"prompts": {"passage": "a gate: "}}}

FAMILIES = {
    "minilm": {"files": MEAN},
    "bge": {"files": CLS},
    "e5": {"files": E5},
    "gte": {"files": MEAN, "kind": np.float16, "prefix": "bert."},
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_each_family_passes_its_gate(make_model, tmp_path, family, precision):
    folder = make_model(family, **FAMILIES[family])
    opened = opened_model(EmbedSection(model=folder, precision=precision), tmp_path)
    recipe = opened.artefact.manifest.recipe
    assert recipe.pooling == ("cls" if family == "bge" else "mean")
    assert recipe.prompt == ("a gate: " if family == "e5" else "")
    assert opened.parity.other_ids == 0
    assert opened.parity.texts >= 60


def test_a_checkpoint_with_a_pooler_and_buffers_is_taken(make_model, tmp_path):
    folder = make_model()
    path = folder / "model.safetensors"
    more = {
        "embeddings.position_ids": np.arange(64)[np.newaxis],
        "pooler.dense.weight": np.ones((32, 32), np.float32),
        "pooler.dense.bias": np.ones(32, np.float32),
    }
    before = opened_model(EmbedSection(model=folder), tmp_path)
    save_file({**load_file(path), **more}, path)
    after = opened_model(EmbedSection(model=folder), tmp_path)
    ids = np.array([2, 5, 3], np.int32)
    assert np.array_equal(before.session.run(ids), after.session.run(ids))


def test_dimensions_are_the_leading_ones_at_length_one(make_model, tmp_path):
    folder = make_model()
    ids = np.array([2, 8, 9, 3], np.int32)
    whole = opened_model(EmbedSection(model=folder), tmp_path).session.run(ids)
    part = opened_model(EmbedSection(model=folder, dimensions=8), tmp_path).session.run(ids)
    assert part.shape == (8,)
    assert np.allclose(part, whole[:8] / np.linalg.norm(whole[:8]), atol=1e-6)


def test_the_manifest_says_what_the_artefact_is(make_model, tmp_path):
    folder = make_model("mine")
    opened = opened_model(EmbedSection(model=folder, prompt="fish ", dimensions=16), tmp_path)
    path = tmp_path / "models" / opened.choice.revision / "manifest.json"
    manifest = json.loads(path.read_text())
    assert manifest["model"] == "mine"
    assert manifest["revision"] == opened.choice.revision
    assert manifest["recipe"] == {
        "precision": "fp32",
        "pooling": "mean",
        "prompt": "fish ",
        "dimensions": 16,
    }
    assert (manifest["hidden_size"], manifest["positions"]) == (32, 64)
    assert manifest["parity"]["min_cosine"] == opened.parity.min_cosine
    assert set(manifest["built_with"]) == {"headrace", "numpy", "onnx", "onnxruntime", "tokenizers"}


def test_a_second_opening_builds_nothing_and_repeats_the_gate(make_model, tmp_path, monkeypatch):
    section = EmbedSection(model=make_model())
    first = opened_model(section, tmp_path)
    monkeypatch.delattr(opening, "build")
    second = opened_model(section, tmp_path)
    assert (first.built, second.built) == (True, False)
    assert second.parity == first.parity
    assert second.artefact == first.artefact


def test_anew_builds_what_is_built(make_model, tmp_path):
    section = EmbedSection(model=make_model())
    first = opened_model(section, tmp_path)
    content = first.artefact.graph.read_bytes()
    first.artefact.graph.write_bytes(b"damaged")
    assert opened_model(section, tmp_path, anew=True).built
    assert first.artefact.graph.read_bytes() == content


def test_other_texts_of_the_gate_build_anew(make_model, tmp_path, monkeypatch):
    section = EmbedSection(model=make_model())
    opened_model(section, tmp_path)
    for module in (opening, building):
        monkeypatch.setattr(module, "texts", lambda: ("a", "b", "fish"))
    monkeypatch.setattr(opening, "texts_digest", lambda: "of other texts")
    opened = opened_model(section, tmp_path)
    assert opened.built
    assert opened.parity.texts == 3


def test_a_graph_that_fails_its_gate_is_not_kept(make_model, tmp_path):
    # To random weights most of the gate's texts are much the same, and 8 bits tell few apart.
    section = EmbedSection(model=make_model(), precision="int8")
    with pytest.raises(
        Fatal, match=r"the int8 model failed its parity gate on 68 texts: overlap@10 0\.[0-8]"
    ):
        opened_model(section, tmp_path)
    assert not (tmp_path / "models").exists()


def test_a_tokenizer_that_splits_otherwise_than_at_the_build_fails_the_gate(
    make_model, tmp_path, monkeypatch
):
    section = EmbedSection(model=make_model())
    opened_model(section, tmp_path)
    tokens = opening.Tokenizer.tokens
    monkeypatch.setattr(opening.Tokenizer, "tokens", lambda self, text: tokens(self, text + " a"))
    with pytest.raises(Fatal, match=r"\d+ texts with other token ids"):
        opened_model(section, tmp_path)


def test_each_step_that_takes_a_while_is_told(make_model, tmp_path):
    told = []
    opened_model(EmbedSection(model=make_model()), tmp_path, tell=told.append)
    assert told[0] == "reading the weights"
    assert any("reference vectors of" in step for step in told)
    assert any("comparing" in step for step in told)


@pytest.mark.parametrize(("precision", "least"), [("int8", 0.998), ("fp16", 0.99999)])
def test_the_published_model_passes_in_every_precision(cache, precision, least):
    opened = opened_model(EmbedSection(precision=precision), cache)
    assert opened.parity.min_cosine >= least
    assert opened.parity.overlap >= 0.95
    again = opened_model(EmbedSection(precision=precision), cache)
    assert not again.built


def test_int8_vectors_do_not_depend_on_their_company(cache):
    session = opened_model(EmbedSection(precision="int8"), cache).session
    texts = [np.arange(1000, 1000 + length, dtype=np.int32) for length in (3, 40, 200)]
    alone = [session.run(ids) for ids in texts]
    again = [session.run(ids) for ids in reversed(texts)]
    assert all(map(np.array_equal, alone, reversed(again)))
