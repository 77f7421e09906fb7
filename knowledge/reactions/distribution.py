"""What a mixture becomes along a heating profile, as probabilities."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from knowledge.chemistry import molar_mass_g_per_mol
from knowledge.reactions.entries import Vector
from knowledge.reactions.interface import reaction_of
from knowledge.reactions.phases import PhaseSet
from knowledge.reactions.programme import Indices, InterfaceProgramme
from knowledge.reactions.records import LikelyPathway, PathwayDistribution
from knowledge.reactions.sampling import Mobile, Seen, Stage, Walk, correlated, sampled_potential

_REACH = 4.5
# Sequences of reactions told by name; the rest are counted together.
_TOLD = 5


def distribution(
    stages: Sequence[PhaseSet],
    start: Mapping[str, float],
    target: str,
    samples: int,
    generator: np.random.Generator,
    stable_at: PhaseSet | None = None,
    mobile: Sequence[Mobile] | None = None,
    seen: Seen | None = None,
    programmes: dict[tuple[str, ...], InterfaceProgramme] | None = None,
) -> PathwayDistribution:
    """Walk `samples` draws of all errors through the stages of a profile.

    `stages`: the same phases at each temperature and gas, coolest first. `start`: moles of each
    precursor. `stable_at`: where the target is known to be stable; its own error is drawn from
    what that leaves possible. `mobile`: for each stage the probability that a pair is mobile
    there; without it every pair is. `seen`: what pairs were seen to give, and how far that is
    trusted; it stands above the energies. `programmes` keeps what was learned of the pairs among
    the same phases for the next call.
    """
    kept = _within_reach([*stages, *([stable_at] if stable_at else [])], [target, *start])
    stages = [phases.only(kept) for phases in stages]
    stable_at = stable_at and stable_at.only(kept)
    row = stages[0].find(target)
    every = [*stages, *([stable_at] if stable_at else [])]
    draws = correlated(every, samples, generator)
    luck, trust = generator.random((2, samples))
    if stable_at is not None:
        _condition(stable_at, target, draws, generator.random(samples))
    amounts = np.zeros(len(stages[0].phases))
    for formula, moles in stages[0].mixture(start).items():
        amounts[stages[0].find(formula)] += moles
    walk = Walk.of(amounts, samples)
    names = tuple(p.formula for p in stages[0].phases)
    known = {} if programmes is None else programmes
    programme = known.setdefault(names, stages[0].programme)
    for i, phases in enumerate(stages):
        stage = Stage(phases, sampled_potential(phases, draws), programme, seen, trust)
        stage.walk(walk, row, mobile[i] if mobile else _always, luck)
    return _told(stages[0], walk, row, amounts)


def _within_reach(every: Sequence[PhaseSet], wanted: Sequence[str]) -> Indices:
    """Rows of the phases that may come onto the hull in some sample, and of those wanted.

    What forms lies on the hull. A phase further above it than `_REACH` standard deviations of
    that distance, at every stage, will not in thousands of samples.
    """
    near = np.zeros(len(every[0].phases), dtype=bool)
    near[[every[0].find(f) for f in wanted]] = True
    for phases in every:
        above, sigma = phases.above_hull()
        near |= above <= _REACH * sigma
    return np.flatnonzero(near)


def _always(pair: tuple[str, ...]) -> float:  # noqa: ARG001
    return 1.1  # above any luck


def _condition(
    phases: PhaseSet, target: str, draws: dict[tuple[str, str], Vector], chance: Vector
) -> None:
    """Draw the target's own error again, from the part of its normal in which it is stable."""
    row = phases.find(target)
    name = ("own", phases.phases[row].formula)
    if name not in draws:
        return
    scale = phases.errors[row, phases.causes.index(name)] / phases.framework_atoms[row]
    draws[name] = np.zeros_like(draws[name])
    above = phases.programme.above_others(row, sampled_potential(phases, draws))
    highest = np.where(np.isfinite(above), -above / scale, np.inf)
    draws[name] = ndtri_exp(np.log(np.maximum(chance, 1e-300)) + log_ndtr(highest))


def _told(phases: PhaseSet, walk: Walk, target: int, start: Vector) -> PathwayDistribution:
    samples = len(walk.moles)
    formulas = [p.formula for p in phases.phases]
    masses = walk.moles * np.array([molar_mass_g_per_mol(f) for f in formulas])
    fractions = masses / masses.sum(axis=1, keepdims=True)
    made = fractions[:, target]
    formed = made > 0
    left = walk.force_left_ev_per_atom[formed]
    between = walk.formed & (start == 0)
    between[:, target] = False
    likely = between.mean(axis=0)
    final = fractions.mean(axis=0)
    # The same reactions are the same pathway, at whichever stage each of them runs.
    first: dict[bytes, int] = {}
    same = [
        first.setdefault(np.sign(change).tobytes(), i)
        for i, (_, change) in enumerate(walk.reactions)
    ]
    counts = Counter(tuple(dict.fromkeys(same[i] for i in steps)) for steps in walk.steps)
    told = tuple(
        LikelyPathway(
            probability=count / samples,
            equations=tuple(reaction_of(*walk.reactions[i]).equation for i in steps),
        )
        for steps, count in counts.most_common(_TOLD)
    )
    return PathwayDistribution(
        target=formulas[target],
        samples=samples,
        probability_of_target=float(formed.mean()),
        target_weight_fraction=float(made.mean()),
        target_weight_fraction_sigma=float(made.std()),
        driving_force_left_ev_per_atom=float(left.mean()) if len(left) else 0.0,
        driving_force_left_sigma_ev_per_atom=float(left.std()) if len(left) else 0.0,
        intermediates=_descending(formulas, likely, 0.5 / samples),
        final_weight_fractions=_descending(formulas, final, 5e-4),
        pathways=told,
    )


def _descending(formulas: Sequence[str], values: Vector, least: float) -> dict[str, float]:
    order = np.argsort(-values, kind="stable")
    return {formulas[i]: float(values[i]) for i in order if values[i] >= least}
