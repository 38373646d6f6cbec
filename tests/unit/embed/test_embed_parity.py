"""The gate lets only faithful vectors pass."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.errors import ExitStatus, Fatal
from services.embed.model import find_model
from services.embed.parity import Parity, failures, gate, measure, overlap, texts, texts_digest
from services.embed.quantisation import texts as calibration_texts
from services.embed.references import References
from services.embed.tokenizer import whole_ids

FAITHFUL = Parity(
    texts=9, min_cosine=1.0, mean_cosine=1.0, max_difference=0.0, overlap=1.0, other_ids=0
)
IDS = [np.array([2, 3], np.int32), np.array([2, 5, 3], np.int32)]
VECTORS = np.array([[1, 0], [0, 1]], np.float32)


def random_vectors(seed, rows=40):
    vectors = np.random.default_rng(seed).standard_normal((rows, 16))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_equal_vectors_pass_in_every_precision():
    parity = measure(list(VECTORS), IDS, References(IDS, VECTORS))
    assert parity == msgspec.structs.replace(FAITHFUL, texts=2)
    for precision in ("fp32", "fp16", "int8"):
        gate(parity, precision)


def test_the_worst_text_and_the_worst_value_count():
    got = [VECTORS[0], np.array([0.6, 0.8], np.float32)]
    parity = measure(got, IDS, References(IDS, VECTORS))
    assert parity.min_cosine == pytest.approx(0.8)
    assert parity.mean_cosine == pytest.approx(0.9)
    assert parity.max_difference == pytest.approx(0.6)


def test_texts_that_the_tokenizer_splits_otherwise_are_counted():
    others = [IDS[0], np.array([2, 6, 3], np.int32)]
    assert measure(list(VECTORS), others, References(IDS, VECTORS)).other_ids == 1


@pytest.mark.parametrize(
    ("precision", "changes", "told"),
    [
        ("fp32", {"min_cosine": 0.99998}, "min cosine 0.9999800 (at least 0.99999)"),
        ("fp32", {"max_difference": 1.1e-5}, "max difference 1.10e-05 (at most 1e-05)"),
        ("fp32", {"min_cosine": float("nan")}, "min cosine nan"),
        ("fp32", {"max_difference": float("nan")}, "max difference nan"),
        ("fp32", {"other_ids": 1}, "1 texts with other token ids"),
        ("fp16", {"min_cosine": 0.99989}, "min cosine 0.9998900 (at least 0.9999)"),
        ("fp16", {"min_cosine": float("nan")}, "min cosine nan"),
        ("int8", {"min_cosine": 0.9979}, "min cosine 0.9979000 (at least 0.998)"),
        ("int8", {"overlap": 0.949}, "overlap@10 0.9490 (at least 0.95)"),
        ("int8", {"overlap": float("nan")}, "overlap@10 nan"),
        ("int8", {"other_ids": 2}, "2 texts with other token ids"),
    ],
)
def test_a_gate_that_fails_ends_the_start_with_the_figures(precision, changes, told):
    with pytest.raises(Fatal) as caught:
        gate(msgspec.structs.replace(FAITHFUL, **changes), precision)
    assert caught.value.status == ExitStatus.CONFIGURATION
    assert f"the {precision} model failed its parity gate on 9 texts" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("precision", "changes"),
    [
        ("fp32", {"min_cosine": 0.99999, "max_difference": 1e-5, "overlap": 0.5}),
        ("fp16", {"min_cosine": 0.9999, "max_difference": 0.01, "overlap": 0.5}),
        ("int8", {"min_cosine": 0.998, "max_difference": 0.1, "overlap": 0.95}),
    ],
)
def test_at_its_thresholds_a_model_passes(precision, changes):
    assert list(failures(msgspec.structs.replace(FAITHFUL, **changes), precision)) == []


def test_each_of_several_faults_is_told():
    parity = msgspec.structs.replace(FAITHFUL, min_cosine=0.9, overlap=0.1, other_ids=1)
    assert len(list(failures(parity, "int8"))) == 3


def test_overlap_is_one_for_the_same_neighbours_and_falls_as_they_change():
    expected = random_vectors(0)
    assert overlap(expected.copy(), expected) == 1
    noisy = expected + 0.05 * random_vectors(1)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    assert 0.8 < overlap(noisy, expected) < 1
    # Of 39 others 10 are chosen: by chance a quarter of them are right.
    assert overlap(random_vectors(2), expected) == pytest.approx(10 / 39, abs=0.08)


def test_overlap_counts_ten_of_the_others_and_never_the_text_itself():
    axes = np.eye(12)[np.arange(12)]
    expected = axes + 0.5 * np.eye(12)[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0]]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    # Each has two near ones and nine that are equally far: any of those will do.
    assert overlap(expected[:, ::-1].copy(), expected) == 1


@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_texts_that_are_the_same_to_the_reference_may_change_places(seed, rows):
    expected = random_vectors(seed, rows)
    twice = np.concatenate([expected, expected])
    swapped = np.concatenate([expected[::-1], expected[::-1]])[::-1].copy()
    assert overlap(swapped, twice) == 1


def test_the_gates_texts_hold_what_listings_hold():
    everything = texts()
    assert "" in everything
    assert any("$" in text for text in everything)
    assert any(ord(letter) > 0xFFFF for text in everything for letter in text)
    assert len(set(everything)) == len(everything) >= 60
    assert len(everything[-1]) > 4 * max(len(text) for text in everything[:-1])


def test_the_gates_texts_are_of_all_lengths():
    model = find_model(None)
    lengths = sorted(ids.size for ids in whole_ids(model.tokenizer_file, texts()))
    assert lengths[0] == 2
    assert lengths[1] == 3
    assert lengths[-1] > 2_000
    for least, most in ((4, 30), (40, 80), (80, 128), (129, 256), (257, 384), (385, 520)):
        assert any(least <= length <= most for length in lengths), (least, most, lengths)


def test_no_text_that_chooses_channels_is_of_the_gate():
    chosen = calibration_texts()
    assert len(set(chosen)) == len(chosen) == 24
    assert not set(chosen) & set(texts())


def test_the_digest_is_of_all_texts():
    assert len(texts_digest()) == 64
    assert texts_digest() == texts_digest()
