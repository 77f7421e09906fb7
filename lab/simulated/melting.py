"""Where phases melt and oxides evaporate: facts where there are some, else what oxides tell.

A compound without a row melts near the mean of its oxides, lower for what mixes many of them, and
lower still for salts: in kelvin, carbonates melt at 0.55 to 0.8 of their oxides' points (CaCO3,
BaCO3), nitrates and hydroxides at 0.3 to 0.45. Known compounds of the same elements near by correct
the estimate: where BaCuO2 melts at 0.8 of it, so does Ba2Cu3O6.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from knowledge.chemistry import framework, identity, parse

ZERO_CELSIUS_K = 273.15
KJ_PER_MOL_IN_EV = 96.485
# Each unit of mixing entropy (in R per framework atom) lowers the estimate by this share:
# BaTiO3, YAG, MgAl2O4 and LiNbO3 lie 0 to 35 % below the mean of their oxides.
MIXING_DEPRESSION = 0.2
CARBONATE_SHARE = 0.65
NITRATE_OR_HYDROXIDE_SHARE = 0.4

_DEFAULT_OXIDE_C = 1500.0
_NEIGHBOURHOOD = 0.2
_NO_CORRECTION_WEIGHT = 0.2


@dataclass(frozen=True)
class Volatile:
    """An oxide with a vapour: where it reaches 1 atm, the heat of a molecule, and its size.

    `size` is the number of framework atoms in a molecule of the vapour: 4 in P4O10.
    """

    formula: str
    size: float
    one_atm_k: float
    heat_ev: float


def known_melting_k(formula: str) -> float | None:
    """The melting point of a compound in the table, kelvin."""
    return _melting_points().get(identity(formula))


def estimated_melting_k(solid: Mapping[str, float], formula: str | None) -> float:
    """The melting point that oxides tell, kelvin. `solid` holds amounts of framework elements."""
    total = sum(solid.values())
    shares = {e: n / total for e, n in solid.items() if n > 0}
    mean = _mean_of_oxides_k(shares) * _neighbours_say(shares)
    present = {str(e) for e in parse(formula)} if formula else set()
    if present & {"N", "H"}:
        return float(mean * NITRATE_OR_HYDROXIDE_SHARE)
    return float(mean * CARBONATE_SHARE if "C" in present else mean)


def _neighbours_say(shares: Mapping[str, float]) -> float:
    """Known over estimated melting points of compounds of these elements, the nearer the more.

    Weights fall with the distance of the compositions; one without neighbours is left as it is.
    """
    weighed, weights = 0.0, _NO_CORRECTION_WEIGHT
    for composition, ratio in _known_ratios():
        if len(composition) > 1 and set(composition) <= set(shares):
            apart = sum((shares[e] - composition.get(e, 0.0)) ** 2 for e in shares)
            weight = math.exp(-apart / (2 * _NEIGHBOURHOOD**2))
            weighed += weight * (ratio - 1)
            weights += weight
    return 1 + weighed / weights


@lru_cache(maxsize=1)
def _known_ratios() -> Sequence[tuple[Mapping[str, float], float]]:
    """Compositions of the known oxides' frameworks, with known over estimated melting point."""
    found = []
    for row in _rows("melting_points.csv"):
        if {str(e) for e in parse(row["formula"])} & {"C", "N", "H"}:
            continue
        solid = framework(parse(row["formula"]))
        total = sum(solid.values())
        shares = {e: n / total for e, n in solid.items()}
        known_k = float(row["melting_c"]) + ZERO_CELSIUS_K
        found.append((shares, known_k / _mean_of_oxides_k(shares)))
    return found


def _mean_of_oxides_k(shares: Mapping[str, float]) -> float:
    """Mean melting point of the oxides, lowered for mixing, kelvin. Shares add up to 1."""
    oxides = _oxides()
    mean = sum(x * (oxides.get(e, _DEFAULT_OXIDE_C) + ZERO_CELSIUS_K) for e, x in shares.items())
    entropy = -sum(x * math.log(x) for x in shares.values())
    return mean * (1 - MIXING_DEPRESSION * min(entropy, 2.0))


@lru_cache(maxsize=1)
def volatile_oxides() -> Mapping[str, Volatile]:
    """The oxides that evaporate from a furnace, by their metal."""
    table = {}
    for row in _rows("volatile_oxides.csv"):
        size = sum(framework(parse(row["molecule"])).values())
        heat_ev = float(row["heat_kj_per_mol"]) / KJ_PER_MOL_IN_EV
        one_atm_k = float(row["one_atm_c"]) + ZERO_CELSIUS_K
        table[row["element"]] = Volatile(row["oxide"], size, one_atm_k, heat_ev)
    return table


@lru_cache(maxsize=1)
def _oxides() -> Mapping[str, float]:
    """Melting points of the oxides that elements form when fired in air, Celsius."""
    return {r["element"]: float(r["melting_c"]) for r in _rows("oxide_melting_points.csv")}


@lru_cache(maxsize=1)
def _melting_points() -> Mapping[str, float]:
    rows = [*_rows("melting_points.csv")]
    known = {identity(r["formula"]): float(r["melting_c"]) + ZERO_CELSIUS_K for r in rows}
    for row in _rows("oxide_melting_points.csv"):
        known.setdefault(identity(row["oxide"]), float(row["melting_c"]) + ZERO_CELSIUS_K)
    return known


def _rows(name: str) -> list[dict[str, str]]:
    table = files("lab.simulated").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(table.splitlines()))
