"""What is believed about when a pair of solids reacts: a prior, and what observations make of it.

The prior of a pair follows from its two solids (knowledge.mobility) and from the temperature that
literature fires a target at, by which all of its pairs have reacted.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from pydantic import Field

from knowledge.chemistry import identity
from knowledge.mobility import onset
from knowledge.recipe import Atmosphere
from knowledge.recipe import atmosphere as named
from knowledge.record import Record

# Furnace and thermocouple error, where two experiments contradict each other.
BOUND_SIGMA_C = 25.0


class PairwiseBelief(Record):
    """What is believed about one pair of solids in one atmosphere, and the evidence for it.

    The onset is normal, conditioned on the bounds seen: no reaction up to `inert_up_to_c`, reaction
    by `reacted_by_c`. `product_counts` are the times each product was seen; `prior_source` says
    in words where the prior is from.
    """

    pair: tuple[str, ...] = Field(min_length=1, max_length=2)
    atmosphere: str
    probability_of_reacting: float = Field(default=0.9, ge=0, le=1)
    onset_c: float
    onset_sigma_c: float = Field(gt=0)
    prior_source: tuple[str, ...] = ()
    inert_up_to_c: float | None = None
    reacted_by_c: float | None = None
    product_counts: dict[str, float] = {}
    evidence: tuple[str, ...] = ()

    @property
    def product_probabilities(self) -> dict[str, float]:
        """Share of each product among the times the pair was seen to react."""
        total = sum(self.product_counts.values())
        return {p: n / total for p, n in self.product_counts.items()}

    def probability_mobile(self, temperature_c: float) -> float:
        """Probability that the pair has reacted after a firing at a temperature, 0 to 1.

        P(onset <= T | bounds), times the probability that the pair reacts at all.
        """
        low = -math.inf if self.inert_up_to_c is None else self.inert_up_to_c
        high = math.inf if self.reacted_by_c is None else self.reacted_by_c
        if high <= low:  # contradictory experiments: the truth is somewhere between them
            middle = (high + low) / 2
            spread = BOUND_SIGMA_C + (low - high) / 2
            onset = _normal_cdf(temperature_c, middle, spread)
        else:
            below, above, here = (
                _normal_cdf(t, self.onset_c, self.onset_sigma_c) for t in (low, high, temperature_c)
            )
            mass = max(above - below, 1e-12)
            onset = min(max((here - below) / mass, 0.0), 1.0)
        reacts = 1.0 if self.reacted_by_c is not None else self.probability_of_reacting
        return float(onset * reacts)

    def reacted(
        self, temperature_c: float, products: tuple[str, ...], evidence: str
    ) -> "PairwiseBelief":
        """The belief after an experiment in which the pair had reacted by this temperature."""
        if evidence in self.evidence:
            return self
        bound = min(temperature_c, math.inf if self.reacted_by_c is None else self.reacted_by_c)
        counts = dict(self.product_counts)
        for product in products:
            counts[product] = counts.get(product, 0.0) + 1 / len(products)
        return self._updated(
            reacted_by_c=bound, product_counts=counts, evidence=(*self.evidence, evidence)
        )

    def inert(self, temperature_c: float, evidence: str) -> "PairwiseBelief":
        """The belief after an experiment in which the pair had not reacted by this temperature."""
        if evidence in self.evidence:
            return self
        bound = max(temperature_c, -math.inf if self.inert_up_to_c is None else self.inert_up_to_c)
        return self._updated(inert_up_to_c=bound, evidence=(*self.evidence, evidence))

    def _updated(self, **changes: object) -> "PairwiseBelief":
        return type(self)(**{**self.model_dump(), **changes})


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

    def belief(self, pair: tuple[str, ...], atmosphere: str) -> PairwiseBelief:
        """The belief about a pair before any experiment."""
        return PairwiseBelief(
            pair=tuple(sorted(pair)),
            atmosphere=atmosphere,
            onset_c=self.mean_c,
            onset_sigma_c=self.sigma_c,
            prior_source=self.source,
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


@dataclass(frozen=True)
class TargetPriors:
    """The priors of the pairs on the way to one target, fired by literature at mean +- sigma.

    People fire where every pair has reacted. Which of the pairs they wait for is not known, so
    the firing bounds each onset from above and says nothing of how far below it lies.
    """

    firing_mean_c: float
    firing_sigma_c: float

    def onset(self, pair: tuple[str, ...], atmosphere: str) -> OnsetPrior:
        """The prior of a pair by rule, given that it has reacted where literature fires."""
        return onset_prior(pair, atmosphere).reacted_near(
            self.firing_mean_c,
            self.firing_sigma_c,
            f"literature fires near {self.firing_mean_c:.0f} +- {self.firing_sigma_c:.0f} C",
        )

    def belief(self, pair: tuple[str, ...], atmosphere: str) -> PairwiseBelief:
        """The belief about a pair before any experiment."""
        return self.onset(pair, atmosphere).belief(pair, atmosphere)
