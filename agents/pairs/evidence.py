"""From experiments to observations of pairs.

What failed says nothing. The share of a powder that stayed unidentified weakens all that is
concluded from it: it may be the missing product, or hide what is called gone. A phase with an
element that nobody weighed in is not identified either.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from agents.history import CompletedExperiment
from agents.pairs.deduction import Powder, Step, conclude
from agents.pairs.sources import elements
from knowledge.chemistry import identity
from knowledge.kinetics_observation import NO_WORD, PairObservation
from knowledge.outcome import Outcome
from knowledge.reactions import Pathway

# Less than this of a phase is left over, not unreacted; and no product is built on it.
_LEFT_OVER = 0.05
# Less than this of a phase is not to be told from the background.
_TRACE = 0.02
# A powder of which more is unidentified does not show what there was on the way up.
_CLEAR = 0.05
# What is doubted more than this is not worth keeping.
_MOST_DOUBT = 0.4
# Some 9 kB each; those of one campaign must fit, and a study has thousands of campaigns.
_MOST_EXPERIMENTS = 4000


def observations_of(
    completed: Iterable[CompletedExperiment], campaign: str = "", lab: str = ""
) -> list[PairObservation]:
    """Everything that experiments say about pairs. The order they come in makes no difference.

    The same mixture fired cooler shows what there was on the way up.
    """
    found: list[PairObservation] = []
    for experiment, powder in powders(completed):
        step = experiment.recipe.hottest
        unidentified = _unidentified(experiment.outcome, powder.weighed_in)
        found += _observations(
            experiment.experiment_id,
            powder,
            step.atmosphere.name,
            step.temperature_c,
            unidentified,
            campaign,
            lab,
        )
    return found


def powders(
    completed: Iterable[CompletedExperiment],
) -> Iterator[tuple[CompletedExperiment, Powder]]:
    """Each experiment that was measured, with its powder before and after, coolest first.

    Experiments are told together where precursors and gas are the same.
    """
    mixtures: dict[tuple[frozenset[str], str], dict[float, list[CompletedExperiment]]] = {}
    for experiment in completed:
        if experiment.measured:
            step = experiment.recipe.hottest
            solids = _solids(*experiment.recipe.precursors)
            same = mixtures.setdefault((solids, step.atmosphere.name), {})
            same.setdefault(step.temperature_c, []).append(experiment)
    for (solids, _), by_temperature in mixtures.items():
        earlier = solids
        for _, here in sorted(by_temperature.items()):
            found = [
                Powder(
                    weighed_in=solids,
                    earlier=earlier,
                    there=_found(experiment.outcome, _LEFT_OVER),
                    listed=_found(experiment.outcome, _TRACE),
                    steps=_steps(experiment.suggestion.reason.pathway),
                )
                for experiment in here
            ]
            yield from zip(here, found, strict=True)
            clear = [
                powder.listed
                for experiment, powder in zip(here, found, strict=True)
                if _unidentified(experiment.outcome, solids) <= _CLEAR
            ]
            earlier = frozenset().union(*clear) or earlier


@lru_cache(maxsize=_MOST_EXPERIMENTS)
def _observations(
    experiment_id: str,
    powder: Powder,
    gas: str,
    temperature_c: float,
    unidentified: float,
    campaign: str,
    lab: str,
) -> tuple[PairObservation, ...]:
    """Kept, since a campaign asks for the same again after each experiment."""
    weakened = [
        (told, round(told.doubt + (NO_WORD - told.doubt) * unidentified, 2))
        for told in conclude(powder)
    ]
    return tuple(
        PairObservation(
            pair=told.pair,
            atmosphere=gas,
            temperature_c=temperature_c,
            reacted=told.reacted,
            products=told.products,
            source=experiment_id,
            campaign=campaign,
            lab=lab,
            doubt=doubt,
        )
        for told, doubt in weakened
        if doubt <= _MOST_DOUBT
    )


@lru_cache(maxsize=20_000)
def _solids(*formulas: str) -> frozenset[str]:
    """The solids among some formulas, by identity. Carbon and ice burn or melt: no partners."""
    return frozenset(identity(f) for f in formulas if elements(f))


def _steps(pathway: Pathway) -> tuple[Step, ...]:
    steps = (
        (tuple(sorted(_solids(*step.reaction.reactants))), _solids(*step.reaction.products))
        for step in pathway.steps
    )
    return tuple((pair, products) for pair, products in steps if pair)


def _unidentified(outcome: Outcome, weighed_in: frozenset[str]) -> float:
    """Weight fraction of what is not identified, or cannot be what it is said to be; 0 to 1."""
    brought = frozenset().union(*(elements(s) for s in weighed_in))
    alien = (p.weight_fraction for p in outcome.phases if not elements(p.formula) <= brought)
    return min(outcome.unidentified_weight_fraction + sum(alien), 1.0)


def _found(outcome: Outcome, least: float) -> frozenset[str]:
    return _solids(*(p.formula for p in outcome.phases if p.weight_fraction >= least))
