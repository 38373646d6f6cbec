"""``headrace model``: build the graph that embed runs, and check one that is built."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer

from services.cli import model_compare
from services.cli.console import err, out, show_json, table
from services.cli.options import AsJson, StateDir
from services.common.errors import BadSetting
from services.common.settings import cache_dir, load
from services.embed.encoder import installed
from services.embed.settings import EmbedSection, EmbedSettings

if TYPE_CHECKING:
    from services.embed.artefact import Artefact
    from services.embed.building import Tell
    from services.embed.parity import Parity

NAMED = "default for the installed one, a folder or a package; @int8 and the like behind it."

group = typer.Typer(no_args_is_help=True, help="Build the model that embed runs, and check it.")

ModelPlace = Annotated[
    Path | None,
    typer.Option(
        "--model",
        help="Folder with config.json, tokenizer.json and model.safetensors, or the name of an "
        "installed package that holds one.",
        show_default="HEADRACE_EMBED__MODEL, or the installed all-MiniLM-L6-v2",
    ),
]
Precision = Annotated[
    Literal["fp32", "fp16", "int8"] | None,
    typer.Option(
        help="Of weights and computation.",
        show_default="HEADRACE_EMBED__PRECISION, or fp32; fp16 on a GPU",
    ),
]
Prompt = Annotated[
    str | None,
    typer.Option(
        help="Put before each text, as 'passage: '; '' for none.",
        show_default="HEADRACE_EMBED__PROMPT, or the model's own",
    ),
]
Dimensions = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Leading dimensions to keep, scaled to length 1 again; 0 for all.",
        show_default="HEADRACE_EMBED__DIMENSIONS, or all",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="model")


@group.command()
def build(
    *,
    precision: Precision = None,
    model: ModelPlace = None,
    prompt: Prompt = None,
    dimensions: Dimensions = None,
    anew: Annotated[bool, typer.Option("--anew", help="Build also what is built.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build a model's ONNX graph from its weights, hold it to the gate, and keep it in the cache.

    Embed does the same at its first start; built before, it starts in two seconds. The graph holds
    pooling and normalisation. It is kept under its revision: a digest of weights, tokenizer, sizes,
    precision, pooling, prompt and dimensions, which each record carries as `model_revision`.

    Supported are sentence encoders of the BERT architecture: MiniLM, BGE, E5, GTE. fp32 is exact.
    int8 is twice as fast on the CPU, with cosines of .998 and more. fp16 is for GPUs.

    A graph that fails the gate is not kept, and the command exits with 78 and the figures.

    ```
    headrace model build
    headrace model build --precision int8
    headrace model build --model ./e5-small-v2 --prompt 'passage: ' --json | jq .parity
    ```
    """
    section = _section(precision, model, prompt, dimensions)
    with installed():
        from services.embed.opening import chosen, open_model  # noqa: PLC0415
    with _spinner() as tell:
        choice = chosen(section)
        opened = open_model(choice, section, cache_dir(), tell=tell, anew=anew)
    if as_json:
        show_json({"built": opened.built, **_as_json(opened.artefact, opened.parity)})
        return
    _show(opened.artefact, opened.parity)
    err.print("Built." if opened.built else "It was built before, and passes its gate.")


@group.command()
def verify(
    *,
    precision: Precision = None,
    model: ModelPlace = None,
    prompt: Prompt = None,
    dimensions: Dimensions = None,
    as_json: AsJson = False,
) -> None:
    """Repeat the gate on a model that is built, with references computed anew from its weights.

    Each start of embed compares the graph with references that were kept when it was built. Here
    they are computed again, in numpy and float64, from the model's own files; the digests of graph
    and references are checked too. Exits with 1 where anything differs, and says what.

    ```
    headrace model verify
    headrace model verify --precision int8 --json | jq '{passes, wrong}'
    ```
    """
    section = _section(precision, model, prompt, dimensions)
    with installed():
        from services.embed.verifying import verify as verdict_on  # noqa: PLC0415
    with _spinner() as tell:
        found = verdict_on(section, cache_dir(), tell)
    passes = not found.wrong
    if as_json:
        head = {"passes": passes, "wrong": found.wrong, "provider": found.provider}
        show_json({**head, **_as_json(found.artefact, found.parity)})
    else:
        _show(found.artefact, found.parity)
        for phrase in found.wrong:
            err.print(f"Wrong: {phrase}", style="red", markup=False, highlight=False)
        err.print("It passes." if passes else "It does not pass: `headrace model build --anew`.")
    if not passes:
        raise typer.Exit(1)


@group.command()
def compare(
    left: Annotated[str, typer.Argument(metavar="A", help=NAMED, show_default=False)],
    right: Annotated[str, typer.Argument(metavar="B", help="Likewise.", show_default=False)],
    *,
    papers: Annotated[
        int,
        typer.Option(min=0, help="Papers of `unique` to embed; 0 for the gate's own 68 texts."),
    ] = 0,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Show how far two models agree on the same texts.

    Two models never share a topic, however near their vectors are: give the second a label
    (`headrace run embed --label`). What this tells is how much a switch changes: overlap@10 is the
    share of each text's ten nearest neighbours that stay among the ten nearest.

    ```
    headrace model compare default default@int8
    headrace model compare default models/e5-small --papers 2000 --json
    ```
    """
    settings = _section(None, None, None, None)
    sections = [model_compare.section_of(each, settings) for each in (left, right)]
    with installed():
        from services.embed.comparing import compare as compared  # noqa: PLC0415
        from services.embed.parity import texts  # noqa: PLC0415
    wanted = asyncio.run(model_compare.papers(papers, state)) if papers else texts()
    with _spinner() as tell:
        found = compared(sections[0], sections[1], wanted, cache_dir(), tell)
    if as_json:
        show_json({"same": found.is_same, **dataclasses.asdict(found)})
    else:
        model_compare.show(found)


def _section(
    precision: str | None, model: Path | None, prompt: str | None, dimensions: int | None
) -> EmbedSection:
    """Give embed's settings, with what the command line says in their place.

    Raises:
        BadSetting: a setting is wrong.
    """
    settings = load(EmbedSettings).embed
    if settings.encoder != "onnx":
        raise BadSetting("HEADRACE_EMBED__ENCODER: only onnx has a model to be built: unset it")
    given = {
        "precision": precision,
        "model": model,
        "prompt": prompt,
        "dimensions": dimensions,
    }
    return settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )


@contextmanager
def _spinner() -> Iterator[Tell]:
    """Show on standard error what is being done."""
    with err.status("reading the model's files") as status:
        yield status.update


def _as_json(artefact: Artefact, parity: Parity) -> dict[str, Any]:
    return {
        "folder": str(artefact.folder),
        **msgspec.structs.asdict(artefact.manifest),
        "parity": parity,
    }


def _show(artefact: Artefact, parity: Parity) -> None:
    manifest = artefact.manifest
    recipe = manifest.recipe
    size = f"{recipe.dimensions} of {manifest.hidden_size}"
    rows = (
        ("model", manifest.model),
        ("revision", manifest.revision),
        ("precision", recipe.precision),
        ("pooling", recipe.pooling),
        ("prompt", repr(recipe.prompt)),
        ("dimensions", size),
        ("most tokens", manifest.positions),
        ("min cosine", f"{parity.min_cosine:.7f} on {parity.texts} texts"),
        ("overlap@10", f"{parity.overlap:.4f}"),
        ("other token ids", parity.other_ids),
        ("folder", artefact.folder),
    )
    out.print(table("", "", rows=rows))
