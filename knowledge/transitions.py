"""At what temperature solids melt, fall apart, sublime or take up gas: a table, else an estimate.

The table holds facts, each with its source. What it lacks is estimated, and said to be:

1. Oxides and oxygen salts melt at `0.87` of the mean of their elements' oxides, weighted by atoms.
   The factor is the geometric mean over the table's compounds of two framework elements or more.
2. Other solids melt at the geometric mean of their anion class.
3. Salts with carbonate, nitrate, hydroxyl or ammonium fall apart at a temperature whose logarithm
   falls with the electronegativity of their metals: a polarising cation weakens the anion (Stern,
   High Temperature Properties and Thermal Decomposition of Inorganic Salts with Oxyanions, 2001).

The sigma of each is its leave-one-out error on the table, as a share of the absolute temperature.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from statistics import fmean

import numpy as np
from pymatgen.core import Element

from knowledge.chemistry import anion_class, framework, identity, molecular_groups, parse

ZERO_CELSIUS_K = 273.15
# Handbooks differ by about this much on melting points above 1000 C.
TABULATED_SIGMA_C = 25.0
# Fewer rows than this make no class of their own.
_ROWS_OF_A_CLASS = 4


@dataclass(frozen=True)
class Transition:
    """What a table says of one solid.

    It melts at `melting_c`; or at `change_c` it `decomposes`, `sublimes`, `boils`, `melts in its
    water` or `takes up` gas, and `becomes` another solid. Where that hangs on the pressure of a
    gas, `gas` and `gas_atm` tell at which.
    """

    formula: str
    melting_c: float | None
    change_c: float | None
    change: str
    becomes: str
    gas: str
    gas_atm: float | None
    source: str


@dataclass(frozen=True)
class Temperature:
    """A temperature with its standard deviation, Celsius, and where it is from, in words."""

    mean_c: float
    sigma_c: float
    source: str


@dataclass(frozen=True)
class Estimator:
    """A rule fitted to the table, its rows, and its errors when each row is left out.

    `errors` are differences of logarithms of kelvin, known less estimated. shape: (rows,).
    """

    rows: tuple[str, ...]
    coefficients: tuple[float, ...]
    errors: tuple[float, ...]

    @property
    def sigma(self) -> float:
        """Root mean square of the errors: the relative error of the absolute temperature."""
        return math.sqrt(fmean(e * e for e in self.errors))

    def temperature(self, log_kelvin: float, source: str) -> Temperature:
        """An estimate with this rule's sigma."""
        kelvin = math.exp(log_kelvin)
        return Temperature(kelvin - ZERO_CELSIUS_K, self.sigma * kelvin, f"{source}, an estimate")


