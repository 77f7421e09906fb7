"""Balanced reactions: how much of each precursor, and which gases come and go.

Amounts follow from the framework elements alone; gases then make up the difference. A carbide
without oxygen keeps its carbon too: no gas of a furnace brings it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from knowledge.chemistry import VOLATILE_ELEMENTS, framework, identity, molecular_groups, parse
from knowledge.errors import UnbalancedError


@dataclass(frozen=True)
class Balance:
    """A balanced reaction for one mole of the target as written: moles of solids and gases."""

    target: str
    precursors: Mapping[str, float]
    gases_in: Mapping[str, float]
    gases_out: Mapping[str, float]

    @property
    def equation(self) -> str:
        """The equation as text, gases included."""
        left = side({**self.precursors, **self.gases_in})
        right = side({self.target: 1.0, **self.gases_out})
        return f"{left} -> {right}"


def side(moles: Mapping[str, float]) -> str:
    """One side of an equation: `0.5 Y2O3 + 2 BaCO3`."""
    return " + ".join(f if abs(n - 1) < 1e-6 else f"{n:.4g} {f}" for f, n in moles.items())


def framework_matrix(formulas: Sequence[str], elements: Sequence[str]) -> np.ndarray:
    """Moles of each framework element in each formula. shape: (len(elements), len(formulas))."""
    columns = [[parse(f)[e] for e in elements] for f in formulas]
    return np.array(columns, dtype=float).reshape(len(formulas), len(elements)).T


def settled(target: str) -> dict[str, float]:
    """Moles of the elements that precursors must bring: the framework, and a carbide's carbon."""
    composition = parse(target)
    carbon = composition["C"]
    carbide = {"C": float(carbon)} if carbon and not composition["O"] else {}
    return framework(composition) | carbide


def amounts(
    target: str, precursors: Sequence[str], byproducts: Sequence[str] = ()
) -> dict[str, float] | None:
    """Moles of each precursor per mole of target, or none when no unique positive answer exists.

    Conserves every framework element exactly; uniqueness means that no precursor is to spare.
    Byproducts are solids that are left beside the target, all of them; their moles are given too.
    """
    species = (*precursors, *byproducts)
    elements = sorted({e for f in species for e in framework(parse(f))} | set(settled(target)))
    matrix = framework_matrix(species, elements)
    matrix[:, len(precursors) :] *= -1
    wanted = framework_matrix([target], elements)[:, 0]
    if not precursors or np.linalg.matrix_rank(matrix) < len(species):
        return None
    solution = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    missed = float(np.abs(matrix @ solution - wanted).max())
    if missed > 1e-8 * float(wanted.max()) or solution.min() < 1e-9:
        return None
    return dict(zip(species, solution.tolist(), strict=True))


def balance(
    target: str, precursors: Sequence[str], moles: Mapping[str, float] | None = None
) -> Balance:
    """The balanced reaction of precursors to one mole of target.

    Carbon leaves as CO2, ammonium as NH3, nitrate as NO2, other nitrogen as N2, hydrogen as H2O;
    oxygen closes the balance. Raises UnbalancedError when the amounts are not unique and positive.
    Where they are not unique (BaO beside BaO2), `moles` choose: they must conserve what stays.
    """
    if not framework(parse(target)):
        raise UnbalancedError(
            f"{target} has no element that stays in a furnace: give a target with at least one "
            "element besides O, C, H and N"
        )
    if identity(target) in {identity(p) for p in precursors}:
        raise UnbalancedError(
            f"{target} is among its own precursors: choose others, or there is nothing to make"
        )
    unique = _unique(target, tuple(precursors))
    if unique is None and moles is not None and _conserves(target, moles):
        return _with_gases(target, dict(moles))
    if unique is None:
        raise UnbalancedError(
            f"no amounts of {', '.join(precursors) or 'nothing'} give {target}: choose precursors "
            "that bring each of its elements, none of them to spare and no others"
        )
    return unique


@lru_cache(maxsize=4096)
def _unique(target: str, precursors: tuple[str, ...]) -> Balance | None:
    """The only balanced reaction, or none. Kept, since every recipe that is read checks its own."""
    moles = amounts(target, precursors)
    return None if moles is None else _with_gases(target, moles)


def _conserves(target: str, moles: Mapping[str, float]) -> bool:
    """Whether positive amounts bring just what the target keeps."""
    elements = sorted({e for f in moles for e in framework(parse(f))} | set(settled(target)))
    brought = framework_matrix(list(moles), elements) @ np.array(list(moles.values()))
    wanted = framework_matrix([target], elements)[:, 0]
    return min(moles.values()) > 0 and bool(np.allclose(brought, wanted, rtol=1e-6, atol=1e-6))


