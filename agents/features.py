"""A recipe in numbers: what the surrogate's mean and kernel are made of.

Every element of the target comes from some precursors, and two recipes are nearly one experiment
when each element comes from the same sources (`sources`), is fired alike (`conditions`) and passes
through the same pairwise reactions (`pathway`). `knowledge` are what literature and thermodynamics
say for or against a precursor set among those fired at the same temperature.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from agents.candidates import Candidate, Candidates
from agents.reactivity import Reactivity
from knowledge.chemistry import framework, parse
from knowledge.errors import AthanorError
from knowledge.precursors import likeness, probability_gone

Source = Literal["literature", "temperature", "pathway", "similarity", "reactivity"]
SOURCES: tuple[Source, ...] = get_args(Source)
Matrix = NDArray[np.float64]

KNOWLEDGE = ("literature", "force left", "force", "mobility", "no salt left")
# Driving forces beyond these make no more difference: half of the effect is reached there.
_HALF_LEFT_EV_PER_ATOM, _HALF_WHOLE_EV_PER_ATOM = 0.05, 0.2
_LEAST_LOG10_SHARE = -4.0  # beyond one in ten thousand, the literature simply does not say
# Margins of a target that most tables agree on, and where more of it makes no difference.
USUAL_MARGIN, _MOST_MARGIN = 1.0, 2.5
_LEAST_SIGMA_EV_PER_ATOM = 0.003
# A pathway that ends below this share of target is not predicted to make it.
_REACHES = 0.9
# Probability that all pairs react, where the pathway is not known: what is usual where it is.
_UNTOLD = 0.8
_CERTAIN = 0.98  # no rule of thumb about mobility is surer


@dataclass(frozen=True)
class Features:
    """Rows for recipes; see the module. `z` is the temperature in literature's sigmas.

    `mobility`: probit of the probability that all pairs on the way react. `reaches`: 1 where the
    pathway ends in target, else 0, and 1 where no pathway is known. `margin`: driving force of the
    step that forms the target in standard deviations of its error. shapes: (n,), (n, k),
    (n, elements, r), (n, reactions), (n, 2 + atmospheres). `firing` and `set_number` count the
    distinct conditions and precursor sets, shape (n,).
    """

    z: Matrix
    mobility: Matrix
    reaches: Matrix
    margin: Matrix
    knowledge: Matrix
    sources: Matrix
    pathway: Matrix
    conditions: Matrix
    firing: Matrix
    set_number: Matrix

    def rows(self, index: Sequence[int] | NDArray[np.intp]) -> "Features":
        """Some rows, in the order given."""
        return Features(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.z)


class Featuriser:
    """Turns the candidates of one campaign into features, once; only mobility is learned later."""

    def __init__(self, candidates: Candidates, without: Collection[str] = ()) -> None:
        unknown = sorted(set(without) - set(SOURCES))
        if unknown:
            raise AthanorError(
                f"no source of knowledge is called {', '.join(unknown)}: allowed in `without` are "
                f"{', '.join(SOURCES)}"
            )
        self.items, self.without = candidates.items, frozenset(without)
        self._candidates = candidates
        self.row = {c.recipe.content_id: i for i, c in enumerate(candidates.items)}
        self.temperatures_c = np.array([c.recipe.hottest.temperature_c for c in self.items])

    def features(self, reactivity: Reactivity) -> Features:
        """All candidates, given what is believed of pairs by now."""
        mobile = np.clip(self._mobile(reactivity), 1 - _CERTAIN, _CERTAIN)
        columns = {**self._known, "mobility": mobile}
        knowledge = np.stack([self._among_equals(columns[name]) for name in KNOWLEDGE], axis=1)
        return Features(
            z=self._z,
            mobility=np.asarray(ndtri(mobile)),
            reaches=self._reaches,
            margin=self._margin,
            knowledge=knowledge,
            sources=self._sources,
            pathway=self._pathway,
            conditions=self._conditions,
            firing=self._firing,
            set_number=self._supplied[1].astype(float),
        )

    def _mobile(self, reactivity: Reactivity) -> Matrix:
        if "reactivity" in self.without:
            return np.full(len(self.items), _UNTOLD)
        pathways = [c.pathway for c in self.items]
        found = reactivity.probabilities_mobile(pathways, self.temperatures_c)
        return np.where(self._told, found, _UNTOLD)

    @cached_property
    def _told(self) -> NDArray[np.bool_]:
        return np.array([c.pathway_is_known for c in self.items])

    @cached_property
    def _z(self) -> Matrix:
        if "temperature" in self.without:
            return np.zeros(len(self.items))
        return np.array([c.firing_z for c in self.items])

    @cached_property
    def _reaches(self) -> Matrix:
        if "pathway" in self.without:
            return np.ones(len(self.items))
        return np.array(
            [
                float(not told or _ends_in_target(c))
                for c, told in zip(self.items, self._told, strict=True)
            ]
        )

    @cached_property
    def _margin(self) -> Matrix:
        if "pathway" in self.without:
            return np.full(len(self.items), USUAL_MARGIN)
        return np.array([_margin(c) for c in self.items])

    @cached_property
    def _known(self) -> dict[str, Matrix]:
        """What is known of each candidate before any experiment, larger is better. shapes: (n,)."""
        likeliest = max(c.literature_probability for c in self.items)
        share = np.array([c.literature_probability / likeliest for c in self.items])
        left = np.array([c.pathway.driving_force_left_ev_per_atom for c in self.items])
        whole = np.array([c.pathway.driving_force_ev_per_atom for c in self.items]).clip(0)
        known = {
            "literature": np.log10(share.clip(10**_LEAST_LOG10_SHARE)),
            "force left": left / (left + _HALF_LEFT_EV_PER_ATOM),
            "force": whole / (whole + _HALF_WHOLE_EV_PER_ATOM),
            "no salt left": self._gone,
        }
        hidden = {
            "literature": ["literature"],
            "pathway": ["force left", "force"],
            "reactivity": ["no salt left"],
        }
        for source, names in hidden.items():
            if source in self.without:
                known |= {name: np.zeros(len(self.items)) for name in names}
        return known

    def _among_equals(self, column: Matrix) -> Matrix:
        """A column centred among the candidates of one temperature, one for two deviations."""
        _, group = np.unique(self.temperatures_c, return_inverse=True)
        centred = column - (np.bincount(group, column) / np.bincount(group))[group]
        sigma = np.sqrt((centred**2).mean())
        return np.asarray((centred / max(sigma, 1e-6)).clip(-3, 3) / 2)

    @cached_property
    def _bottles(self) -> list[str]:
        return sorted({p for c in self.items for p in c.recipe.precursors})

    @cached_property
    def _supplied(self) -> tuple[Matrix, NDArray[np.intp]]:
        """Which share of each element which precursor brings, by set, and the set of each item.

        shapes: (sets, elements, precursors), (n,).
        """
        elements = sorted(framework(parse(self._candidates.target.formula)))
        column = {p: i for i, p in enumerate(self._bottles)}
        brought = {p: framework(parse(p)) for p in self._bottles}
        sets: dict[tuple[tuple[str, float], ...], int] = {}
        index = [sets.setdefault(tuple(c.recipe.precursors.items()), len(sets)) for c in self.items]
        shares = np.zeros((len(sets), len(elements), len(column)))
        for row, precursors in enumerate(sets):
            for formula, moles in precursors:
                for e, element in enumerate(elements):
                    shares[row, e, column[formula]] = moles * brought[formula].get(element, 0.0)
        total = shares.sum(axis=2, keepdims=True)
        return shares / np.where(total > 0, total, 1.0), np.array(index)

    @cached_property
    def _sources(self) -> Matrix:
        """Unit vectors for each element, whose products say how alike its sources are."""
        shares, index = self._supplied
        if "similarity" in self.without:
            alike = np.eye(len(self._bottles))
        else:
            alike = likeness(self._bottles, self._candidates.firing.mean_c)
        vectors = shares @ np.linalg.cholesky(alike + 1e-9 * np.eye(len(alike)))
        length = np.linalg.norm(vectors, axis=2, keepdims=True)
        unit: Matrix = (vectors / np.where(length > 0, length, 1.0))[index]
        return unit

    @cached_property
    def _gone(self) -> Matrix:
        """Share of the elements whose source is free of undecomposed salt, at the temperature."""
        shares, index = self._supplied
        gases = {c.recipe.hottest.atmosphere.name: c.recipe.hottest.atmosphere for c in self.items}
        by_condition: dict[tuple[float, str], Matrix] = {}
        gone = np.empty(len(self.items))
        for i, candidate in enumerate(self.items):
            gas = candidate.recipe.hottest.atmosphere.name
            key = (float(self.temperatures_c[i]), gas)
            if key not in by_condition:
                free = [probability_gone(p, key[0], gases[gas]) for p in self._bottles]
                by_condition[key] = np.asarray((shares @ np.array(free)).mean(axis=1))
            gone[i] = by_condition[key][index[i]]
        return gone

    @cached_property
    def _pathway(self) -> Matrix:
        """Unit vectors over the pairs that react on the way; zero where none is known."""
        if "pathway" in self.without:
            return np.zeros((len(self.items), 1))
        pairs: dict[tuple[str, ...], int] = {}
        rows = [
            [pairs.setdefault(step.reaction.pair, len(pairs)) for step in c.pathway.steps]
            for c in self.items
        ]
        passed = np.zeros((len(rows), max(len(pairs), 1)))
        for row, columns in enumerate(rows):
            passed[row, columns] = 1.0
        length = np.linalg.norm(passed, axis=1, keepdims=True)
        unit: Matrix = passed / np.where(length > 0, length, 1.0)
        return unit

    @cached_property
    def _firing(self) -> Matrix:
        return np.unique(self._conditions, axis=0, return_inverse=True)[1].astype(float).ravel()

    @cached_property
    def _conditions(self) -> Matrix:
        """Temperature in hundreds of kelvin, log hours at the hottest, and which atmosphere."""
        steps = [c.recipe.hottest for c in self.items]
        gases = sorted({s.atmosphere.name for s in steps})
        hours = np.log([s.hold_h + 1.0 for s in steps])
        which = np.array([[float(s.atmosphere.name == gas) for gas in gases] for s in steps])
        return np.column_stack([self.temperatures_c / 100, hours, which])


def _margin(candidate: Candidate) -> float:
    """Of the step that first forms the target; zero where none does."""
    if not candidate.pathway_is_known:
        return USUAL_MARGIN
    target = candidate.pathway.target
    for step in candidate.pathway.steps:
        if target in step.reaction.products:
            force, sigma = step.reaction.driving_force_ev_per_atom, step.reaction.sigma_ev_per_atom
            return float(np.clip(force / max(sigma, _LEAST_SIGMA_EV_PER_ATOM), 0.0, _MOST_MARGIN))
    return 0.0


def _ends_in_target(candidate: Candidate) -> bool:
    return candidate.pathway.target_weight_fraction >= _REACHES
