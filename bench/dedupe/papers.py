"""Invented papers that differ as real ones do: fields, sentence templates and names.

A title and an abstract are drawn from a grammar. A slot like ``{thing}`` takes one of the words of
the paper's field, ``{name}`` a made-up name, ``{count}`` a number. Two papers of one field share
templates and words, so that their texts have a little in common, as those of real papers have.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_FIELDS = {
    "coasts": (
        "mangroves|kelp|tides|seagrass|oysters|dunes|reefs|estuaries|barnacles|salt marshes",
        "drift|grazing|sediment|salinity|storm damage|recruitment|wave height|warming",
        "satellite images|tagged seeds|current models|core samples|aerial surveys|buoys",
    ),
    "compilers": (
        "loop nests|fences|register files|garbage collectors|type checkers|inliners|caches|parsers",
        "latency|code size|compile time|aliasing|memory order|branch misses|spilling",
        "bounded proofs|random programs|profiles|rewriting rules|abstract interpretation|traces",
    ),
    "health": (
        "infants|nurses|night shifts|vaccines|asthma|hip fractures|clinics|sleep|diets|migraines",
        "adherence|mortality|fatigue|dosage|relapse|waiting time|screening|recovery",
        "cohort records|interviews|a blinded trial|wearable sensors|insurance claims|registries",
    ),
    "language": (
        "dialects|subtitles|court transcripts|riddles|glossaries|loan words|sermons|lullabies",
        "ambiguity|word order|code switching|politeness|stress|spelling|reading time|translation",
        "annotated corpora|sequence models|eye tracking|crowd judgements|alignments|parsing",
    ),
    "materials": (
        "perovskites|alloys|gels|aerogels|thin films|ceramics|fibres|glass|membranes|foams",
        "fatigue|porosity|band gaps|creep|diffusion|hardness|ageing|conductivity",
        "neutron scattering|indentation|density functionals|annealing|tomography|ball milling",
    ),
    "networks": (
        "routers|satellites|sensor swarms|data centres|bicycles|power grids|buses|markets",
        "congestion|jitter|outages|fairness|queueing|prices|failover|throughput",
        "packet captures|auctions|simulation|linear programs|field trials|gossip protocols",
    ),
    "learning": (
        "graph models|speech encoders|policies|embeddings|diffusion models|tokenizers|agents",
        "forgetting|calibration|label noise|reward hacking|scaling|drift|robustness|sparsity",
        "distillation|contrastive losses|curricula|pruning|self play|human feedback|probes",
    ),
    "stars": (
        "quasars|dwarf galaxies|pulsars|exoplanets|comets|gas clouds|binaries|supernovae",
        "spin|dust|metallicity|lensing|tidal heating|variability|ejection|redshift",
        "radio surveys|light curves|spectra|archival plates|zoom simulations|interferometry",
    ),
}

_TITLES = (
    "How {quality} Shapes {thing} in {place}",
    "{name}: {method} for {quality} of {thing}",
    "On the {quality} of {thing} under {other} and {aspect}",
    "Does {quality} Explain {other} in {thing}? Evidence from {method}",
    "{method} Reveal {quality} in {adjective} {thing}",
    "{adjective} {thing} and the Limits of {method} in {place}",
    "Learning {quality} of {thing} with {name} and {method}",
    "A {adjective} Account of {quality} in {thing} near {place}",
    "Why {thing} of {place} Resist {quality}: {method} and {aspect}",
    "Towards {adjective} {method} for {thing} with {other}",
)

_SENTENCES = (
    (
        "We study how {quality} changes {thing} in {place}, where {other} has been "
        "recorded since {year}."
    ),
    (
        "Little is known about {aspect} of {adjective} {thing}, although {name} "
        "described it in {year}."
    ),
    "Using {method} we follow {count} {thing} over {small} seasons and record their {quality}.",
    "We present {name}, which combines {method} with {adjective} estimates of {other}.",
    (
        "A model with {small} parameters predicts {quality} within {percent} per cent of "
        "what we observed."
    ),
    "In contrast to {name} and co-workers, we find no link between {quality} and {aspect}.",
    "The effect vanishes once {other} is held fixed, and returns when {thing} are {adjective}.",
    "Our {adjective} analysis of {count} cases from {place} separates {quality} from {other}.",
    "Most of the variance, {percent} per cent, is due to {aspect} rather than to {quality}.",
    "This contradicts the {adjective} view that {thing} depend on {other} alone.",
    "We release the {name} collection of {count} {thing}, each described by {small} readers.",
    (
        "Against {small} baselines {name} lowers {quality} by {percent} per cent without "
        "loss of {aspect}."
    ),
    (
        "The cost of {method} grows with {aspect}; we give a bound and show that it is "
        "reached in {place}."
    ),
    (
        "An ablation shows that removing {other} hurts {adjective} {thing} more than it "
        "hurts the rest."
    ),
    "Practitioners in {place} should therefore measure {other} before they rely on {method}.",
    (
        "For {count} of the {thing} the outcome was {adjective}, and for the others "
        "{quality} dominated."
    ),
    "Here {method} fail: they confuse {quality} with {aspect} whenever {thing} are {adjective}.",
    "We prove that no {adjective} procedure can tell {other} from {quality} with {small} samples.",
    (
        "Repeating the work of {year} at {place} gives {percent} per cent less {quality} "
        "than reported."
    ),
    "It remains open whether {name} extends to {adjective} {thing} outside {place}.",
    (
        "Interviews with {small} experts from {place} suggest that {aspect} was "
        "overlooked until {year}."
    ),
    "These findings hold for {small} of {count} sites and are robust to {other}.",
    "With {method} in hand, {aspect} becomes a question that {place} can answer in {small} weeks.",
    "We discuss what {quality} means for {adjective} policy on {thing} and for {name}.",
)

_ADJECTIVES = (
    "sparse|slow|robust|seasonal|noisy|hidden|coarse|early|isolated|uneven|cheap|rare|local|stable|"
    "fragile|mixed|late|dense|joint|partial|causal|remote|shallow|open|quiet|urban|delayed|strict"
)
_ASPECTS = (
    "timing|density|depth|cost|age|contact|scale|supply|memory|shape|order|light|pressure|trust|"
    "distance|growth|loss|feedback|turnover|symmetry|the first winter|the choice of units"
)
_FIRST = "ba|co|di|fe|gu|la|mo|ne|pi|ru|sa|ti|vo|zu|kre|sha|bro|ve"
_SECOND = "ral|men|tix|dor|lune|sper|gan|vek|nim|tol|ster|wick|mar|holt|via|bury"
LEAST_TITLE_WORDS = 5
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote: a title and sentences."""

    title: str
    sentences: tuple[str, ...]

    @property
    def abstract(self) -> str:
        return " ".join(self.sentences)