def _with_gases(target: str, moles: dict[str, float]) -> Balance:
    excess: dict[str, float] = dict.fromkeys(VOLATILE_ELEMENTS, 0.0)
    ammonium = nitrate = 0.0
    for formula, n in moles.items():
        composition, groups = parse(formula), molecular_groups(formula)
        for element in VOLATILE_ELEMENTS:
            excess[element] += n * composition[element]
        ammonium += n * groups.get("ammonium", 0.0)
        nitrate += n * groups.get("nitrate", 0.0)
    for element in VOLATILE_ELEMENTS:
        excess[element] -= parse(target)[element]
    gases = gas_balance(excess, ammonium, nitrate)
    return Balance(
        target=target,
        precursors=moles,
        gases_in={g: -n for g, n in gases.items() if n < 0},
        gases_out={g: n for g, n in gases.items() if n > 0},
    )


def gas_balance(excess: Mapping[str, float], ammonium: float, nitrate: float) -> dict[str, float]:
    """Moles of gas given off (negative: taken up) for moles of O, C, H and N in excess."""
    ammonium = min(ammonium, max(excess["N"], 0.0), max(excess["H"], 0.0) / 3)
    nitrate = min(nitrate, max(excess["N"] - ammonium, 0.0))
    water = (excess["H"] - 3 * ammonium) / 2
    gases = {
        "CO2": excess["C"],
        "NH3": ammonium,
        "NO2": nitrate,
        "N2": (excess["N"] - ammonium - nitrate) / 2,
        "H2O": water,
        "O2": (excess["O"] - 2 * excess["C"] - 2 * nitrate - water) / 2,
    }
    return {gas: n for gas, n in gases.items() if abs(n) > 1e-9}


def shared_amounts(target: str, precursors: Sequence[str]) -> dict[str, float] | None:
    """Moles of each precursor per mole of target where several amounts are possible, or none.

    Of all of them those in which the precursor that brings least brings most, counted in
    framework atoms. None where no amounts use every precursor.
    """
    elements = sorted({e for f in (target, *precursors) for e in framework(parse(f))})
    matrix = framework_matrix(precursors, elements)
    wanted = framework_matrix([target], elements)[:, 0]
    count, brought = len(precursors), matrix.sum(axis=0)
    solution = linprog(
        np.append(np.zeros(count), -1.0),
        A_ub=np.hstack([-np.diag(brought), np.ones((count, 1))]),
        b_ub=np.zeros(count),
        A_eq=np.hstack([matrix, np.zeros((len(elements), 1))]),
        b_eq=wanted,
        method="highs-ds",
    )
    if solution.status != 0 or solution.x[-1] < 1e-6 * wanted.sum():
        return None
    return dict(zip(precursors, solution.x[:count].tolist(), strict=True))


def precursor_sets(
    target: str,
    inventory: Iterable[str],
    byproducts: Sequence[str] = (),
    spare: int = 0,
) -> list[tuple[str, ...]]:
    """Every set of precursors from the inventory that balances to the target.

    Gases always come and go; `byproducts` are solids that may be left beside the target, as NaCl
    after a metathesis. Each set brings every framework element of the target and none that neither
    the target nor a byproduct holds. With `spare` at zero it balances in one way only; above, that
    many precursors may bring what others bring too (BaO beside BaO2), see `shared_amounts`.
    Sorted by size, then by name, whatever the order of the inventory.
    """
    needed = set(framework(parse(target)))
    allowed = needed | {e for f in byproducts for e in framework(parse(f))}
    usable = []
    for formula in sorted(set(inventory)):
        elements = set(framework(parse(formula)))
        if elements and elements <= allowed and identity(formula) != identity(target):
            usable.append(formula)
    sets = []
    for size in range(1, len(allowed) + spare + 1):
        for chosen in combinations(usable, size):
            brought = {e for f in chosen for e in framework(parse(f))}
            if needed <= brought and _balances(target, chosen, byproducts, brought, spare):
                sets.append(chosen)
    return sets


def _balances(
    target: str,
    chosen: tuple[str, ...],
    byproducts: Sequence[str],
    brought: set[str],
    spare: int,
) -> bool:
    if brought == set(framework(parse(target))):
        if amounts(target, chosen) is not None:
            return True
        return bool(spare) and shared_amounts(target, chosen) is not None
    for size in range(1, len(byproducts) + 1):
        for left in combinations(byproducts, size):
            if amounts(target, chosen, left) is not None:
                return True
    return False