@lru_cache(maxsize=1)
def transitions() -> Mapping[str, Transition]:
    """The table by the identity of the solid."""
    text = files("knowledge").joinpath("transition_temperatures.csv").read_text(encoding="utf-8")
    rows = (
        Transition(
            row["formula"],
            _number(row["melting_c"]),
            _number(row["change_c"]),
            row["change"],
            row["becomes"],
            row["gas"],
            _number(row["gas_atm"]),
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )
    return {identity(row.formula): row for row in rows}


def _number(text: str) -> float | None:
    return float(text) if text else None


def transition(formula: str) -> Transition | None:
    """What the table says of a solid; none where it is silent."""
    return transitions().get(identity(formula))


def melting(formula: str) -> Temperature:
    """The melting point: tabulated, else estimated from oxides or from the anion class."""
    row = transition(formula)
    if row is not None and row.melting_c is not None:
        return Temperature(
            row.melting_c,
            TABULATED_SIGMA_C,
            f"{row.formula} melts at {row.melting_c:.0f} C ({row.source})",
        )
    of_oxides = _log_of_oxides(formula)
    if of_oxides is not None:
        rule = oxide_rule()
        found = rule.temperature(rule.coefficients[0] + of_oxides, "the mean of its oxides")
    else:
        rule = class_rule(anion_class(formula))
        found = rule.temperature(rule.coefficients[0], f"typical of {len(rule.rows)} others")
    told = f"{row.formula if row else formula} melts near {found.mean_c:.0f} C ({found.source})"
    return Temperature(found.mean_c, found.sigma_c, told)


def decomposition(formula: str) -> Temperature:
    """When a salt falls apart by itself: tabulated, else estimated from its metals."""
    row = transition(formula)
    if row is not None and row.change_c is not None:
        gas = f"{row.gas} at {row.gas_atm:g} atm; " if row.gas else ""
        change = f"{row.change} {row.gas}" if row.change == "takes up" else row.change
        told = f"{row.formula} {change} at {row.change_c:.0f} C ({gas}{row.source})"
        return Temperature(row.change_c, TABULATED_SIGMA_C, told)
    groups = molecular_groups(formula)
    kind = next((g for g in _GROUPS if g in groups), "")
    rule = salt_rule(kind)
    intercept, slope = rule.coefficients
    found = rule.temperature(intercept + slope * _electronegativity(formula), "from its metals")
    told = f"{formula} falls apart near {found.mean_c:.0f} C ({found.source})"
    return Temperature(found.mean_c, found.sigma_c, told)


@lru_cache(maxsize=1)
def oxide_rule() -> Estimator:
    """Log of the factor from the mean of the oxides to a compound, with its errors."""
    known = _melting_k()
    rows = {f: _log_of_oxides(f) for f in known if len(framework(parse(f))) > 1}
    ratios = {f: math.log(known[f]) - x for f, x in rows.items() if x is not None}
    return _mean(ratios)


@lru_cache(maxsize=64)
def class_rule(kind: str) -> Estimator:
    """Mean log melting point of an anion class, or of all where the class has few rows."""
    known = {f: math.log(t) for f, t in _melting_k().items()}
    own = {f: t for f, t in known.items() if anion_class(f) == kind}
    return _mean(own if len(own) >= _ROWS_OF_A_CLASS else known)


@lru_cache(maxsize=8)
def salt_rule(kind: str) -> Estimator:
    """Line of log decomposition temperature over electronegativity for a kind of salt.

    Leave-one-out errors follow from the hat matrix. Salts that melt in their own water are
    another matter and left out.
    """
    known = {
        row.formula: math.log(row.change_c + ZERO_CELSIUS_K)
        for row in transitions().values()
        if row.change == "decomposes" and row.change_c and molecular_groups(row.formula)
    }
    # Bicarbonates and basic carbonates lose water first, which tells nothing of the carbonate.
    known = {f: t for f, t in known.items() if not {"C", "H"} <= {str(e) for e in parse(f)}}
    own = {f: t for f, t in known.items() if kind in molecular_groups(f)}
    rows = own if len(own) > _ROWS_OF_A_CLASS else known
    x = np.array([[1.0, _electronegativity(f)] for f in rows])
    y = np.array(list(rows.values()))
    hat = x @ np.linalg.pinv(x)
    errors = (y - hat @ y) / (1 - np.diag(hat))
    line = np.linalg.pinv(x) @ y
    return Estimator(tuple(rows), tuple(line.tolist()), tuple(errors.tolist()))


_GROUPS = ("carbonate", "nitrate", "ammonium", "hydroxyl")


def _mean(rows: Mapping[str, float]) -> Estimator:
    mean, count = fmean(rows.values()), len(rows)
    errors = tuple((value - mean) * count / (count - 1) for value in rows.values())
    return Estimator(tuple(rows), (mean,), errors)


@lru_cache(maxsize=1)
def _melting_k() -> Mapping[str, float]:
    """Melting points of the compounds in the table, kelvin; elements are another matter."""
    return {
        row.formula: row.melting_c + ZERO_CELSIUS_K
        for row in transitions().values()
        if row.melting_c is not None and len(parse(row.formula)) > 1
    }


@lru_cache(maxsize=1)
def _oxides_k() -> Mapping[str, float]:
    """Melting point of each element's oxide, kelvin.

    Of the oxides that melt without decomposing it is the one richest in oxygen, as air gives.
    """
    richest: dict[str, tuple[float, float]] = {}
    for formula, kelvin in _melting_k().items():
        solid, row = framework(parse(formula)), transitions()[identity(formula)]
        if len(solid) != 1 or anion_class(formula) not in _OXIDE_CLASSES:
            continue
        if len(parse(formula)) != 2 or row.change == "decomposes":
            continue
        (element, count), oxygen = next(iter(solid.items())), float(parse(formula)["O"])
        richest[element] = max(richest.get(element, (0.0, 0.0)), (oxygen / count, kelvin))
    return {element: kelvin for element, (_, kelvin) in richest.items()}


# Oxides of P, B and Si count as phosphate, borate and silicate.
_OXIDE_CLASSES = ("oxide", "phosphate", "borate", "silicate")


def _log_of_oxides(formula: str) -> float | None:
    """Log of the mean melting point of the oxides of a formula's elements; none without oxygen."""
    solid, oxides = framework(parse(formula)), _oxides_k()
    if not solid or not parse(formula)["O"] or not set(solid) <= set(oxides):
        return None
    total = sum(solid.values())
    return math.log(sum(n / total * oxides[e] for e, n in solid.items()))


def _electronegativity(formula: str) -> float:
    """Mean Pauling electronegativity of the framework elements; of all where there are none."""
    solid = framework(parse(formula)) or {str(e): float(n) for e, n in parse(formula).items()}
    return float(sum(Element(e).X * n for e, n in solid.items()) / sum(solid.values()))
