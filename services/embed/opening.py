"""A model opened: found, built where the cache has none, and held to its references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.common.errors import BadSetting
from services.common.topics import MIB
from services.embed.artefact import Artefact, folder_of, read_artefact, write_artefact
from services.embed.building import Built, Tell, build, gate_limit, untold
from services.embed.device_session import DeviceSession
from services.embed.graph import Operators, options
from services.embed.manifest import Manifest, digest_of, versions
from services.embed.model import Model, Sources, find_model, revision, sources
from services.embed.parity import Parity, gate, measure, texts, texts_digest
from services.embed.providers import device_of
from services.embed.recipe import Precision, Recipe, read_recipe
from services.embed.references import References, read_references
from services.embed.session import RUNTIME_VERSION, Device, OnnxSession
from services.embed.settings import EmbedSection
from services.embed.tokenizer import Tokenizer
from services.embed.vector import TokenIds

Session = OnnxSession | DeviceSession


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that the settings name, and what it would be in the cache."""

    model: Model
    recipe: Recipe
    sources: Sources
    device: Device
    operators: Operators
    revision: str


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A model whose session passed the gate."""

    choice: Choice
    session: Session
    artefact: Artefact
    parity: Parity
    built: bool


def chosen(section: EmbedSection, operators: Operators | None = None) -> Choice:
    """Find the model that the settings name, and read its files for their digests.

    Args:
        section: which model, in which precision, on which device.
        operators: of its graph; those that suit the device where absent.

    Raises:
        BadSetting: no usable model, or a setting that does not fit it.
        Fatal: the device cannot be used.
    """
    device = device_of(section.device)
    model = find_model(section.model)
    recipe = read_recipe(
        model.folder,
        model.architecture,
        precision=precision_on(device, section.precision),
        prompt=section.prompt,
        dimensions=section.dimensions,
    )
    files = sources(model)
    operators = operators or ("plain" if device == "cpu" else "fused")
    digest = revision(model, files, recipe, options(recipe.precision, operators))
    return Choice(model, recipe, files, device, operators, digest)


def precision_on(device: Device, asked: Literal["auto", "fp32", "fp16", "int8"]) -> Precision:
    """Give the precision to compute in.

    Raises:
        BadSetting: the device does not compute in it.
    """
    if asked == "auto":
        return "fp32" if device == "cpu" else "fp16"
    if asked == "int8" and device != "cpu":
        raise BadSetting(f"HEADRACE_EMBED__PRECISION: int8 is for the CPU, not for {device}")
    return asked


def open_model(
    choice: Choice,
    section: EmbedSection,
    cache: Path,
    *,
    tell: Tell = untold,
    anew: bool = False,
) -> Opened:
    """Open the chosen model; the first time it is built, which takes seconds.

    Args:
        choice: of the settings.
        section: of embed's settings, the ones that it was chosen by.
        cache: folder of the artefacts.
        tell: hears of each step that takes a while.
        anew: build also what the cache has.

    Raises:
        BadSetting: the weights or the tokenizer cannot be used, or the cache not be written.
        Fatal: ONNX Runtime cannot run it, the artefact is damaged, or it failed the gate, in which
            case nothing is written.
    """
    folder = folder_of(cache, choice.revision)
    artefact = None if anew else read_artefact(folder, gate=texts_digest())
    if artefact is not None:
        session = opened(choice, section, artefact.graph)
        parity = examined(choice, session, read_references(artefact.references), tell)
        gate(parity, choice.recipe.precision)
        return Opened(choice, session, artefact, parity, built=False)
    built = build(choice.model, choice.recipe, choice.operators, tell)
    tell("opening the graph")
    session = opened(choice, section, built.graph)
    parity = examined(choice, session, built.references, tell)
    gate(parity, choice.recipe.precision)
    kept = built.references.to_bytes()
    manifest = _manifest(choice, built, kept, parity)
    write_artefact(folder, manifest, graph=built.graph, references=kept)
    return Opened(choice, session, Artefact(folder, manifest), parity, built=True)


def opened(choice: Choice, section: EmbedSection, graph: Path | bytes) -> Session:
    """Open a graph of the chosen model on its device.

    Raises:
        Fatal: ONNX Runtime cannot run it.
    """
    if choice.operators == "plain":
        return OnnxSession(graph)
    return DeviceSession(
        graph,
        choice.device,
        budget=section.batch_tokens,
        memory_bytes=section.gpu_memory_mib * MIB,
    )


def examined(choice: Choice, session: Session, references: References, tell: Tell) -> Parity:
    """Compare the session and the tokenizer, as they serve, with the references."""
    tell(f"comparing {len(references.ids)} texts with their references")
    tokenizer = Tokenizer(
        choice.model.tokenizer_file,
        choice.model.architecture,
        max_tokens=gate_limit(choice.model),
        prompt=choice.recipe.prompt,
    )
    ids: Sequence[TokenIds] = [tokenizer.tokens(text).ids for text in texts()]
    return measure(session.vectors(ids), ids, references)


def _manifest(choice: Choice, built: Built, references: bytes, parity: Parity) -> Manifest:
    architecture = choice.model.architecture
    return Manifest(
        model=choice.model.name,
        revision=choice.revision,
        recipe=choice.recipe,
        hidden_size=architecture.hidden_size,
        positions=architecture.max_position_embeddings,
        options=options(choice.recipe.precision, choice.operators),
        weights=choice.sources.weights,
        tokenizer=choice.sources.tokenizer,
        graph=digest_of(built.graph),
        graph_bytes=len(built.graph),
        references=digest_of(references),
        gate=texts_digest(),
        channels_apart=sum(map(len, (built.channels or {}).values())),
        parity=parity,
        built_with={**versions(), "onnxruntime": RUNTIME_VERSION},
    )
