"""Score the literature model on any table of published recipes, beside the baselines.

    python -m experiments.evaluate_literature --recipes FILE.parquet --json OUT
    python -m experiments.evaluate_literature --recipes FILE.parquet --train FILE.parquet ...

Each FILE has the columns `target` and `precursors`; what else of the schema it has (temperature_c,
time_h, atmosphere, n_heating_steps, year, doi) is used. A target is hit at k if any of its first k
sets equals any set that the table reports for it. Temperatures are predicted for every row that
has one, given its own precursors (`mae_c`) and given the first proposed (`mae_proposed_c`).

Baselines are counted on --train; without it, on the statistics that come with the project, and
those that need recipes are left out. With `--held-out system` or `year` only that part of the table
is scored and the baselines see only the rest; name weights that did not see it either with
`--weights` (`experiments.train_literature` leaves them beside its checkpoints).
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.build_literature import statistics
from experiments.command_line import one_line_errors
from experiments.literature_baselines import (
    NearestNeighbours,
    proposed_by_counting,
    temperatures_by_trees,
)
from experiments.literature_dataset import held_out, read_recipes
from experiments.literature_metrics import (
    TOP,
    PrecursorSet,
    brier_skill,
    expected_calibration_error,
    hits,
    interval_scores,
    paired_gain,
    shares,
)
from knowledge.balance import amounts
from knowledge.chemistry import whole_formula
from knowledge.errors import AthanorError, RecordError
from knowledge.literature import (
    FrequencyProposer,
    LiteratureModel,
    frequency_proposer,
    literature_model,
)
from knowledge.literature.answers import quantiles, shortest_intervals
from knowledge.literature.language import read_target
from knowledge.literature.proposer import Conditions, Proposal

Floats = NDArray[np.float64]
_MANY = 1024


@dataclass(frozen=True)
class Scored:
    """A table to score: its recipes, and by target the reported sets and the chemical system."""

    recipes: pd.DataFrame
    targets: list[str]
    reported: list[set[PrecursorSet]]
    systems: list[str]

    @property
    def fired(self) -> pd.DataFrame:
        """The rows that have a temperature, and a target that is a compound to be fired."""
        told = self.recipes[self.recipes.temperature_c.notna()]
        return told[told.target.map(_readable).astype(bool)]


def scored(recipes: pd.DataFrame) -> Scored:
    """A table by target."""
    by_target = recipes.groupby("target")
    reported = by_target.precursors.agg(set)
    return Scored(recipes, list(reported.index), list(reported), list(by_target.system.first()))


def proposals(
    model: LiteratureModel, targets: Sequence[str], count: int = TOP[-1]
) -> tuple[list[list[Proposal]], float]:
    """The model's sets of each target, none where it refuses one, and targets per second."""
    model.propose("BaTiO3", 1)  # reading the weights is not proposing
    begun = time.perf_counter()
    answers: list[list[Proposal]] = [[] for _ in targets]
    readable = [i for i, t in enumerate(targets) if _readable(t)]
    for start in range(0, len(readable), _MANY):
        part = readable[start : start + _MANY]
        found = model.propose_all([targets[i] for i in part], count)
        for i, sets in zip(part, found, strict=True):
            answers[i] = sets
    return answers, len(targets) / (time.perf_counter() - begun)


def _readable(target: str) -> bool:
    try:
        read_target(target)
    except AthanorError:
        return False
    return True


def as_sets(proposed: Sequence[Sequence[Proposal]]) -> list[list[PrecursorSet]]:
    """Formulas in whole numbers, as tables have them."""
    return [[tuple(sorted(map(whole_formula, p.precursors))) for p in sets] for sets in proposed]