class Writer:
    """Writes papers without end, no title twice; the same source of chance, the same papers."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._titles: set[str] = set()

    def paper(self, count: int | None = None) -> Written:
        """Give a paper of some field: a title of 5 to 16 words, 5 to 9 sentences.

        With ``count`` it has that many sentences, whose templates come again after all were used.
        """
        slots = self._slots()
        if count is None:
            sentences = self.chance.sample(_SENTENCES, self.chance.randint(5, 9))
        else:
            order = self.chance.sample(_SENTENCES, len(_SENTENCES))
            sentences = [order[place % len(order)] for place in range(count)]
        return Written(
            self._title(slots), tuple(self._sentence(sentence, slots) for sentence in sentences)
        )

    def _title(self, slots: dict[str, list[str]]) -> str:
        title = self._filled(self.chance.choice(_TITLES), slots)
        while title in self._titles or len(set(title.lower().split())) < LEAST_TITLE_WORDS:
            title = self._filled(self.chance.choice(_TITLES), slots)
        self._titles.add(title)
        return " ".join(word[:1].upper() + word[1:] for word in title.split())

    def name(self) -> str:
        """Give a name that no word of the grammar is."""
        first, second = _FIRST.split("|"), _SECOND.split("|")
        syllables = [self.chance.choice(first) for _ in range(self.chance.randint(1, 2))]
        return ("".join(syllables) + self.chance.choice(second)).capitalize()

    def _slots(self) -> dict[str, list[str]]:
        things, qualities, methods = (
            part.split("|") for part in _FIELDS[self.chance.choice(sorted(_FIELDS))]
        )
        names = [self.name() for _ in range(2)]
        return {
            "thing": self.chance.sample(things, 3),
            "quality": self.chance.sample(qualities, 2),
            "other": self.chance.sample(qualities, 3),
            "method": self.chance.sample(methods, 2),
            "name": names,
            "place": [f"the {self.name()} {kind}" for kind in ("region", "basin")] + [self.name()],
            "adjective": _ADJECTIVES.split("|"),
            "aspect": _ASPECTS.split("|"),
        }

    def _sentence(self, template: str, slots: dict[str, list[str]]) -> str:
        text = self._filled(template, slots)
        return text[:1].upper() + text[1:]

    def _filled(self, template: str, slots: dict[str, list[str]]) -> str:
        return _SLOT.sub(lambda slot: self._word(slot[1], slots), template)

    def _word(self, slot: str, slots: dict[str, list[str]]) -> str:
        match slot:
            case "count":
                return f"{self.chance.randint(11, 9_999):,}"
            case "small":
                return str(self.chance.randint(2, 40))
            case "percent":
                return str(self.chance.randint(1, 97))
            case "year":
                return str(self.chance.randint(1951, 2025))
        return self.chance.choice(slots[slot])
