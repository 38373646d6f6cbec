"""One invented paper as its authors wrote it, and as sites show it: it has one wording id."""

from __future__ import annotations

from services.common.identity import wording_id

TITLE = r"Tides at 1920$\times$1080: \textit{DriftSeed} for Mangroves"
ABSTRACT = (
    r"We present \textbf{DriftSeed}, a model of how tides carry mangrove seeds over $10^3$ "
    r"kilometres. On 14 coasts it predicts landings within $\pm 5$ km, $2\times$ better than "
    r"earlier models, and its errors grow as $O(\log n)$ in the number of seeds $n$. Seeds of "
    r"Rhizophora drift for up to 90 days, those of Avicennia for 30; we show that this alone "
    r"explains which of them settle on islands. Code and data are at "
    r"https://github.com/example/driftseed."
)

SITE_TITLE = "Tides at 1920times1080: DriftSeed for Mangroves"
SITE_ABSTRACT = (
    "We present DriftSeed, a model of how tides carry mangrove seeds over 10^3 kilometres. On 14 "
    "coasts it predicts landings within pm 5 km, 2times better than earlier models, and its errors "
    "grow as O(log n) in the number of seeds n. Seeds of Rhizophora drift for up to 90 days, those "
    "of Avicennia for 30; we show that this alone explains which of them settle on islands. Code "
    "and data are at https://github.com/example/driftseed."
)
"""Without ``$``, braces and backslashes, as Hugging Face shows it."""

ARXIV_ABSTRACT = ABSTRACT.replace("https://github.com/example/driftseed", "this https URL")
"""As an arXiv page shows it: TeX stays, an address is a link with these words."""

WORDING_ID = wording_id(TITLE, ABSTRACT)
