"""The baseline proposer: how often each precursor brings each element, given the anion class.

The probability of a precursor set is the product over the target's framework elements of
P(precursor | element, anion class), counted in published recipes with every paper and chemical
system weighing the same, smoothed towards all classes together. The firing temperature is a ridge
regression on the elements present and their fractions; time, atmosphere and the number of firings
are those of all papers together.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import product
from math import exp, prod
from typing import Any

import numpy as np

from knowledge.chemistry import anion_class, framework, identity, parse, whole_formula
from knowledge.literature.answers import ANSWERS, Spread
from knowledge.literature.proposer import Conditions, FiringEstimate, Proposal

# One observation's worth of the all-class distribution is mixed into each class, so that a class
# with few papers leans on the others and one with many does not.
SMOOTHING_COUNTS = 1.0
# All precursors never seen share half of one observation; one of them gets a tenth of that.
_UNSEEN_COUNTS = 0.5
_SHARE_OF_UNSEEN = 0.1
_SOURCES_PER_ELEMENT = 8
_MAX_COMBINATIONS = 20_000

# Formulas as bottles have them, where pymatgen's order of elements hides the salt.
_CONVENTIONAL = {
    whole_formula(f): f
    for f in (
        "NH4H2PO4", "(NH4)2HPO4", "LiOH", "NaOH", "KOH", "Ba(OH)2", "Ca(OH)2", "Sr(OH)2",
        "Mg(OH)2", "Al(OH)3", "La(OH)3", "H3BO3", "H2MoO4", "H2WO4", "LiH2PO4", "KH2PO4",
        "NaH2PO4", "CaHPO4", "NaHCO3", "H3PO4", "(NH4)2SO4", "Co(OH)2", "Ni(OH)2", "FeC2O4",
        "Bi2O3", "La2(CO3)3", "NH4Cl", "NH4F", "(NH4)6Mo7O24",
    )
}  # fmt: skip


def conventional(formula: str) -> str:
    """The formula as a bottle has it: NH4H2PO4 rather than PH6NO4."""
    whole = whole_formula(formula)
    return _CONVENTIONAL.get(whole, whole)


class FrequencyProposer:
    """Precursor frequencies with a temperature regression. Implements Proposer."""

    name = "frequency"

    def __init__(self, statistics: Mapping[str, Any]) -> None:
        text = json.dumps(statistics, sort_keys=True)
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._counts: Mapping[str, Mapping[str, Mapping[str, float]]] = statistics["counts"]
        self._temperature: Mapping[str, Any] = statistics["temperature"]
        self._conditions: Mapping[str, list[float]] = statistics["conditions"]

    def sources(self, element: str, kind: str) -> dict[str, float]:
        """P(precursor | element, anion class), likeliest first; empty where never seen."""
        by_class = self._counts.get(element, {})
        overall: dict[str, float] = {}
        for counts in by_class.values():
            for precursor, count in counts.items():
                overall[precursor] = overall.get(precursor, 0.0) + count
        total = sum(overall.values())
        own = by_class.get(kind, {})
        size = sum(own.values()) + SMOOTHING_COUNTS + _UNSEEN_COUNTS
        shares = {
            p: (own.get(p, 0.0) + SMOOTHING_COUNTS * n / total) / size for p, n in overall.items()
        }
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

    def propose(self, target: str, count: int = 10) -> list[Proposal]:
        """The likeliest precursor sets, best first. Empty for elements no paper fired."""
        kind, elements = anion_class(target), sorted(framework(parse(target)))
        choices = [list(self._usable(target, e, kind).items()) for e in elements]
        if not all(choices):
            return []
        keep = _SOURCES_PER_ELEMENT
        while keep > 1 and keep ** len(choices) > _MAX_COMBINATIONS:
            keep -= 1
        sets: dict[tuple[str, ...], float] = {}
        for chosen in product(*(c[:keep] for c in choices)):
            precursors = tuple(sorted({p for p, _ in chosen}))
            probability = prod(p for _, p in chosen)
            sets[precursors] = sets.get(precursors, 0.0) + probability
        ranked = sorted(sets.items(), key=lambda item: (-item[1], item[0]))
        return [
            Proposal(tuple(conventional(p) for p in precursors), probability)
            for precursors, probability in ranked[:count]
        ]

    def probabilities(self, target: str, sets: Sequence[Sequence[str]]) -> list[float]:
        """For each set the product over elements of the share of the precursors that bring it."""
        return [self._probability(target, precursors) for precursors in sets]

    def _probability(self, target: str, precursors: Sequence[str]) -> float:
        kind = anion_class(target)
        bring = {p: set(framework(parse(p))) for p in precursors}
        probability = 1.0
        for element in sorted(framework(parse(target))):
            shares = self.sources(element, kind)
            seen = sum(self._counts.get(element, {}).get(kind, {}).values())
            size = seen + SMOOTHING_COUNTS + _UNSEEN_COUNTS
            unseen = _SHARE_OF_UNSEEN * _UNSEEN_COUNTS / size
            carriers = [whole_formula(p) for p in precursors if element in bring[p]]
            probability *= max((shares.get(p, unseen) for p in carriers), default=unseen)
        return probability

    def firing(self, target: str) -> FiringEstimate:
        """Mean and standard deviation of the hottest firing, from the composition."""
        model = self._temperature
        composition = parse(target).fractional_composition
        mean = model["intercept_c"] + model["classes_c"].get(anion_class(target), 0.0)
        for element, fraction in composition.items():
            present, slope = model["elements_c"].get(str(element), (0.0, 0.0))
            mean += present + slope * float(fraction)
        return FiringEstimate(mean_c=float(mean), sigma_c=float(model["sigma_c"]))

    def conditions(self, target: str, precursors: Sequence[str]) -> Conditions:  # noqa: ARG002
        """The firing, whatever the precursors: this proposer counted temperatures by target."""
        firing = self.firing(target)
        grid = [float(t) for t in ANSWERS["temperature_c"]]
        weight = [exp(-0.5 * ((t - firing.mean_c) / firing.sigma_c) ** 2) for t in grid]
        marginal = self._conditions
        return Conditions(
            temperature_c=Spread(grid, np.array(weight) / sum(weight)),
            hold_h=Spread([float(h) for h in ANSWERS["hold_h"]], np.array(marginal["hold_h"])),
            atmosphere=dict(
                zip(map(str, ANSWERS["atmosphere"]), marginal["atmosphere"], strict=True)
            ),
            firings=dict(zip(map(int, ANSWERS["firings"]), marginal["firings"], strict=True)),
        )

    def _usable(self, target: str, element: str, kind: str) -> dict[str, float]:
        allowed = set(framework(parse(target)))
        return {
            p: share
            for p, share in self.sources(element, kind).items()
            if set(framework(parse(p))) <= allowed and identity(p) != identity(target)
        }


@lru_cache(maxsize=1)
def frequency_proposer() -> FrequencyProposer:
    """The proposer with the statistics that come with the project."""
    path = files("knowledge.literature").joinpath("data/statistics.json")
    return FrequencyProposer(json.loads(path.read_text(encoding="utf-8")))
