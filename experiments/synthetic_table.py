"""A made-up table of any size: YBa2Cu3O7 by many precursor sets, temperatures and hold times.

Chemistry is real as far as it shapes the work of a policy (recipes that balance, pathways of the
embedded energies); yields are made up. Records are built without being checked one by one, because
a hundred thousand of them are wanted in seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import ceil, sqrt
from typing import Any, TypeVar

import numpy as np

from agents.candidates import Candidate, Candidates
from agents.history import CompletedExperiment, Reason, Suggestion
from knowledge.balance import precursor_sets
from knowledge.energies import EnergyStack, embedded_table
from knowledge.literature import FiringEstimate
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.reactions import Conditions, Pathway, ReactionGraph
from knowledge.recipe import AIR, HeatingStep, Recipe, Target

TARGET = "YBa2Cu3O7"
PRECURSORS = (
    "BaCO3", "BaO", "BaO2", "BaCuO2", "BaY2CuO5", "CuO", "Cu2O", "CuCO3", "Y2O3", "Y2Cu2O5",
    "Y2CuO4", "BaY2O4",
)  # fmt: skip
MOST_SETS = 47  # as many as the largest published table of one target has
_COOLEST_C, _HOTTEST_C = 600.0, 1000.0
_SHORTEST_H, _LONGEST_H = 1.0, 48.0
# Pathways are computed at these, and taken for what lies nearest: they change little between.
_PATHWAYS_AT_C = (600.0, 700.0, 800.0, 900.0, 1000.0)
_SIGMA = 0.015
_SEEN_FROM = 0.02

R = TypeVar("R", Recipe, Pathway)


@dataclass(frozen=True)
class SyntheticTable:
    """Candidates, and the experiments on some of them, in the order they were done."""

    candidates: Candidates
    experiments: tuple[CompletedExperiment, ...]


def synthetic_table(candidates: int, observations: int, seed: int = 0) -> SyntheticTable:
    """A table with so many candidates, of which so many are observed, the same for each seed."""
    rng = np.random.default_rng(seed)
    found = _candidates(candidates, rng)
    chosen = rng.permutation(len(found.items))[:observations]
    yields = _yields(found.items, rng)
    experiments = tuple(
        _experiment(found.items[i], yields[i], number) for number, i in enumerate(chosen)
    )
    return SyntheticTable(found, experiments)


def grid(candidates: int, sets: int) -> tuple[list[float], list[float]]:
    """Temperatures and hold times that, with so many sets, make as many recipes or some more.

    Four temperatures for one hold time while there are few, about as many of both where many.
    """
    cells = ceil(candidates / sets)
    holds = max(1, round(sqrt(cells) / 2)) if cells > 4 else 1
    temperatures = ceil(cells / holds)
    return (
        np.linspace(_COOLEST_C, _HOTTEST_C, temperatures).round(3).tolist(),
        np.geomspace(_SHORTEST_H, _LONGEST_H, holds).round(3).tolist() if holds > 1 else [4.0],
    )


def _candidates(count: int, rng: np.random.Generator) -> Candidates:
    target, templates = Target(formula=TARGET), _templates()
    weights = rng.dirichlet(np.ones(len(templates)))
    firing = FiringEstimate(mean_c=900.0, sigma_c=75.0)
    temperatures, holds = grid(count, len(templates))
    steps = [HeatingStep(temperature_c=t, hold_h=h) for t, h in product(temperatures, holds)]
    items = []
    for (recipe, pathways), weight in zip(templates, weights, strict=True):
        for step in steps:
            nearest = min(pathways, key=lambda t: abs(t - step.temperature_c))
            pathway = _changed(pathways[nearest], temperature_c=step.temperature_c)
            items.append(
                Candidate.model_construct(
                    recipe=_changed(recipe, steps=(step,)),
                    pathway=pathway,
                    literature_probability=float(weight),
                    firing_z=(step.temperature_c - firing.mean_c) / firing.sigma_c,
                    furnace_h=step.hold_h + step.temperature_c / 150,
                    price=None,
                )
            )
    kept = sorted(rng.permutation(len(items))[:count])
    made = Candidates(
        target=target,
        items=tuple(items[i] for i in kept),
        firing=firing,
        unavailable=(),
        warnings=(),
        knowledge="synthetic",
    )
    _ = made.fingerprint  # a campaign has named its recipes before it asks a policy
    return made


@lru_cache(maxsize=1)
def _templates() -> list[tuple[Recipe, dict[float, Pathway]]]:
    """A recipe for each precursor set, and its pathways by temperature."""
    energies = EnergyStack([embedded_table()])
    target = Target(formula=TARGET)
    sets = precursor_sets(TARGET, PRECURSORS)
    spread = np.linspace(0, len(sets) - 1, min(MOST_SETS, len(sets))).round().astype(int)
    graph = ReactionGraph(energies, TARGET, PRECURSORS, 900.0)
    templates = []
    for precursors in (sets[i] for i in dict.fromkeys(spread.tolist())):
        recipe = Recipe.balanced(target, precursors, (HeatingStep(temperature_c=900, hold_h=4),))
        pathways = {t: graph.pathway(recipe.precursors, Conditions(t, AIR)) for t in _PATHWAYS_AT_C}
        templates.append((recipe, pathways))
    return templates


def _changed(record: R, **fields: Any) -> R:
    """The record with fields changed to values that need no check."""
    values = {name: getattr(record, name) for name in type(record).model_fields}
    return type(record).model_construct(**{**values, **fields})


def _yields(items: Sequence[Candidate], rng: np.random.Generator) -> list[float]:
    """A window of temperature for each precursor set, better for longer holds, measured."""
    sets = sorted({tuple(c.recipe.precursors) for c in items})
    best = dict(zip(sets, rng.uniform(0.1, 1.0, len(sets)), strict=True))
    centre = dict(zip(sets, rng.uniform(700, 950, len(sets)), strict=True))
    true = [
        best[s := tuple(c.recipe.precursors)]
        * np.exp(-(((c.recipe.hottest.temperature_c - centre[s]) / 80) ** 2))
        * (1 - np.exp(-c.recipe.hottest.hold_h / 4))
        for c in items
    ]
    measured = np.clip(np.array(true) + rng.normal(0, _SIGMA, len(items)), 0.0, 1.0).round(4)
    return [float(y) if y >= _SEEN_FROM else 0.0 for y in measured]


def _experiment(candidate: Candidate, made: float, number: int) -> CompletedExperiment:
    """An experiment with this yield: the rest is half unreacted, half what forms on the way."""
    name = f"e{number:05d}"
    others = [next(iter(candidate.recipe.precursors)), *candidate.pathway.intermediates[:1]]
    shares = {TARGET: made} | {o: (1 - made) / len(others) for o in others}
    phases = tuple(
        PhaseFraction(formula=f, weight_fraction=round(w, 6), sigma=_SIGMA)
        for f, w in shares.items()
        if w > 0
    )
    reason = Reason(
        why="made up", probability_of_success=0.5, interval=(0.0, 1.0), pathway=candidate.pathway
    )
    suggestion = Suggestion(
        recipe=candidate.recipe,
        policy="synthetic",
        decision_index=number,
        watermark=3 * number,
        reason=reason,
    )
    outcome = Outcome(experiment_id=name, phases=phases, lab_time_h=12.0)
    return CompletedExperiment(experiment_id=name, suggestion=suggestion, outcome=outcome)
