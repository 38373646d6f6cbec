"""The identifiers that fields name."""

from __future__ import annotations

import pytest

from services.ingest.identifiers import arxiv_id, doi, identifiers


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("2604.20893", "2604.20893"),
        ("arXiv:2604.20893v3", "2604.20893"),
        (" oai:arXiv.org:2508.13426v1 ", "2508.13426"),
        ("0704.0001", "0704.0001"),
        ("astro-ph/0701001", "astro-ph/0701001"),
        ("math.AG/0601001v2", "math/0601001"),
        ("http://arxiv.org/abs/2604.20893v1", "2604.20893"),
        ("https://arxiv.org/pdf/2604.20893.pdf", "2604.20893"),
        ("https://arxiv.org/abs/math.AG/0601001", "math/0601001"),
        ("https://huggingface.co/papers/2604.20893", "2604.20893"),
        ("2613.20893", None),
        ("12604.20893", None),
        ("https://example.org/2604.20893", None),
        ("https://arxiv.org/abs/2604.208931234", None),
        ("Follow-up to arXiv:2604.20893", None),
        ("", None),
    ],
)
def test_an_arxiv_id_is_without_its_version(field: str, found: str | None) -> None:
    assert arxiv_id(field) == found


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("https://doi.org/10.1234/Ab.C-1", "10.1234/ab.c-1"),
        ("doi:10.1234/abc).", "10.1234/abc"),
        ("https://doi.org/10.1234%2Fabc", "10.1234/abc"),
        ("10.12/abc", None),
        ("version 10.1234", None),
    ],
)
def test_a_doi_is_in_lower_case_and_without_the_end_of_a_sentence(
    field: str, found: str | None
) -> None:
    assert doi(field) == found


def test_the_first_of_each_kind_counts_and_arxivs_own_doi_is_none() -> None:
    assert identifiers(None, "https://doi.org/10.48550/arXiv.2604.20893", "10.1234/X") == (
        "2604.20893",
        "10.1234/x",
    )
    assert identifiers("", None) == (None, None)
