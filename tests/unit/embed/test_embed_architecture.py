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
    with pytest.raises(BadSetting, match=f"HEADRACE_EMBED__MODEL: .*{name} {value!r}, and"):
        read_architecture(make_model(**{name: value}))


@pytest.mark.parametrize("kind", ["mpnet", "xlm-roberta", "new", "modernbert", "t5"])
def test_a_refusal_names_what_is_supported(make_model, kind):
    with pytest.raises(BadSetting, match=r"MiniLM, BGE, E5 and GTE \(not multilingual E5"):
        read_architecture(make_model(model_type=kind))


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
