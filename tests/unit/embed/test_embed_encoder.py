"""The real model from the settings to its vectors."""

import asyncio
import sys

import numpy as np
import pytest
import tokenizers

from services.common.errors import BadSetting, ExitStatus, Fatal
from services.embed import opening
from services.embed.encoder import open_encoder
from services.embed.model import find_model
from services.embed.onnx_encoder import one_by_one, open_onnx_encoder
from services.embed.parity import Parity, texts
from services.embed.recipe import read_recipe
from services.embed.reference import forward
from services.embed.settings import EmbedSection, EmbedSettings
from services.embed.tokenizer import Tokenizer
from services.embed.weights import read_weights

PASSES = Parity(
    texts=1, min_cosine=1.0, mean_cosine=1.0, max_difference=0.0, overlap=1.0, other_ids=0
)


@pytest.fixture(scope="session")
def published():
    """Give the published model, its tokenizer as served and its weights."""
    model = find_model(None)
    tokenizer = Tokenizer(model.tokenizer_file, model.architecture, max_tokens=384)
    return model, tokenizer, read_weights(model.weights_file, model.architecture)


async def test_vectors_equal_the_numpy_reference(encoder, published):
    model, tokenizer, weights = published
    some = [*texts()[:8], *texts()[-2:]]
    answers = await encoder.encode(some)
    ids = [tokenizer.tokens(text).ids for text in some]
    recipe = read_recipe(model.folder, model.architecture)
    references = forward(ids, model.architecture, weights, recipe)
    for answer, expected in zip(answers, references, strict=True):
        assert np.abs(answer.vector - expected).max() <= 1e-5


def test_ids_are_those_of_the_models_own_tokenizer(published):
    model, tokenizer, _ = published
    own = tokenizers.Tokenizer.from_file(str(model.tokenizer_file))
    own.no_padding()
    own.no_truncation()
    for text in texts():
        ids = own.encode(text).ids
        expected = ids if len(ids) <= 384 else [*ids[:383], ids[-1]]
        assert tokenizer.tokens(text).ids.tolist() == expected


async def test_a_long_text_is_cut_at_the_limit_and_says_so(encoder):
    short, long = await encoder.encode(["a gate", "a gate " * 200])
    assert (short.tokens, short.truncated) == (4, False)
    assert (long.tokens, long.truncated) == (384, True)


async def test_a_vector_does_not_depend_on_its_company(encoder):
    some = texts()[:8]
    together = await encoder.encode(some)
    for text, among in zip(some, together, strict=True):
        (alone,) = await encoder.encode([text])
        assert np.array_equal(alone.vector, among.vector)


async def test_calls_side_by_side_get_their_own_vectors(encoder):
    first, second = texts()[:5], texts()[2:]
    alone = [await encoder.encode(first), await encoder.encode(second)]
    together = await asyncio.gather(encoder.encode(first), encoder.encode(second))
    for before, after in zip(alone, together, strict=True):
        assert [v.vector.tobytes() for v in before] == [v.vector.tobytes() for v in after]


async def test_what_means_the_same_is_nearer(encoder):
    a, b, c = await encoder.encode(
        ["Fish wait at the gate.", "The fish are waiting by the gate.", "Taxes rose in the spring."]
    )
    assert a.vector @ b.vector > 0.8 > 0.3 > a.vector @ c.vector


def test_the_card_says_what_the_vectors_are(encoder, cache):
    card = encoder.card
    assert (card.model, card.precision, card.pooling) == ("all-MiniLM-L6-v2", "fp32", "mean")
    assert (card.dimensions, card.max_tokens, card.normalized) == (384, 384, True)
    assert card.provider == "CPUExecutionProvider"
    assert (cache / "models" / card.model_revision / "model.onnx").exists()


def test_a_second_start_takes_the_graph_of_the_first(make_model, tmp_path, monkeypatch):
    section = EmbedSection(model=make_model(), max_tokens=64, threads=1)
    first = open_onnx_encoder(section, tmp_path)
    first.close()
    monkeypatch.delattr(opening, "build")
    second = open_onnx_encoder(section, tmp_path)
    second.close()
    assert second.card == first.card


