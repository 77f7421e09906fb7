"""What the literature model is measured against: counting, looking up, and trees."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.build_literature import statistics
from experiments.literature_dataset import PLAUSIBLE_C
from experiments.literature_metrics import PrecursorSet
from knowledge.chemistry import anion_class, framework, parse, whole_formula
from knowledge.literature.frequency import FrequencyProposer
from knowledge.literature.language import ANION_CLASSES, POSITION, brings

NEIGHBOURS = 40
_COMMON_PRECURSORS = 150

Floats = NDArray[np.float64]


def proposed_by_counting(
    proposer: FrequencyProposer, targets: Sequence[str], count: int
) -> list[list[PrecursorSet]]:
    """The likeliest sets of each target given its anion class, formulas in whole numbers."""
    return [
        [
            tuple(sorted(whole_formula(p) for p in proposal.precursors))
            for proposal in proposer.propose(target, count)
        ]
        for target in targets
    ]


class NearestNeighbours:
    """Each element's precursor, and the temperature, as in the published recipes most alike.

    Likeness is the cosine between compositions, half again as much within the anion class.
    """

    def __init__(self, train: pd.DataFrame) -> None:
        papers = train.drop_duplicates(["doi", "system", "precursors"])
        self._train = papers.reset_index(drop=True)
        self._precursors = list(self._train.precursors)
        self._composition = _unit_compositions(self._train.target)
        self._kind = np.array([anion_class(t) for t in self._train.target])
        self._temperature = self._train.temperature_c.to_numpy(dtype=float)
        self._empty = statistics(train.head(1))

    def answer(
        self, targets: Sequence[str], count: int
    ) -> tuple[list[list[PrecursorSet]], list[float]]:
        """The likeliest sets of each target, and its firing temperature in Celsius."""
        proposed, temperatures = [], []
        compositions = _unit_compositions(targets)
        for target, composition in zip(targets, compositions, strict=True):
            likeness = self._composition @ composition
            likeness = likeness + 0.5 * (self._kind == anion_class(target))
            order = np.argsort(-likeness, kind="stable")
            proposed.append(self._sets(target, order, likeness, count))
            fired = order[~np.isnan(self._temperature[order])][:10]
            weights = np.maximum(likeness[fired], 1e-6) ** 8
            temperatures.append(float(np.average(self._temperature[fired], weights=weights)))
        return proposed, temperatures

    def _sets(
        self, target: str, order: NDArray[np.int64], likeness: Floats, count: int
    ) -> list[PrecursorSet]:
        """Local counts: for each element, of the nearest recipes with that element."""
        kind, needed = anion_class(target), set(framework(parse(target)))
        counts: dict[str, dict[str, dict[str, float]]] = {e: {kind: {}} for e in needed}
        left = dict.fromkeys(needed, NEIGHBOURS)
        for row in order[:4000]:
            for precursor in self._precursors[row]:
                for element in needed & brings(precursor):
                    if left[element] > 0:
                        table = counts[element][kind]
                        weight = float(likeness[row]) ** 8
                        table[precursor] = table.get(precursor, 0.0) + weight
                        left[element] -= 1
            if not any(left.values()):
                break
        local = FrequencyProposer({**self._empty, "counts": counts})
        return proposed_by_counting(local, [target], count)[0]


def temperatures_by_trees(train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> Floats:
    """Firing temperatures of test recipes, Celsius, by gradient-boosted trees (scikit-learn).

    Features: atomic fractions, anion class, and which of the commonest precursors are used.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    fired = train[train.temperature_c.between(*PLAUSIBLE_C)]
    common = fired.precursors.explode().value_counts().index[:_COMMON_PRECURSORS]
    model = HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=400, learning_rate=0.06, random_state=seed
    )
    model.fit(_features(fired, common), fired.temperature_c, sample_weight=fired.weight)
    predicted: Floats = model.predict(_features(test, common))
    return predicted


def _features(recipes: pd.DataFrame, common: Sequence[str]) -> Floats:
    column = {p: i for i, p in enumerate(common)}
    used = np.zeros((len(recipes), len(column)))
    for row, precursors in enumerate(recipes.precursors):
        used[row, [column[p] for p in precursors if p in column]] = 1.0
    kinds = np.zeros((len(recipes), len(ANION_CLASSES)))
    kinds[
        np.arange(len(recipes)), [ANION_CLASSES.index(anion_class(t)) for t in recipes.target]
    ] = 1.0
    return np.hstack([_compositions(recipes.target), kinds, used])


def _compositions(targets: Sequence[str]) -> Floats:
    table = np.zeros((len(targets), len(POSITION)))
    for row, target in enumerate(targets):
        whole = parse(target)
        for element, amount in whole.items():
            table[row, POSITION[str(element)]] = amount / whole.num_atoms
    return table


def _unit_compositions(targets: Sequence[str]) -> Floats:
    # Roots, so that a dopant of 1 % counts for a tenth and not for nothing.
    table = np.sqrt(_compositions(targets))
    unit: Floats = table / np.linalg.norm(table, axis=1, keepdims=True)
    return unit
