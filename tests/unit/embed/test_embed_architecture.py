"""Which models are read, and how one that is not is refused."""

import pytest

from services.common.errors import BadSetting
from services.embed.architecture import read_architecture


def test_sizes_are_those_of_the_config(make_model):
    architecture = read_architecture(make_model())
    assert (architecture.hidden_size, architecture.num_hidden_layers) == (32, 2)
    assert architecture.head_size == 8


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_type", "roberta"),
        ("hidden_act", "relu"),
        ("position_embedding_type", "relative_key"),
        ("is_decoder", True),
    ],
)
def test_another_architecture_is_refused_by_name(make_model, name, value):
    with pytest.raises(BadSetting, match=f"HEADRACE_EMBED__MODEL: .*{name} {value!r}; only"):
        read_architecture(make_model(**{name: value}))


def test_heads_that_do_not_divide_the_channels_are_refused(make_model):
    with pytest.raises(BadSetting, match="no multiple of num_attention_heads 5"):
        read_architecture(make_model(num_attention_heads=5))


def test_a_size_that_is_no_number_is_refused_by_its_path(make_model):
    with pytest.raises(BadSetting, match=r"no BERT config.*\$\.hidden_size"):
        read_architecture(make_model(hidden_size="wide"))


def test_a_config_that_is_no_json_is_refused(make_model):
    folder = make_model()
    (folder / "config.json").write_text("{")
    with pytest.raises(BadSetting, match=r"config\.json cannot be read"):
        read_architecture(folder)


@pytest.mark.parametrize("mode", ["cls_token", "max_tokens"])
def test_another_pooling_is_refused(make_model, mode):
    folder = make_model()
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(f'{{"pooling_mode_{mode}": true}}')
    with pytest.raises(BadSetting, match=f"has pooling_mode_{mode}; only pooling_mode_mean_tokens"):
        read_architecture(folder)


def test_mean_pooling_is_taken(make_model):
    folder = make_model()
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        '{"word_embedding_dimension": 32, "pooling_mode_mean_tokens": true,'
        ' "pooling_mode_cls_token": false}'
    )
    assert read_architecture(folder).hidden_size == 32
