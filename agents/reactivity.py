"""What is known about pairs of solids: beliefs folded from observations, earlier ones and own.

`learn` deduces observations from the outcomes of a campaign and adds them to those that the
priors carry. `Reactivity` answers what follows for a pathway, or for a hundred thousand of them:
it works by unique pair, so that the numbers of a pair are computed once.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.history import CompletedExperiment
from agents.pairs.evidence import observations_of
from knowledge.kinetics import (
    REACTS,
    PairObservation,
    PairwiseBelief,
    RulePriors,
    TargetPriors,
    distinct,
    pair_key,
)
from knowledge.kinetics_observation import Key
from knowledge.kinetics_posterior import interpolated, prior_cdf
from knowledge.reactions import Pathway

Vector = NDArray[np.float64]
_Solids = tuple[str, ...]


class Reactivity:
    """Beliefs about pairs, priors where nothing was seen."""

    def __init__(
        self, priors: TargetPriors | RulePriors, observations: Iterable[PairObservation] = ()
    ) -> None:
        """`observations` in any order; each counts once, those of `priors` too."""
        self._priors = priors
        self._observations = defaultdict(list)
        for each in distinct((*priors.observations, *observations)):
            self._observations[each.key].append(each)
        self._beliefs: dict[Key, PairwiseBelief] = {}
        self._pairs = _Pairs(self)

    def belief(self, pair: tuple[str, ...], atmosphere: str) -> PairwiseBelief:
        """What is believed about a pair (formulas) in an atmosphere."""
        known = self._beliefs.get((pair, atmosphere))
        if known is None:
            key = pair_key(pair, atmosphere)
            known = self._beliefs.get(key)
            if known is None:
                known = self._priors.onset(*key).belief(*key, self._observations.get(key, ()))
            self._beliefs[key] = self._beliefs[pair, atmosphere] = known
        return known

    def probability_mobile(self, pathway: Pathway, temperature_c: float) -> float:
        """Probability that every pair along a pathway reacts by a temperature.

        Pairs share their mobility (what makes one slow makes its neighbours slow), so the least
        mobile pair decides rather than the product over all. Zero for a pathway without steps.
        """
        gas = pathway.atmosphere
        pairs = {tuple(step.reaction.reactants) for step in pathway.steps}
        return min(
            (self.belief(p, gas).probability_mobile(temperature_c) for p in pairs), default=0.0
        )

    def probabilities_mobile(
        self, pathways: Sequence[Pathway], temperatures_c: Sequence[float] | Vector
    ) -> Vector:
        """`probability_mobile` of each pathway at its temperature. shape: (pathways,)."""
        probability, steps = self._of_steps(pathways, temperatures_c)
        least = np.zeros(len(steps))
        reacting = np.flatnonzero(steps)
        if len(reacting):
            first = np.cumsum(steps[reacting]) - steps[reacting]
            least[reacting] = np.minimum.reduceat(probability, first)
        return least

    def information(self, pathway: Pathway, temperature_c: float) -> float:
        """Expected bits about reactivity that firing a pathway would bring.

        The sum over its pairs of the entropy of whether each reacts, each times the probability
        that its reactants come to be there: a pair that waits for another to react tells nothing
        before that one does.
        """
        return float(self.informations([pathway], [temperature_c])[0])

    def informations(
        self, pathways: Sequence[Pathway], temperatures_c: Sequence[float] | Vector
    ) -> Vector:
        """`information` of each pathway at its temperature, bits. shape: (pathways,)."""
        probability, steps = self._of_steps(pathways, temperatures_c)
        ends = np.cumsum(steps)
        each = probability.tolist()
        return np.array(
            [
                _bits(pathway, each[end - count : end])
                for pathway, end, count in zip(pathways, ends, steps, strict=True)
            ]
        )

    def most_uncertain(
        self, pathway: Pathway, temperature_c: float
    ) -> tuple[tuple[str, ...], float] | None:
        """The pair along a pathway of which least is known, and its probability of reacting."""
        gas, pairs = pathway.atmosphere, (step.reaction.pair for step in pathway.steps)
        rated = [(pair, self.belief(pair, gas).probability_mobile(temperature_c)) for pair in pairs]
        return min(rated, key=lambda item: abs(item[1] - 0.5), default=None)

    def products(
        self, pair: tuple[str, ...], atmosphere: str, predicted: Iterable[str] | None = None
    ) -> dict[tuple[str, ...], float]:
        """Probability of each set of solids that a pair may give when it reacts, likeliest first.

        `predicted` are products that thermodynamics gives, which count as one time seen. Without
        them the probabilities add up to less than 1: the rest is for what nobody has seen.
        """
        return self.belief(pair, atmosphere).products(predicted)

    @property
    def beliefs(self) -> tuple[PairwiseBelief, ...]:
        """All beliefs that have evidence, by pair and atmosphere."""
        return tuple(self.belief(*key) for key in sorted(self._observations))

    @property
    def observations(self) -> tuple[PairObservation, ...]:
        """All that was seen, each observation once."""
        return tuple(o for key in sorted(self._observations) for o in self._observations[key])

    def _of_steps(
        self, pathways: Sequence[Pathway], temperatures_c: Sequence[float] | Vector
    ) -> tuple[Vector, NDArray[np.intp]]:
        """Probability of each step of each pathway, one after the other, and steps of each."""
        columns, steps = self._pairs.columns(pathways)
        at = np.repeat(np.asarray(temperatures_c, dtype=float), steps)
        return self._pairs.probabilities(columns, at), steps


def learn(completed: Iterable[CompletedExperiment], priors: TargetPriors) -> Reactivity:
    """What is believed after some experiments, given the priors and what earlier ones have shown.

    See agents.pairs.deduction for what an outcome says. The order makes no difference.
    """
    return Reactivity(priors, observations_of(completed))


class _Pairs:
    """The pairs met so far as columns of arrays: prior, and what observations made of it."""

    def __init__(self, reactivity: Reactivity) -> None:
        self._reactivity = reactivity
        self._column: dict[str, dict[_Solids, int]] = {}  # by atmosphere, as pathways write it
        self._keys: dict[Key, int] = {}
        self._prior: list[tuple[float, float]] = []
        self._seen: list[int] = []  # row in _by_edge, or -1
        self._by_edge: list[Vector] = []

    def columns(self, pathways: Sequence[Pathway]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The column of each step of each pathway, one after the other, and steps of each."""
        columns: list[int] = []
        counts: list[int] = []
        for pathway in pathways:
            known = self._column.setdefault(pathway.atmosphere, {})
            counts.append(len(pathway.steps))
            for step in pathway.steps:
                solids = tuple(step.reaction.reactants)
                column = known.get(solids)
                if column is None:
                    column = known[solids] = self._add(pair_key(solids, pathway.atmosphere))
                columns.append(column)
        return np.array(columns, dtype=np.intp), np.array(counts, dtype=np.intp)

    def probabilities(self, columns: NDArray[np.intp], temperatures_c: Vector) -> Vector:
        """Probability that each pair has reacted by a temperature. shapes: (n,), (n,) -> (n,)."""
        if not len(columns):
            return np.zeros(0)
        mean_c, sigma_c = np.array(self._prior)[columns].T
        found = REACTS * prior_cdf(temperatures_c, mean_c, sigma_c)
        rows = np.array(self._seen)[columns]
        seen = rows >= 0
        if seen.any():
            found[seen] = interpolated(np.array(self._by_edge), rows[seen], temperatures_c[seen])
        return found

    def _add(self, key: Key) -> int:
        if key not in self._keys:
            belief = self._reactivity.belief(*key)
            self._keys[key] = len(self._prior)
            self._prior.append((belief.onset_c, belief.onset_sigma_c))
            self._seen.append(len(self._by_edge) if belief.observations else -1)
            if belief.observations:
                self._by_edge.append(belief.posterior.by_edge)
        return self._keys[key]


def _bits(pathway: Pathway, probabilities: Sequence[float]) -> float:
    """Expected bits of one pathway, given the probability that each of its pairs reacts."""
    reached: dict[str, float] = dict.fromkeys(pathway.start, 1.0)
    bits: dict[_Solids, float] = {}
    for step, probability in zip(pathway.steps, probabilities, strict=True):
        reaction = step.reaction
        reach = min((reached.get(f, 0.0) for f in reaction.reactants), default=0.0)
        told = reach * _entropy(probability)
        bits[reaction.pair] = max(told, bits.get(reaction.pair, 0.0))
        # Mobility is shared: what is reached is limited by the least likely step before it.
        for product in reaction.products:
            reached[product] = max(min(reach, probability), reached.get(product, 0.0))
    return sum(bits.values())


def _entropy(probability: float) -> float:
    """Bits of a yes or no, 0 to 1."""
    return -sum(p * math.log2(p) for p in (probability, 1 - probability) if p > 0)
