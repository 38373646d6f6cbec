"""What a model's publisher says about its use, and what a setting may change."""

import pytest

from services.common.errors import BadSetting
from services.embed.architecture import read_architecture
from services.embed.recipe import read_recipe
from tests.unit.embed.tiny import recipe

POOLING = "1_Pooling/config.json"
PROMPTS = "config_sentence_transformers.json"
CLS = {"word_embedding_dimension": 32, "pooling_mode_cls_token": True}
TYPES = "sentence_transformers.models."


def modules(*kinds):
    return {
        "modules.json": [
            {"idx": n, "name": str(n), "path": "", "type": TYPES + kind}
            for n, kind in enumerate(kinds)
        ]
    }


@pytest.fixture
def read(make_model):
    def of(files=None, **settings):
        folder = make_model(files=files)
        return read_recipe(folder, read_architecture(folder), **settings)

    return of


def test_a_model_that_says_nothing_has_mean_pooling_and_no_prompt(read):
    assert read() == recipe()


@pytest.mark.parametrize(
    ("config", "pooling"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
        ({"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}, "cls"),
        ({"embedding_dimension": 32, "pooling_mode": "mean", "include_prompt": True}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": ["cls"]}, "cls"),
    ],
)
def test_pooling_is_the_publishers_in_either_form(read, config, pooling):
    assert read({POOLING: config}).pooling == pooling


@pytest.mark.parametrize(
    "config",
    [
        {"pooling_mode_max_tokens": True},
        {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
        {"pooling_mode_mean_tokens": False},
        {"pooling_mode": "lasttoken"},
        {"pooling_mode": ["mean", "cls"]},
        {"pooling_mode": 3},
    ],
)
def test_another_pooling_is_refused(read, config):
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MODEL: .*pooling .*'mean' or 'cls'"):
        read({POOLING: config})


def test_the_usual_modules_are_taken(read):
    assert read(modules("Transformer", "Pooling", "Normalize")) == recipe()


def test_a_module_after_pooling_is_refused_by_name(read):
    with pytest.raises(BadSetting, match=r"a module Dense, and only Transformer -> Pooling"):
        read(modules("Transformer", "Pooling", "Dense", "Normalize"))


@pytest.mark.parametrize(
    ("config", "prompt"),
    [
        ({}, ""),
        ({"prompts": None}, ""),
        ({"prompts": {"query": "query: ", "passage": "passage: "}}, "passage: "),
        ({"prompts": {"passage": "p: ", "document": "d: "}}, "d: "),
        ({"prompts": {"query": "query: ", "document": ""}}, ""),
        ({"prompts": {"any": "any: "}, "default_prompt_name": "any"}, "any: "),
    ],
)
def test_the_prompt_is_the_publishers_for_documents(read, config, prompt):
    assert read({PROMPTS: config}).prompt == prompt


@pytest.mark.parametrize("prompt", ["", "passage: "])
def test_a_setting_chooses_another_prompt_or_none(read, prompt):
    assert read({PROMPTS: {"prompts": {"document": "d: "}}}, prompt=prompt).prompt == prompt


def test_a_prompt_that_pooling_leaves_out_is_refused(read):
    files = {POOLING: {"pooling_mode_mean_tokens": True, "include_prompt": False}}
    with pytest.raises(BadSetting, match="a prompt that pooling leaves out"):
        read(files, prompt="Represent this: ")


@pytest.mark.parametrize("name", [POOLING, PROMPTS])
def test_a_file_that_is_no_object_is_named(read, name):
    with pytest.raises(BadSetting, match=f"HEADRACE_EMBED__MODEL: .*{name} cannot be read"):
        read({name: [1]})


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("modules.json", {"a": 1}, r"modules\.json cannot be read"),
        (PROMPTS, {"prompts": ["query: "]}, "prompts is no object"),
    ],
)
def test_a_file_of_another_form_is_named(read, name, content, told):
    with pytest.raises(BadSetting, match=told):
        read({name: content})


def test_dimensions_are_all_or_as_many_as_asked_for(read):
    assert read(dimensions=8).dimensions == 8


def test_more_dimensions_than_the_model_has_are_refused(read):
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__DIMENSIONS: 33 dimensions.*has 32"):
        read(dimensions=33)
