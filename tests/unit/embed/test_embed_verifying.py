"""A built model is checked against its weights, and not against what was kept with it."""

import msgspec
import numpy as np
import pytest

from services.common.errors import BadSetting
from services.embed.artefact import write_artefact
from services.embed.building import untold
from services.embed.manifest import digest_of
from services.embed.opening import chosen, open_model
from services.embed.references import References, read_references
from services.embed.settings import EmbedSection
from services.embed.verifying import verify


def opened_model(section, cache, **options):
    return open_model(chosen(section), section, cache, **options)


@pytest.fixture
def built(make_model, tmp_path):
    section = EmbedSection(model=make_model())
    return section, opened_model(section, tmp_path)


def rewritten(opened, references):
    """Keep other references, with a manifest that names them."""
    content = references.to_bytes()
    manifest = msgspec.structs.replace(opened.artefact.manifest, references=digest_of(content))
    write_artefact(
        opened.artefact.folder,
        manifest,
        graph=opened.artefact.graph.read_bytes(),
        references=content,
    )


def test_what_was_built_passes(built, tmp_path):
    section, opened = built
    found = verify(section, tmp_path, untold)
    assert found.wrong == ()
    assert found.parity == opened.parity
    assert found.provider == "CPUExecutionProvider"


def test_what_is_not_built_says_how_to_build_it(make_model, tmp_path):
    with pytest.raises(BadSetting, match=r"tiny fp32 is not built: .*`headrace model build`"):
        verify(EmbedSection(model=make_model()), tmp_path, untold)


def test_wrong_references_that_agree_with_a_wrong_graph_are_found(make_model, built, tmp_path):
    section, opened = built
    other = opened_model(EmbedSection(model=make_model("other", seed=1)), tmp_path)
    graph = other.artefact.graph.read_bytes()
    references = other.artefact.references.read_bytes()
    manifest = msgspec.structs.replace(
        opened.artefact.manifest, graph=digest_of(graph), references=digest_of(references)
    )
    write_artefact(opened.artefact.folder, manifest, graph=graph, references=references)
    # A start finds nothing: all that it compares agrees.
    assert not opened_model(section, tmp_path).built
    wrong = verify(section, tmp_path, untold).wrong
    assert any(phrase.startswith("min cosine") for phrase in wrong)
    assert any(phrase.startswith("stored references that differ") for phrase in wrong)


def test_references_that_were_changed_are_found(built, tmp_path):
    section, opened = built
    kept = read_references(opened.artefact.references)
    moved = kept.vectors.copy()
    moved[0, 0] += np.float32(1e-5)
    rewritten(opened, References(kept.ids, moved))
    (wrong,) = verify(section, tmp_path, untold).wrong
    assert wrong.startswith("stored references that differ from the weights' by up to 1.0")
    rewritten(opened, References([*kept.ids[:-1], kept.ids[0]], kept.vectors))
    assert verify(section, tmp_path, untold).wrong == (
        "stored token ids that the model's tokenizer does not give",
    )
    rewritten(opened, References(kept.ids, kept.vectors[:, :3].copy()))
    (wrong,) = verify(section, tmp_path, untold).wrong
    assert "instead of (68, 32)" in wrong
