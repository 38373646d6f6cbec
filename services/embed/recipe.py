"""What is computed around a model's weights: all of it changes the vectors, so it is in the digest.

What the model's publisher says is read from the files that sentence-transformers writes; a setting
may choose another prompt and fewer dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from services.common.errors import BadSetting
from services.embed.architecture import VARIABLE, Architecture, read_json, unsupported

Precision = Literal["fp32", "fp16", "int8"]
Pooling = Literal["mean", "cls"]

POOLING_FILE = Path("1_Pooling") / "config.json"
MODULES_FILE = Path("modules.json")
PROMPTS_FILE = Path("config_sentence_transformers.json")

# A boolean for each mode, as published until version 5 of sentence-transformers.
MODES = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
}
MODULES = ("Transformer", "Pooling", "Normalize")
DOCUMENT_PROMPTS = ("document", "passage", "corpus")
"""The names under which a model keeps the prompt for what is searched in, the usual one first."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How token ids become a vector.

    ``pooling`` takes the mean over the tokens or the first token ([CLS]); ``prompt`` is put before
    each text; ``dimensions`` are the first ones of the pooled vector, scaled to length 1 again.
    """

    precision: Precision
    pooling: Pooling
    prompt: str
    dimensions: int


def read_recipe(
    folder: Path,
    architecture: Architecture,
    *,
    precision: Precision = "fp32",
    prompt: str | None = None,
    dimensions: int = 0,
) -> Recipe:
    """Read the recipe of the model in a folder.

    Args:
        folder: of the model.
        architecture: of the encoder in it.
        precision: of weights and computation.
        prompt: in place of the model's own; None takes that, "" takes none.
        dimensions: leading ones to keep; 0 keeps all.

    Raises:
        BadSetting: the model asks for what is not computed here, or has fewer dimensions.
    """
    _refuse_other_modules(folder)
    if dimensions > architecture.hidden_size:
        raise BadSetting(
            f"HEADRACE_EMBED__DIMENSIONS: {dimensions} dimensions, but the model has "
            f"{architecture.hidden_size}: set it to that or less, or to 0 for all"
        )
    config = read_json(folder / POOLING_FILE) if (folder / POOLING_FILE).exists() else {}
    recipe = Recipe(
        precision=precision,
        pooling=_pooling(folder, config),
        prompt=_published_prompt(folder) if prompt is None else prompt,
        dimensions=dimensions or architecture.hidden_size,
    )
    if recipe.prompt and config.get("include_prompt") is False:
        raise unsupported(folder, "a prompt that pooling leaves out", "one that is pooled too")
    return recipe


def _pooling(folder: Path, config: Mapping[str, Any]) -> Pooling:
    """Give the pooling that a pooling file asks for; one that says nothing is taken as mean."""
    modes: Any = config.get("pooling_mode")
    if modes is None:
        modes = [MODES.get(key, key) for key, on in config.items() if _is_mode(key) and on is True]
    chosen = [modes] if isinstance(modes, str) else modes
    if not config:
        chosen = ["mean"]
    if chosen in (["mean"], ["cls"]):
        return cast("Pooling", chosen[0])
    raise unsupported(folder, f"pooling {chosen!r}", "'mean' or 'cls'")


def _is_mode(key: str) -> bool:
    return key.startswith("pooling_mode_")


def _refuse_other_modules(folder: Path) -> None:
    """Refuse a model that computes on after pooling, as a dense layer would.

    Raises:
        BadSetting: names the module.
    """
    path = folder / MODULES_FILE
    if not path.exists():
        return
    try:
        modules = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise BadSetting(f"{VARIABLE}: {path} cannot be read: {error}") from error
    for module in modules:
        kind = str(module.get("type")).rpartition(".")[2]
        if kind not in MODULES:
            raise unsupported(folder, f"a module {kind}", " -> ".join(MODULES))


def _published_prompt(folder: Path) -> str:
    """Give the prompt that the model's publisher sets for documents; "" where there is none."""
    path = folder / PROMPTS_FILE
    config = read_json(path) if path.exists() else {}
    prompts = config.get("prompts") or {}
    names: Sequence[Any] = (*DOCUMENT_PROMPTS, config.get("default_prompt_name"))
    if not isinstance(prompts, dict):
        raise BadSetting(f"{VARIABLE}: {path}: prompts is no object")
    return next((str(prompts[name]) for name in names if prompts.get(name)), "")
