"""Made-up chemical systems, and reactions written so that two ways of finding them compare."""

from fractions import Fraction
from itertools import chain

import numpy as np
from hypothesis import strategies as st

from knowledge.chemistry import parse
from knowledge.reactions.entries import EntrySet
from knowledge.reactions.table import ReactionTable

ELEMENTS = ("Ba", "Mn", "Ti", "Y")
Sides = tuple[frozenset[str], frozenset[str]]


@st.composite
def entry_sets(
    draw: st.DrawFn, elements: int = 4, compounds: int = 7, most: int = 5, stable: bool = False
) -> EntrySet:
    """Elements at zero, and compounds of them with random small whole numbers and energies.

    `stable`: the compounds have less energy than the elements, so that some lie on the hull.
    """
    symbols = ELEMENTS[: draw(st.integers(2, elements))]
    amounts = st.tuples(*[st.integers(0, most)] * len(symbols)).filter(
        lambda a: sum(n > 0 for n in a) > 1
    )
    drawn = draw(st.lists(amounts, min_size=min(4, compounds), max_size=compounds))
    # Whole meV: a phase is on the hull or clearly off it.
    energy = st.integers(-3000, -100 if stable else 1000).map(lambda mev: mev / 1000)
    entries = dict.fromkeys(symbols, 0.0)
    for amount in drawn:
        formula = EntrySet.of(
            [(f"{written(symbols, amount)}", 0.0), *((s, 0.0) for s in symbols)]
        ).formulas[0]
        entries.setdefault(formula, draw(energy))
    return EntrySet.of(entries.items())


def written(symbols: tuple[str, ...], amounts: tuple[int, ...]) -> str:
    return "".join(f"{s}{n}" for s, n in zip(symbols, amounts, strict=True) if n)


def sides(table: ReactionTable) -> list[Sides]:
    """Reactants and products of each reaction, by formula."""
    names = table.entries.formulas
    return [
        (
            frozenset(names[i] for i in table.reactants(r)),
            frozenset(names[i] for i in table.products(r)),
        )
        for r in range(len(table))
    ]


def sides_of(equation: str) -> Sides:
    """The same of an equation `0.5 Mn2O3 + 0.5 Y2O3 -> YMnO3`."""
    left, right = (
        frozenset(term.split()[-1] for term in side.split(" + ")) for side in equation.split(" -> ")
    )
    return left, right


def null_space(compositions: list[dict[str, int]]) -> list[list[Fraction]]:
    """A basis of all amounts that add up to nothing, in exact arithmetic (Gauss and Jordan)."""
    symbols = sorted(set(chain.from_iterable(compositions)))
    rows = [[Fraction(c.get(s, 0)) for c in compositions] for s in symbols]
    pivots: list[int] = []
    for column in range(len(compositions)):
        found = next((i for i in range(len(pivots), len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rank = len(pivots)
        rows[rank], rows[found] = rows[found], rows[rank]
        rows[rank] = [value / rows[rank][column] for value in rows[rank]]
        for i in range(len(rows)):
            if i != rank and rows[i][column]:
                factor = rows[i][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        pivots.append(column)
    basis = []
    for free in (c for c in range(len(compositions)) if c not in pivots):
        vector = [Fraction(0)] * len(compositions)
        vector[free] = Fraction(1)
        for i, pivot in enumerate(pivots):
            vector[pivot] = -rows[i][free]
        basis.append(vector)
    return basis


def composition(formula: str) -> dict[str, int]:
    return {str(e): round(n) for e, n in parse(formula).items()}


def imbalance(table: ReactionTable) -> float:
    """The largest amount of an element that is not conserved, over the atoms on one side."""
    if not len(table):
        return 0.0
    change = table.dense
    one_side = np.maximum(change, 0.0) @ table.entries.atoms
    return float((np.abs(change @ table.entries.counts).max(axis=1) / one_side).max())
