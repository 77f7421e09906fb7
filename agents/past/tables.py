"""A table of past syntheses of one target: recipes with the outcomes that were measured."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from agents.candidates import Candidates, assemble
from agents.past.table_files import Row, read_rows
from agents.past.table_outcomes import outcome_of
from knowledge.chemistry import identity
from knowledge.energies import EnergyStack
from knowledge.errors import UnbalancedError
from knowledge.literature import Proposer
from knowledge.recipe import Cooling, HeatingStep, Recipe, Target, atmosphere
from knowledge.record import Record
from lab.recorded import RecordedResult

# What fills a furnace by itself is weighed by nobody.
_GASES = frozenset(identity(gas) for gas in ("O2", "N2", "H2", "CO", "CO2", "H2O", "NH3"))
# Of the randomness of a seed, the part that permutes names: apart from that of every decision.
_NAMES = 2**31
_MOST_NOTES = 4


class Table(Record):
    """Results of one target, one for each recipe, in an order that tells nothing of them.

    `left_out` are the rows that no recipe can be made of, with the reason; `notes` what else a
    user should know.
    """

    target: Target
    results: tuple[RecordedResult, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def told(self) -> list[str]:
        """What a user should know of the reading, a line each; of much alike, the first few."""
        lines = list(self.notes[:_MOST_NOTES])
        more = len(self.notes) - len(lines)
        if more:
            lines.append(f"{more} more such notes")
        if self.left_out:
            lines.append(f"{len(self.left_out)} rows left out, such as {self.left_out[0]}")
        return lines

    def yields(self) -> dict[str, float]:
        """Weight fraction of the target by the content id of the recipe."""
        formula = self.target.formula
        return {r.recipe.content_id: r.outcome.weight_fraction(formula) for r in self.results}


def read_table(path: Path, target: Target) -> Table:
    """The table in a CSV file or an Exp.json of ARROWS. See `agents.past.table_files`.

    Rows are sorted by precursors and firing: the order in a file may follow what was computed or
    measured. Raises RecordError for a malformed file, UnbalancedError where no row is left.
    """
    rows, notes = read_rows(path)
    spelled = _spellings(rows)
    cells: dict[tuple[object, ...], list[Row]] = {}
    left_out: list[str] = []
    for row in rows:
        named = (identity(p) for p in row.precursors)
        solid = tuple(spelled[name] for name in named if name not in _GASES)
        try:
            _prototype(target, solid)
        except UnbalancedError as error:
            left_out.append(f"{row.where}: {error}")
            continue
        row = replace(row, precursors=solid)
        cells.setdefault(_cell(row), []).append(row)
    if not cells:
        raise UnbalancedError(f"no row of {path} is left: {left_out[0]}")
    several = [same for same in cells.values() if len(same) > 1]
    if several:
        first = ", ".join(row.where for row in several[0][:3])
        notes.append(f"{len(several)} recipes have several rows, their mean counts: {first} ...")
    results = [
        RecordedResult(recipe=_recipe(target, same[0]), outcome=outcome_of(same, target, notes))
        for same in cells.values()
    ]
    results.sort(key=lambda r: _order(r.recipe))
    return Table(
        target=target, results=tuple(results), left_out=tuple(left_out), notes=tuple(notes)
    )


def candidates_of(
    table: Table,
    energies: EnergyStack,
    proposer: Proposer,
    beyond: bool = False,
    also: Iterable[Recipe] = (),
) -> Candidates:
    """The recipes of a table as candidates; nothing in them follows from a result.

    `beyond` adds each precursor set at each of the table's firings, whether measured or not.
    """
    recipes = {r.recipe.content_id: r.recipe for r in table.results}
    if beyond:
        firings = list(dict.fromkeys(r.steps for r in recipes.values()))
        sets = dict.fromkeys(tuple(r.precursors) for r in recipes.values())
        more = (fired(table.target, s, steps) for s in sets for steps in firings)
        recipes |= {r.content_id: r for r in more}
    recipes |= {r.content_id: r for r in also}
    return assemble(table.target, sorted(recipes.values(), key=_order), energies, proposer)


def permuted(table: Table, seed: int) -> Table:
    """The table with its precursor sets given each other's results, firings as they were.

    What names tell is then wrong as often as chance has it. The permutation follows from the seed.
    """
    sets = list(dict.fromkeys(tuple(r.recipe.precursors) for r in table.results))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_NAMES,)))
    other = {s: sets[i] for s, i in zip(sets, rng.permutation(len(sets)), strict=True)}
    results = [
        RecordedResult(
            recipe=fired(table.target, other[tuple(r.recipe.precursors)], r.recipe.steps),
            outcome=r.outcome,
        )
        for r in table.results
    ]
    results.sort(key=lambda r: _order(r.recipe))
    return table.model_copy(update={"results": tuple(results)})


def fired(target: Target, precursors: tuple[str, ...], steps: tuple[HeatingStep, ...]) -> Recipe:
    """The recipe of precursors and firings, amounts shared where they are not unique.

    Raises UnbalancedError where no amounts use every precursor.
    """
    cooling = Cooling(atmosphere=steps[-1].atmosphere)
    return _prototype(target, precursors).model_copy(update={"steps": steps, "cooling": cooling})


@lru_cache(maxsize=20_000)
def _prototype(target: Target, precursors: tuple[str, ...]) -> Recipe:
    """A recipe of precursors, for its amounts. Raises UnbalancedError where there are none."""
    step = (HeatingStep(temperature_c=1000, hold_h=1),)
    try:
        return Recipe.balanced(target, precursors, step)
    except UnbalancedError:
        return Recipe.balanced(target, precursors, step, shared=True)


def _spellings(rows: Iterable[Row]) -> dict[str, str]:
    """One formula for each solid: the shortest that the table has, the first by name of equals."""
    written = {p for row in rows for p in row.precursors}
    last_wins = sorted(written, key=lambda formula: (len(formula), formula), reverse=True)
    return {identity(formula): formula for formula in last_wins}


def _recipe(target: Target, row: Row) -> Recipe:
    step = HeatingStep(
        temperature_c=row.temperature_c, hold_h=row.hold_h, atmosphere=atmosphere(row.atmosphere)
    )
    return fired(target, row.precursors, (step,))


def _cell(row: Row) -> tuple[object, ...]:
    """Rows of one cell are the same experiment, however its precursors are written."""
    same = frozenset(identity(p) for p in row.precursors)
    return same, row.temperature_c, row.hold_h, row.atmosphere


def _order(recipe: Recipe) -> tuple[tuple[str, ...], float, float, str, str]:
    step = recipe.hottest
    return (
        tuple(recipe.precursors), step.temperature_c, step.hold_h, step.atmosphere.name,
        recipe.content_id,
    )  # fmt: skip
