"""When solids get mobile enough to react, by rules older than any computer.

1. Tammann: a lattice moves from about 0.52 of the melting point in kelvin (0.5 to 0.57 are given
   for salts and oxides, 0.33 for metals), a surface from about 0.3 (Huttig). Tammann & Mansuri,
   Z. anorg. allg. Chem. 126, 119 (1923); Merkle & Maier, Z. anorg. allg. Chem. 631, 1163 (2005).
2. Hedvall: a solid that falls apart, sublimes or takes up gas is mobile by then at the latest, and
   the fine oxide that a salt leaves moves between Huttig's and Tammann's temperature (Hedvall,
   Einfuhrung in die Festkorperchemie, 1952).
3. The more mobile of two solids carries the reaction, textbooks say, so the lower of their two
   temperatures counts; published firings go with the melting points of all (Huo et al., Chem.
   Mater. 34, 7323 (2022)). Halfway between lower and mean: three parts lower, one higher.
4. A salt first has to let go of its gas: between its Tammann temperature (of the point at which it
   melts or, in its own gas, falls apart), from where a partner may take its metal, and the
   temperature at which it melts or falls apart by itself in the furnace.
5. A decomposition that gives off a mole of gas moves with the pressure as an entropy of 150 J/K
   says, about the same for all gases. In a powder CO2 and water come from the sample, so their
   pressure lies between the furnace's and 1 atm: the geometric mean is taken.
"""

import math
from dataclasses import dataclass, replace

from pymatgen.core import Element

from knowledge.chemistry import molecular_groups, parse
from knowledge.recipe import Atmosphere
from knowledge.transitions import (
    ZERO_CELSIUS_K,
    Temperature,
    Transition,
    decomposition,
    melting,
    transition,
)

TAMMANN = 0.52
TAMMANN_METALS = 0.33
HUTTIG = 0.3
FRESH_OXIDE = (TAMMANN + HUTTIG) / 2
HIGHER_SHARE = 0.25
# The fractions given for one kind of solid differ by a tenth, and grain size counts as much.
RULE_SIGMA_C = 150.0

_ENTROPY_J_PER_MOL_K = 150.0
_GAS_CONSTANT_J_PER_MOL_K = 8.314
_TRACE_ATM = 1e-6
# Gas is taken up where the furnace holds at least this share of the pressure tabulated.
_ENOUGH_GAS = 0.1


@dataclass(frozen=True)
class Mobility:
    """When the lattice of one solid moves, and when a salt lets go of its gas (else none)."""

    moves: Temperature
    lets_go: Temperature | None = None


@dataclass(frozen=True)
class Onset:
    """Temperature from which a pair reacts, standard deviation, and the reasons, in words."""

    mean_c: float
    sigma_c: float
    source: tuple[str, ...]


def onset(pair: tuple[str, ...], gas: Atmosphere) -> Onset:
    """When two solids react in a gas, or one changes by itself. Formulas as anywhere."""
    if len(set(pair)) == 1:
        found = alone(pair[0], gas)
        return Onset(found.mean_c, math.hypot(found.sigma_c, RULE_SIGMA_C), (found.source,))
    first, second = (mobility(formula, gas) for formula in pair)
    return together(first, second)


def together(first: Mobility, second: Mobility) -> Onset:
    """The onset of two solids: their lattices move, and salts have let go of their gas."""
    lower, higher = sorted((first.moves, second.moves), key=lambda t: t.mean_c)
    moves = Temperature(
        (1 - HIGHER_SHARE) * lower.mean_c + HIGHER_SHARE * higher.mean_c,
        math.hypot((1 - HIGHER_SHARE) * lower.sigma_c, HIGHER_SHARE * higher.sigma_c),
        "",
    )
    waits = [m.lets_go for m in (first, second) if m.lets_go is not None]
    last = max([moves, *waits], key=lambda t: t.mean_c)
    reasons = dict.fromkeys(t.source for t in (lower, higher, *waits))
    return Onset(last.mean_c, math.hypot(last.sigma_c, RULE_SIGMA_C), tuple(reasons))