def test_the_graph_of_other_weights_stops_the_start(make_model, tmp_path):
    right, wrong = (make_model(name, seed=seed) for name, seed in (("right", 0), ("wrong", 1)))
    cards = []
    for folder in (right, wrong):
        opened = open_onnx_encoder(EmbedSection(model=folder, max_tokens=64), tmp_path)
        opened.close()
        cards.append(opened.card)
    files = [tmp_path / "models" / card.model_revision / "model.onnx" for card in cards]
    files[1].replace(files[0])
    with pytest.raises(Fatal, match=r"model\.onnx is not the file that manifest") as caught:
        open_onnx_encoder(EmbedSection(model=right, max_tokens=64), tmp_path)
    assert caught.value.status == ExitStatus.CONFIGURATION


BAD_VECTORS = (
    np.full(32, np.nan, np.float32),
    np.full(32, np.inf, np.float32),
    np.zeros(32, np.float32),
    np.ones(32, np.float32),
)
GOOD = np.full(32, 32**-0.5, np.float32)


@pytest.fixture
def tiny_tokenizer(make_model):
    model = find_model(make_model())
    return Tokenizer(model.tokenizer_file, model.architecture, max_tokens=8)


@pytest.mark.parametrize("bad", BAD_VECTORS)
def test_an_unusable_vector_is_computed_again_on_the_second_path(tiny_tokenizer, bad):
    asked = []
    encode = one_by_one(tiny_tokenizer, lambda ids: bad, lambda ids: asked.append(ids) or GOOD)
    encoded = encode("fish gate " * 9)
    assert encoded.vector is GOOD
    assert (encoded.tokens, encoded.truncated, encoded.mended) == (8, True, True)
    assert [ids.tolist() for ids in asked] == [tiny_tokenizer.tokens("fish gate " * 9).ids.tolist()]


def test_a_good_vector_needs_no_second_path(tiny_tokenizer):
    encoded = one_by_one(tiny_tokenizer, lambda ids: GOOD, pytest.fail)("fish")
    assert encoded.vector is GOOD
    assert not encoded.mended


async def test_the_second_path_is_the_reference_itself(make_model, tmp_path, monkeypatch):
    section = EmbedSection(model=make_model(), max_tokens=64, threads=1)
    opened = open_onnx_encoder(section, tmp_path)
    (expected,) = await opened.encode(["a gate of fish"])
    opened.close()
    run = opening.OnnxSession.run
    monkeypatch.setattr(opening, "examined", lambda *_: PASSES)
    monkeypatch.setattr(opening.OnnxSession, "run", lambda *given: run(*given) * np.nan)
    broken = open_onnx_encoder(section, tmp_path)
    (mended,) = await broken.encode(["a gate of fish"])
    broken.close()
    assert mended.mended
    assert np.abs(mended.vector - expected.vector).max() <= 1e-5


def test_weights_cut_short_stop_the_start(make_model, tmp_path):
    folder = make_model()
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MODEL: .*cut short"):
        open_onnx_encoder(EmbedSection(model=folder, max_tokens=64), tmp_path)


def test_more_tokens_than_the_published_model_has_positions_for_stop_the_start(
    tmp_path, monkeypatch
):
    monkeypatch.delattr(opening, "build")
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MAX_TOKENS: 513 tokens.*512"):
        open_onnx_encoder(EmbedSection(max_tokens=513), tmp_path)


def test_the_fake_is_opened_where_it_is_asked_for():
    settings = EmbedSettings(embed=EmbedSection(encoder="fake", max_tokens=99))
    assert open_encoder(settings).card.model == "fake"


def test_the_settings_say_which_model_is_opened(make_model, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADRACE_CACHE_DIR", str(tmp_path))
    section = EmbedSection(model=make_model("mine"), max_tokens=32)
    opened = open_encoder(EmbedSettings(embed=section))
    opened.close()
    assert (opened.card.model, opened.card.max_tokens) == ("mine", 32)
    assert (tmp_path / "models" / opened.card.model_revision / "model.onnx").exists()


def test_a_missing_onnx_runtime_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    for module in ("session", "opening", "onnx_encoder"):
        monkeypatch.delitem(sys.modules, f"services.embed.{module}")
    with pytest.raises(BadSetting, match=r"onnx needs onnxruntime.*'headrace\[cpu\]'"):
        open_encoder(EmbedSettings())
