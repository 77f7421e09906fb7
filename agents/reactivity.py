"""What was learned about pairs of solids: beliefs folded from the outcomes of a campaign."""

from collections.abc import Iterable

from agents.history import CompletedExperiment
from knowledge.chemistry import identity
from knowledge.kinetics import PairwiseBelief, TargetPriors
from knowledge.outcome import Outcome
from knowledge.reactions import Pathway

# Less than this of a phase is left over, not unreacted.
_LEFT_OVER = 0.05


class Reactivity:
    """Beliefs about pairs, priors where nothing was seen."""

    def __init__(
        self, priors: TargetPriors, beliefs: dict[tuple[tuple[str, ...], str], PairwiseBelief]
    ) -> None:
        self._priors, self._beliefs = priors, beliefs

    def belief(self, pair: tuple[str, ...], atmosphere: str) -> PairwiseBelief:
        """What is believed about a pair (formulas) in an atmosphere."""
        key = _key(pair, atmosphere)
        return self._beliefs.get(key) or self._priors.belief(*key)

    def probability_mobile(self, pathway: Pathway, temperature_c: float) -> float:
        """Probability that every pair along a pathway reacts by a temperature.

        Pairs share their mobility (what makes one slow makes its neighbours slow), so the least
        mobile pair decides rather than the product over all.
        """
        return min(
            (
                self.belief(step.reaction.pair, pathway.atmosphere).probability_mobile(
                    temperature_c
                )
                for step in pathway.steps
            ),
            default=0.0,
        )

    def most_uncertain(
        self, pathway: Pathway, temperature_c: float
    ) -> tuple[tuple[str, ...], float] | None:
        """The pair along a pathway of which least is known, and its probability of reacting."""
        options = [
            (step.reaction.pair, self.belief(step.reaction.pair, pathway.atmosphere))
            for step in pathway.steps
        ]
        rated = [(pair, belief.probability_mobile(temperature_c)) for pair, belief in options]
        return min(rated, key=lambda item: abs(item[1] - 0.5), default=None)

    @property
    def beliefs(self) -> tuple[PairwiseBelief, ...]:
        """All beliefs that have evidence."""
        return tuple(self._beliefs[key] for key in sorted(self._beliefs))


def learn(completed: Iterable[CompletedExperiment], priors: TargetPriors) -> Reactivity:
    """Fold outcomes into beliefs that start from the prior of each pair.

    Along the predicted pathway, a pair of which a product, or the target, is there has reacted by
    the temperature fired at, if only in part; one that is still there together without any has
    not. Anything else says nothing.
    """
    beliefs: dict[tuple[tuple[str, ...], str], PairwiseBelief] = {}
    for experiment in completed:
        if not experiment.measured:
            continue
        pathway = experiment.suggestion.reason.pathway
        seen = _seen(experiment.outcome)
        target = experiment.recipe.target.identity
        for step in pathway.steps:
            key = _key(step.reaction.pair, pathway.atmosphere)
            products = {identity(f) for f in step.reaction.products}
            belief = beliefs.get(key) or priors.belief(*key)
            formed = tuple(sorted(seen & (products | {target})))
            if formed:
                belief = belief.reacted(pathway.temperature_c, formed, experiment.experiment_id)
            elif set(key[0]) <= seen:
                belief = belief.inert(pathway.temperature_c, experiment.experiment_id)
            beliefs[key] = belief
    return Reactivity(priors, {k: b for k, b in beliefs.items() if b.evidence})


def _seen(outcome: Outcome) -> set[str]:
    return {identity(p.formula) for p in outcome.phases if p.weight_fraction >= _LEFT_OVER}


def _key(pair: tuple[str, ...], atmosphere: str) -> tuple[tuple[str, ...], str]:
    return tuple(sorted({identity(f) for f in pair})), atmosphere
