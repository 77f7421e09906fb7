"""Which pairs of solids could have made a phase: what balances, by framework elements.

O, C, H and N come and go with the gas, so a pair makes a set of solids where positive amounts of
both give positive amounts of all, and in one way only. That leaves out two solids that merely
change each by itself side by side.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from knowledge.chemistry import framework, molecular_groups, parse

# Pairwise reactions with more solid products than this are told of nowhere.
_MOST_PRODUCTS = 3
# Formulas are exact to four decimals at best.
_ROUNDING = 1e-6

Pair = tuple[str, ...]
Products = tuple[str, ...]
Vector = NDArray[np.float64]


@lru_cache(maxsize=20_000)
def origins(solids: frozenset[str], found: frozenset[str]) -> Mapping[str, Mapping[Pair, Products]]:
    """For each solid found: the pairs (or single solids) of all that it may have come from.

    Each pair is told with the fewest products it may have given, all of them among those found. A
    phase that no pair explains has none.
    """
    made: dict[str, dict[Pair, Products]] = {phase: {} for phase in sorted(found)}
    for pair in chain(((s,) for s in sorted(solids)), combinations(sorted(solids), 2)):
        for products in _within_reach(pair, found):
            if makes(pair, products):
                for phase in products:
                    made[phase].setdefault(pair, products)
    return made


@lru_cache(maxsize=200_000)
def makes(pair: Pair, products: Products) -> bool:
    """Whether all of the pair balances to all of the products, in one way. Formulas as anywhere."""
    return balanced(pair, products) is not None


def balanced(pair: Pair, products: Products) -> Vector | None:
    """Moles of the pair, above zero, then of the products, below; none where it is not one way.

    The only solution but for its scale is a null space of one dimension.
    """
    solids = (*pair, *products)
    rows = sorted(frozenset().union(*map(elements, solids)))
    matrix = np.array([[_moles(s).get(e, 0.0) for s in solids] for e in rows])
    _, sizes, vectors = np.linalg.svd(matrix / matrix.max())
    if len(solids) - int((sizes > _ROUNDING).sum()) != 1:
        return None
    amounts = vectors[-1] * np.sign(vectors[-1][0])
    used, made = amounts[: len(pair)], amounts[len(pair) :]
    right = (used > _ROUNDING).all() and (made < -_ROUNDING).all()
    return np.asarray(amounts) if right else None


@lru_cache(maxsize=100_000)
def elements(formula: str) -> frozenset[str]:
    """The elements of a solid that no gas brings or takes."""
    return frozenset(_moles(formula))


@lru_cache(maxsize=100_000)
def _moles(formula: str) -> Mapping[str, float]:
    return framework(parse(formula))


@lru_cache(maxsize=100_000)
def is_salt(formula: str) -> bool:
    """Whether a solid may change by itself in any furnace: a carbonate, hydroxide, nitrate ..."""
    return bool(molecular_groups(formula))


def _within_reach(pair: Pair, found: frozenset[str]) -> Iterable[Products]:
    """The sets of other solids that together hold just the elements of a pair, smallest first."""
    brought = elements(pair[0]) | elements(pair[-1])
    possible = sorted(p for p in found.difference(pair) if elements(p) <= brought)
    for size in range(1, _MOST_PRODUCTS + 1):
        for products in combinations(possible, size):
            if frozenset().union(*map(elements, products)) == brought:
                yield products
