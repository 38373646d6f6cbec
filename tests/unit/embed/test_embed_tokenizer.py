"""Token ids, and where a text is cut."""

import numpy as np
import pytest

from services.common.errors import BadSetting
from services.embed.architecture import read_architecture
from services.embed.tokenizer import Tokenizer, whole_ids


def open_tokenizer(folder, max_tokens=16, prompt=""):
    path = folder / "tokenizer.json"
    return Tokenizer(path, read_architecture(folder), max_tokens=max_tokens, prompt=prompt)


def test_a_short_text_is_not_padded(make_model):
    tokens = open_tokenizer(make_model()).tokens("fish")
    assert tokens.ids.tolist() == [2, 30, 3]
    assert tokens.ids.dtype == np.int32
    assert not tokens.truncated


def test_the_limit_is_ours_and_not_the_files(make_model):
    tokens = open_tokenizer(make_model()).tokens("fish " * 14)
    assert tokens.ids.tolist() == [2, *[30] * 14, 3]
    assert not tokens.truncated


def test_a_text_over_the_limit_is_cut_and_says_so(make_model):
    tokens = open_tokenizer(make_model()).tokens("fish " * 15)
    assert tokens.ids.tolist() == [2, *[30] * 14, 3]
    assert tokens.truncated


def test_no_text_at_all_is_the_two_special_tokens(make_model):
    assert open_tokenizer(make_model()).tokens("").ids.tolist() == [2, 3]


def test_a_limit_at_the_models_positions_is_taken(make_model):
    assert open_tokenizer(make_model(), max_tokens=64).tokens("fish " * 99).ids.size == 64


def test_a_limit_beyond_the_models_positions_is_refused(make_model):
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MAX_TOKENS: 65 tokens.*64"):
        open_tokenizer(make_model(), max_tokens=65)


def test_more_tokens_than_the_weights_know_are_refused(make_model):
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MODEL: .*33 tokens, the weights 20"):
        open_tokenizer(make_model(vocab_size=20))


def test_a_tokenizer_that_is_no_json_is_refused(make_model):
    folder = make_model()
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(
        BadSetting, match=r"HEADRACE_EMBED__MODEL: .*tokenizer\.json cannot be read"
    ):
        open_tokenizer(folder)


def test_a_prompt_comes_before_each_text_and_counts(make_model):
    made = open_tokenizer(make_model(), max_tokens=5, prompt="gate ")
    assert made.tokens("fish").ids.tolist() == [2, 31, 30, 3]
    assert made.tokens("fish fish fish").ids.tolist() == [2, 31, 30, 30, 3]
    assert made.tokens("fish fish fish").truncated


def test_whole_ids_are_neither_cut_nor_padded(make_model):
    path = make_model() / "tokenizer.json"
    (short, long) = whole_ids(path, ["fish", "fish " * 99])
    assert short.tolist() == [2, 30, 3]
    assert long.tolist() == [2, *[30] * 99, 3]
