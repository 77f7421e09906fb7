"""What is believed about when a pair of solids reacts: a prior, and what observations make of it.

The prior of a pair follows from its two solids (knowledge.mobility) and from the temperature that
literature fires a target at, by which all of its pairs have reacted.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from pydantic import Field

from knowledge.chemistry import identity
from knowledge.kinetics_observation import Key, PairObservation, distinct, fingerprint
from knowledge.kinetics_posterior import OnsetPosterior, onset_posterior, prior_cdf
from knowledge.mobility import onset
from knowledge.recipe import Atmosphere
from knowledge.recipe import atmosphere as named
from knowledge.record import Record

__all__ = [
    "REACTS",
    "OnsetPrior",
    "PairObservation",
    "PairwiseBelief",
    "RulePriors",
    "TargetPriors",
    "distinct",
    "fingerprint",
    "onset_prior",
    "pair_key",
]

# Of ten pairs that energies let react, one does not at any temperature a furnace has.
REACTS = 0.9
# Weight of a product that is predicted, or of one nobody thought of, in times seen.
_PRODUCT_PRIOR = 1.0


def pair_key(pair: Iterable[str], atmosphere: str) -> Key:
    """The one name of a pair of solids (or one) in a gas, however its formulas are written."""
    return tuple(sorted({identity(f) for f in pair})), atmosphere


class PairwiseBelief(Record):
    """What is believed about one pair of solids in one atmosphere: a prior and observations.

    `onset_c`, `onset_sigma_c` and `probability_of_reacting` are the prior, `prior_source` says in
    words where it is from. The posterior is folded from the observations, in whatever order they
    came (knowledge.kinetics_posterior).
    """

    pair: tuple[str, ...] = Field(min_length=1, max_length=2)
    atmosphere: str
    probability_of_reacting: float = Field(default=REACTS, gt=0, lt=1)
    onset_c: float
    onset_sigma_c: float = Field(gt=0)
    prior_source: tuple[str, ...] = ()
    observations: tuple[PairObservation, ...] = ()

    @cached_property
    def posterior(self) -> OnsetPosterior:
        """The distribution of the onset, given all observations."""
        return onset_posterior(
            self.onset_c, self.onset_sigma_c, self.probability_of_reacting, self.observations
        )

    def probability_mobile(self, temperature_c: float) -> float:
        """Probability that the pair has reacted after a firing at a temperature, 0 to 1.

        P(onset <= T | observations), times the probability that the pair reacts at all.
        """
        if self.observations:
            return self.posterior.at(temperature_c)
        prior = prior_cdf(temperature_c, self.onset_c, self.onset_sigma_c)
        return self.probability_of_reacting * float(prior)

    @cached_property
    def inert_up_to_c(self) -> float | None:
        """The highest temperature at which it was seen inert, and that is believed."""
        seen = {o.temperature_c for o in self.observations if not o.reacted}
        return max((t for t in seen if self.posterior.at(t) < 0.5), default=None)

    @cached_property
    def reacted_by_c(self) -> float | None:
        """The lowest temperature at which it was seen to have reacted, and that is believed."""
        seen = {o.temperature_c for o in self.observations if o.reacted}
        return min((t for t in seen if self.posterior.at(t) >= 0.5), default=None)

    @cached_property
    def product_sets(self) -> dict[tuple[str, ...], float]:
        """How often the pair was seen to give each set of solids, doubtful times counting less."""
        counts: dict[tuple[str, ...], float] = {}
        for each in self.observations:
            if each.products:
                counts[each.products] = counts.get(each.products, 0.0) + 1 - each.doubt
        return dict(sorted(counts.items()))

    @property
    def product_counts(self) -> dict[str, float]:
        """How often each single product was seen; a time with two counts half for each."""
        counts: dict[str, float] = {}
        for products, times in self.product_sets.items():
            for product in products:
                counts[product] = counts.get(product, 0.0) + times / len(products)
        return counts

    @property
    def product_probabilities(self) -> dict[str, float]:
        """Share of each product among the times the pair was seen to react, most frequent first."""
        total = sum(self.product_counts.values())
        ranked = sorted(self.product_counts.items(), key=lambda item: (-item[1], item[0]))
        return {p: n / total for p, n in ranked}

    def products(self, predicted: Iterable[str] | None = None) -> dict[tuple[str, ...], float]:
        """Probability of each set of solids that the pair may give when it reacts, likeliest first.

        What is predicted counts as one time seen. Without a prediction that one time is kept for
        what nobody has seen yet, and the probabilities add up to less than 1.
        """
        weights = dict(self.product_sets)
        if predicted is not None:
            expected = tuple(sorted({identity(f) for f in predicted}))
            weights[expected] = weights.get(expected, 0.0) + _PRODUCT_PRIOR
        total = sum(self.product_sets.values()) + _PRODUCT_PRIOR
        ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
        return {products: weight / total for products, weight in ranked}

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """The experiments and citations behind the observations."""
        return tuple(sorted({o.source for o in self.observations}))

    def after(self, observations: Iterable[PairObservation]) -> "PairwiseBelief":
        """The belief with more observations of the same pair and gas; others are passed over."""
        mine = (o for o in observations if o.key == (self.pair, self.atmosphere))
        return self.model_copy(
            update={"observations": tuple(distinct([*self.observations, *mine]))}
        )


def _normal_cdf(x: float, mean: float, sigma: float) -> float:
    return 0.5 * math.erfc((mean - x) / (sigma * math.sqrt(2.0)))


@dataclass(frozen=True)
class OnsetPrior:
    """Normal distribution of the onset of a pair before any experiment, Celsius, and why."""

    mean_c: float
    sigma_c: float
    source: tuple[str, ...] = ()

    def reacted_near(self, mean_c: float, sigma_c: float, reason: str) -> "OnsetPrior":
        """The prior given that the pair has reacted by a temperature that is itself uncertain.

        P(onset) is multiplied by P(onset < T) for a normal T; returned is the normal with the
        first two moments of that (Rasmussen & Williams, Gaussian Processes for Machine Learning,
        2006, section 3.9).
        """
        spread = math.hypot(self.sigma_c, sigma_c)
        z = (mean_c - self.mean_c) / spread
        if z > -30:
            ratio = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / _normal_cdf(z, 0, 1)
        else:  # density and probability are both nothing; the series of their ratio is exact enough
            ratio = -z - 1 / z + 2 / z**3
        mean = self.mean_c - self.sigma_c**2 * ratio / spread
        shrunk = 1 - (self.sigma_c / spread) ** 2 * ratio * (z + ratio)
        return OnsetPrior(mean, self.sigma_c * math.sqrt(shrunk), (*self.source, reason))

    def belief(
        self, pair: tuple[str, ...], atmosphere: str, observations: Iterable[PairObservation] = ()
    ) -> PairwiseBelief:
        """The belief about a pair, given observations of it; without any, the prior."""
        return PairwiseBelief(
            pair=tuple(sorted(pair)),
            atmosphere=atmosphere,
            onset_c=self.mean_c,
            onset_sigma_c=self.sigma_c,
            prior_source=self.source,
            observations=tuple(observations),
        )


def onset_prior(pair: tuple[str, ...], atmosphere: Atmosphere | str) -> OnsetPrior:
    """When two solids in a gas get mobile enough to react, or one changes by itself, by rule.

    Raises RecordError for an atmosphere without a definition, FormulaError for no formula.
    """
    gas = named(atmosphere) if isinstance(atmosphere, str) else atmosphere
    return _by_rule(tuple(sorted(identity(f) for f in pair)), gas)


@lru_cache(maxsize=100_000)
def _by_rule(pair: tuple[str, ...], gas: Atmosphere) -> OnsetPrior:
    found = onset(pair, gas)
    return OnsetPrior(found.mean_c, found.sigma_c, found.source)


@lru_cache(maxsize=100_000)
def _fired(pair: tuple[str, ...], atmosphere: str, mean_c: float, sigma_c: float) -> OnsetPrior:
    reason = f"literature fires near {mean_c:.0f} +- {sigma_c:.0f} C"
    return onset_prior(pair, atmosphere).reacted_near(mean_c, sigma_c, reason)


@dataclass(frozen=True)
class RulePriors:
    """What is known of pairs without a target: by rule alone, and what experiments have shown."""

    observations: tuple[PairObservation, ...] = field(default=(), repr=False)

    def onset(self, pair: tuple[str, ...], atmosphere: str) -> OnsetPrior:
        """The prior of a pair by rule."""
        return onset_prior(pair, atmosphere)


@dataclass(frozen=True)
class TargetPriors:
    """What is known of the pairs on the way to one target before its first experiment.

    Literature fires the target at mean +- sigma. People fire where every pair has reacted. Which
    of the pairs they wait for is not known, so the firing bounds each onset from above and says
    nothing of how far below it lies. `observations` are what earlier experiments have shown.
    """

    firing_mean_c: float
    firing_sigma_c: float
    observations: tuple[PairObservation, ...] = field(default=(), repr=False)

    def onset(self, pair: tuple[str, ...], atmosphere: str) -> OnsetPrior:
        """The prior of a pair by rule, given that it has reacted where literature fires."""
        return _fired(pair, atmosphere, self.firing_mean_c, self.firing_sigma_c)

    def belief(self, pair: tuple[str, ...], atmosphere: str) -> PairwiseBelief:
        """The belief about a pair before any experiment but the earlier ones."""
        key = pair_key(pair, atmosphere)
        seen = [o for o in self.observations if o.key == key]
        return self.onset(*key).belief(*key, distinct(seen))