def alone(formula: str, gas: Atmosphere) -> Temperature:
    """When a solid changes by itself: as its lattice moves, or for a salt as it falls apart."""
    return (_change(formula, gas) if molecular_groups(formula) else None) or mobility(
        formula, gas
    ).moves


def mobility(formula: str, gas: Atmosphere) -> Mobility:
    """The mobility of one solid in a gas, from what is known or estimated of it."""
    row, change = transition(formula), _change(formula, gas)
    if not molecular_groups(formula):
        return Mobility(_earlier(_moves(formula, melting(formula)), change))
    # What a salt leaves carries on, unless the salt itself is there as a melt.
    if row is not None and row.becomes and row.melting_c is None:
        moves = _moves(row.becomes, melting(row.becomes), FRESH_OXIDE)
    else:
        moves = _moves(formula, melting(formula))
    melts = melting(formula) if row is not None and row.melting_c is not None else None
    in_own_gas = None if row is not None and row.change_c is None else decomposition(formula)
    start, end = _first(melts, in_own_gas), _first(melts, change)
    return Mobility(moves, _lets_go(start, end))


def _lets_go(start: Temperature, end: Temperature) -> Temperature:
    """Evenly between the Tammann temperature of one point and another."""
    start_c = fraction_c(start.mean_c, TAMMANN)
    return Temperature(
        (start_c + end.mean_c) / 2,
        math.hypot((end.mean_c - start_c) / math.sqrt(12), end.sigma_c),
        f"{end.source}: lets go between {start_c:.0f} C (with a partner) and {end.mean_c:.0f} C",
    )


def _first(*options: Temperature | None) -> Temperature:
    return min((t for t in options if t is not None), key=lambda t: t.mean_c)


def fraction_c(melting_c: float, fraction: float) -> float:
    """A fraction of a melting point in kelvin, Celsius."""
    return fraction * (melting_c + ZERO_CELSIUS_K) - ZERO_CELSIUS_K


def at_pressure_c(change_c: float, known_atm: float, atm: float) -> float:
    """A decomposition temperature at another pressure of the gas it gives off, Celsius."""
    known, here = (
        _ENTROPY_J_PER_MOL_K - _GAS_CONSTANT_J_PER_MOL_K * math.log(p) for p in (known_atm, atm)
    )
    return fraction_c(change_c, known / here)


def _moves(formula: str, melts: Temperature, fraction: float | None = None) -> Temperature:
    rule = "between Huttig and Tammann" if fraction else "Tammann"
    if fraction is None:
        metal = all(Element(str(e)).is_metal for e in parse(formula))
        fraction = TAMMANN_METALS if metal else TAMMANN
    start_c = fraction_c(melts.mean_c, fraction)
    told = f"{melts.source}: {rule} {fraction:.2f} -> {start_c:.0f} C"
    return Temperature(start_c, fraction * melts.sigma_c, told)


def _earlier(moves: Temperature, change: Temperature | None) -> Temperature:
    return moves if change is None or change.mean_c >= moves.mean_c else change


def _change(formula: str, gas: Atmosphere) -> Temperature | None:
    """When a solid falls apart, sublimes or takes up gas in this furnace; none if it does not."""
    row = transition(formula)
    if row is not None and row.change_c is None:
        return None  # it melts first
    if row is None and not molecular_groups(formula):
        return None
    found = decomposition(formula)
    if row is None or not row.gas:
        return found
    return _in_gas(row, found, gas)


def _in_gas(row: Transition, found: Temperature, gas: Atmosphere) -> Temperature | None:
    """A change that hangs on the pressure of a gas, in the gas at hand."""
    known_atm = row.gas_atm or 1.0
    furnace_atm = gas.partial_pressures_atm.get(row.gas, _TRACE_ATM)
    if row.change == "takes up":
        return found if furnace_atm >= _ENOUGH_GAS * known_atm else None
    here_atm = furnace_atm if row.gas == "O2" else math.sqrt(furnace_atm)
    here_c = at_pressure_c(found.mean_c, known_atm, here_atm)
    told = f"{found.source}, near {here_c:.0f} C in {gas.name}"
    return replace(found, mean_c=here_c, source=told)
