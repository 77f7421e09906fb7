"""Every balanced reaction among phases, found as the circuits of their compositions.

A set of phases balances in exactly one way when its compositions are linearly dependent and no
smaller set of them is: a circuit. With k phases the coefficients are, up to a common factor, the
signed minors of order k - 1 of their composition matrix (Cramer's rule), which are whole numbers
here and so exact. The signs say which phases stand on which side.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from knowledge.errors import AthanorError
from knowledge.reactions.entries import EntrySet, Vector
from knowledge.reactions.table import ReactionTable, Rows

# Sets of phases looked at together: some 20 MB.
_CHUNK = 100_000
# Reactions kept unless more are asked for: some 200 MB.
MAX_REACTIONS = 3_000_000
# Whole numbers below this are exact, and so are sums of products that stay below it.
_EXACT = 2.0**53
# What a minor beyond may be off by, relative to each of its terms.
_ROUNDING = 1e-15


class TooManyReactionsError(AthanorError):
    """A system too large for the bound given."""


def enumerate_reactions(
    entries: EntrySet,
    phases_per_side: int = 2,
    open_to: Sequence[str] = (),
    precursors: Sequence[str] = (),
    target: str | None = None,
    max_reactions: int = MAX_REACTIONS,
) -> ReactionTable:
    """Every reaction with at most so many phases on each side that balances in one way only.

    `open_to`: gases that come on top on either side, and in every reaction at least one of them;
    each side keeps a phase that is none of them.
    `precursors`: only reactions whose reactants are among these (and the gases).
    `target`: only reactions that make it. Otherwise both directions of each are given.
    Reactions of one element with itself are left out. Raises TooManyReactionsError, and
    AthanorError for a bound that allows nothing.
    """
    if phases_per_side < 1:
        raise AthanorError(f"phases_per_side is {phases_per_side}: give 1 or more")
    if max_reactions < 0:
        raise AthanorError(f"max_reactions is {max_reactions}: give 0 or more")
    gases = entries.rows(open_to)
    wanted = None if target is None else entries.find(target)
    allowed = entries.rows(precursors)
    always = None if wanted in gases else wanted  # in every set of solids
    usable = [i for i in range(len(entries)) if i not in gases]
    width = 2 * phases_per_side + len(gases)
    phases, coefficients, count = [], [], 0
    for some in _gas_sets(gases):
        for solids in range(2, 2 * phases_per_side + 1):
            for chosen in _subsets(usable, solids, always):
                for table in _balanced(entries, chosen, some, phases_per_side):
                    if wanted is not None:
                        table = table.select(table.making(wanted))
                    if allowed:
                        table = table.select(table.using([*allowed, *gases]))
                    padding = ((0, 0), (0, width - table.phases.shape[1]))
                    phases.append(np.pad(table.phases, padding, constant_values=-1))
                    coefficients.append(np.pad(table.coefficients, padding))
                    count += len(table)
                    if count > max_reactions:
                        raise TooManyReactionsError(
                            f"{len(entries)} phases have more than the {max_reactions:,} reactions "
                            "allowed: name a target or precursors, take phases nearer the hull, "
                            "or raise the bound"
                        )
    if not phases:
        phases, coefficients = [np.empty((0, width), dtype=np.int32)], [np.empty((0, width))]
    return ReactionTable(entries, np.concatenate(phases), np.concatenate(coefficients))


def _gas_sets(gases: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if not gases:
        yield ()
    for size in range(1, len(gases) + 1):
        yield from combinations(gases, size)


def _subsets(usable: Sequence[int], size: int, wanted: int | None) -> Iterator[Rows]:
    """All subsets of a size, with the wanted phase in each, in chunks. shape: (sets, size)."""
    others = np.array([i for i in usable if i != wanted], dtype=np.int64)
    free = size if wanted is None else size - 1
    for chunk in _combinations(len(others), free):
        rows = others[chunk]
        if wanted is not None:
            rows = np.hstack([np.full((len(rows), 1), wanted), rows])
        yield rows


def _combinations(count: int, size: int) -> Iterator[Rows]:
    """Combinations of range(count), grown member by member, in chunks. shape: (sets, size)."""
    if size > count:
        return
    starts = np.arange(count, dtype=np.int64)[:, None]

    def grow(rows: Rows) -> Iterator[Rows]:
        if rows.shape[1] == size:
            yield rows
            return
        left = count - 1 - rows[:, -1]
        most = max(int(_CHUNK // max(left.max(initial=1), 1)), 1)
        for begin in range(0, len(rows), most):
            part, more = rows[begin : begin + most], left[begin : begin + most]
            parents = np.repeat(np.arange(len(part)), more)
            offset = np.arange(len(parents)) - np.repeat(np.cumsum(more) - more, more)
            last = part[parents, -1] + 1 + offset
            yield from grow(np.hstack([part[parents], last[:, None]]))

    yield from grow(starts)


def _balanced(
    entries: EntrySet, solids: Rows, gases: tuple[int, ...], most_per_side: int
) -> Iterator[ReactionTable]:
    """The circuits among sets of solids with all of these gases, both directions of each."""
    count = solids.shape[1]
    size = count + len(gases)
    rows = np.hstack([solids, np.broadcast_to(gases, (len(solids), len(gases)))]).astype(np.int32)
    counts = _generic_rows(entries.counts, size - 1)
    if counts.shape[1] < size - 1:
        return  # fewer elements than it takes to bind them
    coefficients = _null_vector(counts, rows)
    products = (coefficients[:, :count] > 0).sum(axis=1)
    kept = (products >= max(1, count - most_per_side)) & (products <= min(most_per_side, count - 1))
    rows, coefficients = rows[kept], coefficients[kept]
    error = _rounding(counts, rows)
    kept = (np.abs(coefficients) > np.maximum(error, 0.5)).all(axis=1)
    rows, coefficients, error = rows[kept], coefficients[kept], error[kept]
    if len(entries.elements) > size - 1:  # what the mixtures of elements left out balances too
        amounts = entries.counts[rows]
        missed = np.einsum("rk,rke->re", coefficients, amounts)
        error = error + size * _ROUNDING * np.abs(coefficients)
        zero = np.abs(missed) <= 0.5 + np.einsum("rk,rke->re", error, amounts)
        rows, coefficients = rows[zero.all(axis=1)], coefficients[zero.all(axis=1)]
    several = (entries.counts[rows] > 0).any(axis=1).sum(axis=1) > 1
    for side in (1, -1):
        yield ReactionTable.of(entries, rows[several], side * coefficients[several])


def _generic_rows(counts: Vector, needed: int) -> Vector:
    """As many whole-number mixtures of the elements as needed, in which circuits stay circuits.

    Which mixtures hardly matters; these are fixed, so that the same phases always give the same
    answer. shape: (phases, at most needed).
    """
    elements = counts.shape[1]
    if elements <= needed:
        return counts
    mixture = np.random.default_rng(20230503).integers(1, 97, size=(elements, needed))
    return np.asarray(counts @ mixture)


def _null_vector(counts: Vector, rows: Rows) -> Vector:
    """Coefficients that balance each set, in whole numbers.

    The minors of each order come from those of the order below by expansion along a row, for all
    sets at once. `counts` shape (phases, k - 1), `rows` and the answer shape (sets, k).
    """
    size = rows.shape[1]
    columns = [counts[:, order][rows] for order in range(size - 1)]  # each (sets, k)
    minors: dict[tuple[int, ...], Vector] = {(): np.ones(len(rows))}
    for order in range(size - 1):
        grown = {}
        for chosen in combinations(range(size), order + 1):
            terms = np.zeros(len(rows))
            for place, member in enumerate(chosen):
                rest = chosen[:place] + chosen[place + 1 :]
                sign = -1.0 if (order - place) % 2 else 1.0
                terms = terms + sign * columns[order][:, member] * minors[rest]
            grown[chosen] = terms
        minors = grown
    return np.stack(
        [(-1.0) ** i * minors[tuple(j for j in range(size) if j != i)] for i in range(size)],
        axis=1,
    )


def _rounding(counts: Vector, rows: Rows) -> Vector:
    """What each coefficient may be off by; zero where all on the way to it is exact. (sets, k)"""
    size = rows.shape[1]
    largest = counts.max(axis=1)[rows]
    term = largest.prod(axis=1, keepdims=True) / largest  # no product in the minor is larger
    exact = math.factorial(size - 1) * term < _EXACT
    return np.where(exact, 0.0, math.factorial(size) * _ROUNDING * term)