def evaluate(
    model: LiteratureModel, table: Scored, train: pd.DataFrame | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Everything the command reports, and what a reader of it may want besides."""
    proposed, speed = proposals(model, table.targets)
    sets = as_sets(proposed)
    hit = hits(sets, table.reported)
    first = np.array([p[0].probability if p else 0.0 for p in proposed])
    offered = [(t, s) for t, found in zip(table.targets, sets, strict=True) for s in found]
    balanced = np.mean([amounts(t, s) is not None for t, s in offered]) if offered else 1.0
    temperature, errors = temperatures(model, table, sets)
    report: dict[str, Any] = {
        "targets": len(table.targets),
        "top": shares(hit),
        "temperature": temperature,
        "ece": round(expected_calibration_error(first, hit[:, 0]), 4),
        "brier_skill": round(brier_skill(first, hit[:, 0]), 4),
        "balanced": round(float(balanced), 6),
        "targets_per_s": round(speed, 1),
        "baselines": {},
    }
    more: dict[str, Any] = {
        "recipes": len(table.recipes),
        "left_out": int(table.recipes.attrs.get("left_out", 0)),
        "without_proposal": sum(not p for p in proposed),
        "gains": {},
    }
    for name, their_sets, their_temperatures in baselines(table, train):
        theirs: dict[str, Any] = {}
        gains: dict[str, Any] = {}
        if their_sets is not None:
            their_hit = hits(their_sets, table.reported)
            theirs["top"] = shares(their_hit)
            for i, k in enumerate(TOP):
                gains[f"top_{k}"] = paired_gain(
                    hit[:, i].astype(float), their_hit[:, i].astype(float), table.systems
                )
        if their_temperatures is not None and len(table.fired):
            their_errors = np.abs(their_temperatures - table.fired.temperature_c.to_numpy())
            theirs["temperature"] = {"n": len(their_errors), "mae_c": _mean(their_errors)}
            gains["mae_c"] = paired_gain(errors, their_errors, list(table.fired.system))
        report["baselines"][name] = theirs
        more["gains"][name] = gains
    return report, more


def temperatures(
    model: LiteratureModel, table: Scored, sets: Sequence[Sequence[PrecursorSet]]
) -> tuple[dict[str, Any], Floats]:
    """Scores of firing temperatures, and the absolute error of each row that has one."""
    fired = table.fired
    if len(fired) == 0:
        return {"n": 0}, np.array([])
    truth = fired.temperature_c.to_numpy(dtype=float)
    given = list(zip(fired.target, fired.precursors, strict=True))
    low, middle, high = _quantiles(model.conditions_all(given))
    first = {t: s[0] for t, s in zip(table.targets, sets, strict=True) if s}
    asked = [(t, first[t]) for t in dict.fromkeys(fired.target) if t in first]
    told = model.conditions_all(asked)
    of_first = {t: c.temperature_c.quantile(0.5) for (t, _), c in zip(asked, told, strict=True)}
    guessed = np.array([of_first.get(t, np.nan) for t in fired.target])
    errors = np.abs(middle - truth)
    return {
        "n": len(fired),
        "mae_c": _mean(errors),
        "mae_proposed_c": _mean(np.abs(guessed - truth)[~np.isnan(guessed)]) if asked else None,
        "median_c": round(float(np.median(errors)), 1),
        "mae_by_paper_c": round(float(np.average(errors, weights=fired.weight)), 1),
        **interval_scores(low, high, truth),
    }, errors


def _quantiles(told: Sequence[Conditions]) -> tuple[Floats, Floats, Floats]:
    """Ends of the shortest 90 % interval, with the median between them."""
    grid = np.array(told[0].temperature_c.values, dtype=float)
    probabilities = np.stack([c.temperature_c.probabilities for c in told])
    low, high = shortest_intervals(grid, probabilities, 0.9)
    return low, quantiles(grid, probabilities, 0.5), high


def _mean(errors: Floats) -> float:
    return round(float(errors.mean()), 1)


def baselines(
    table: Scored, train: pd.DataFrame | None
) -> list[tuple[str, list[list[PrecursorSet]] | None, Floats | None]]:
    """Name, proposed sets and temperatures of each baseline that there is data for."""
    counted = frequency_proposer() if train is None else FrequencyProposer(statistics(train))
    fired = table.fired
    regressed = np.array([counted.firing(t).mean_c for t in fired.target])
    found: list[tuple[str, list[list[PrecursorSet]] | None, Floats | None]] = [
        (
            "frequency given the anion class",
            proposed_by_counting(counted, table.targets, TOP[-1]),
            regressed,
        )
    ]
    if train is not None:
        nearest, degrees = NearestNeighbours(train).answer(table.targets, TOP[-1])
        of_target = dict(zip(table.targets, degrees, strict=True))
        looked_up = np.array([of_target[t] for t in fired.target])
        found.append(("nearest neighbours", nearest, looked_up))
        if len(fired):
            found.append(("gradient-boosted trees", None, temperatures_by_trees(train, fired)))
    return found


@one_line_errors
def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0],
        epilog=(__doc__ or "").split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--recipes", type=Path, nargs="+", required=True, help="what to score on")
    parser.add_argument("--train", type=Path, nargs="+", help="what the baselines are counted on")
    parser.add_argument("--held-out", choices=("system", "year", "none"), default="none")
    parser.add_argument("--weights", type=Path, help="a folder of other weights than the shipped")
    parser.add_argument("--json", type=Path, help="write the scores there")
    given = parser.parse_args()
    if given.json and not given.json.parent.is_dir():
        raise RecordError(f"{given.json} cannot be written: there is no {given.json.parent}")
    recipes = read_recipes(given.recipes)
    train = read_recipes(given.train) if given.train else None
    if given.held_out != "none":
        left_out = recipes.attrs["left_out"]
        recipes = recipes[held_out(recipes, given.held_out)]
        recipes.attrs["left_out"] = left_out
        train = train[~held_out(train, given.held_out)] if train is not None else None
    if len(recipes) == 0:
        raise RecordError(f"no row is held out by {given.held_out}: --held-out none scores all")
    model = LiteratureModel(given.weights) if given.weights else literature_model()
    report, more = evaluate(model, scored(recipes), train)
    if given.json:
        given.json.write_text(json.dumps({**report, "more": more}, indent=1) + "\n", "utf-8")
    print(json.dumps({**report, "more": more}, indent=1))


if __name__ == "__main__":
    main()
