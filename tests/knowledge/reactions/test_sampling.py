"""Draws of correlated errors against their covariance, and walks against what must be kept."""

from dataclasses import replace

import numpy as np
import pytest

from knowledge.balance import balance
from knowledge.chemistry import atoms
from knowledge.energies import EnergyStack
from knowledge.reactions import Conditions, PathwayDistribution, ReactionGraph
from knowledge.reactions.distribution import _condition, distribution
from knowledge.reactions.interface import reaction_of
from knowledge.reactions.phases import PhaseSet, phases_at
from knowledge.reactions.sampling import Stage, Walk, correlated, sampled_potential
from knowledge.recipe import AIR
from tests.knowledge.reactions.test_programme import deepest

PRECURSORS = {
    "BaTiO3": ("BaCO3", "TiO2"),
    "YBa2Cu3O7": ("BaCO3", "CuO", "Y2O3"),
    "SrTiO3": ("SrCO3", "TiO2"),
    "LiMn2O4": ("Li2CO3", "MnO2"),
}
SAMPLES = 20_000


def phases_of(energies: EnergyStack, target: str, temperature_c: float) -> PhaseSet:
    return phases_at(energies, [target, *PRECURSORS[target]], temperature_c, AIR)


def without_errors(phases: PhaseSet) -> PhaseSet:
    members = tuple(replace(p, causes_ev=dict.fromkeys(p.causes_ev, 0.0)) for p in phases.phases)
    return replace(phases, phases=members, errors=np.zeros_like(phases.errors))


def moles(target: str) -> dict[str, float]:
    return dict(balance(target, PRECURSORS[target]).precursors)


def always(pair: tuple[str, ...]) -> float:  # noqa: ARG001
    return 2.0


def never(pair: tuple[str, ...]) -> float:  # noqa: ARG001
    return 0.0


@pytest.mark.parametrize("target", PRECURSORS)
def test_draws_have_the_covariance_of_their_causes(energies: EnergyStack, target: str) -> None:
    phases = phases_of(energies, target, 900.0)
    draws = correlated([phases], SAMPLES, np.random.default_rng(0))
    drawn = sampled_potential(phases, draws) * phases.framework_atoms[:, None]
    mean = phases.potential * phases.framework_atoms
    expected = phases.errors @ phases.errors.T
    variance = np.diag(expected)
    # Of n draws the mean errs by s / sqrt(n), the covariance by sqrt((c_ij^2 + c_ii c_jj) / n);
    # five times that is passed once in a million.
    slack = 5 * np.sqrt(variance / SAMPLES)
    assert (np.abs(drawn.mean(axis=1) - mean) <= slack + 1e-12).all()
    slack = 5 * np.sqrt((expected**2 + np.outer(variance, variance)) / SAMPLES)
    assert (np.abs(np.cov(drawn) - expected) <= slack + 1e-12).all()


@pytest.mark.parametrize("target", PRECURSORS)
def test_sigma_of_a_reaction_is_its_spread_over_draws(energies: EnergyStack, target: str) -> None:
    phases = phases_of(energies, target, 900.0)
    change = np.zeros(len(phases.phases))
    for formula, amount in moles(target).items():
        change[phases.find(formula)] -= amount
    change[phases.find(target)] = 1.0
    reaction = reaction_of(phases, change)
    made = {**reaction.products, **reaction.gases_out}
    whole = sum(n * atoms(f) for f, n in made.items())
    draws = correlated([phases], SAMPLES, np.random.default_rng(1))
    units = sampled_potential(phases, draws) * phases.framework_atoms[:, None]
    spread = -(change @ units) / whole
    # A standard deviation of n draws errs by 1 / sqrt(2 n).
    assert spread.std() == pytest.approx(reaction.sigma_ev_per_atom, rel=5 / np.sqrt(2 * SAMPLES))
    assert spread.mean() == pytest.approx(
        reaction.driving_force_ev_per_atom, abs=5 * spread.std() / np.sqrt(SAMPLES)
    )


def test_a_cause_is_one_at_all_temperatures(energies: EnergyStack) -> None:
    """Stages share their draws: what errs high at 600 C errs high at 1000 C."""
    cool, hot = (phases_of(energies, "BaTiO3", t) for t in (600.0, 1000.0))
    draws = correlated([cool, hot], 500, np.random.default_rng(2))
    for row in np.flatnonzero(np.abs(cool.errors).sum(axis=1) > 0):
        drawn = [sampled_potential(p, draws)[row] for p in (cool, hot)]
        assert np.corrcoef(drawn)[0, 1] > 0.98  # only the descriptor's share grows


def walked(
    phases: PhaseSet, target: str, samples: int, mobile: object = always, luck: float = 0.5
) -> Walk:
    draws = correlated([phases], samples, np.random.default_rng(3))
    start = np.zeros(len(phases.phases))
    for formula, amount in moles(target).items():
        start[phases.find(formula)] = amount
    walk = Walk.of(start, samples)
    stage = Stage(phases, sampled_potential(phases, draws), phases.programme)
    stage.walk(walk, phases.find(target), mobile, np.full(samples, luck))  # type: ignore[arg-type]
    return walk


@pytest.mark.parametrize("target", PRECURSORS)
def test_every_draw_keeps_the_solids_elements(energies: EnergyStack, target: str) -> None:
    phases = phases_of(energies, target, 900.0)
    walk = walked(phases, target, 300)
    assert (walk.moles >= 0).all()
    amounts = walk.moles * phases.framework_atoms @ phases.fractions
    start = Walk.of(np.array([moles(target).get(p.formula, 0.0) for p in phases.phases]), 1)
    expected = start.moles * phases.framework_atoms @ phases.fractions
    assert amounts == pytest.approx(np.tile(expected, (300, 1)), rel=1e-6)
    assert any(steps for steps in walk.steps)
    # What is there was made or put in.
    put_in = start.moles[0] > 0
    assert (walk.formed | put_in)[walk.moles > 0].all()


def test_what_is_immobile_does_not_react(energies: EnergyStack) -> None:
    phases = phases_of(energies, "BaTiO3", 900.0)
    still = walked(phases, "BaTiO3", 50, never, luck=0.0)
    assert still.steps == [[]] * 50
    assert not still.formed.any()
    # A pair is mobile in the draws whose luck is below its probability.
    for luck, moves in ((0.29, True), (0.31, False)):
        walk = walked(phases, "BaTiO3", 50, lambda _: 0.3, luck)
        assert any(walk.steps) == moves


def only_told(found: PathwayDistribution) -> tuple[str, ...]:
    assert len(found.pathways) == 1
    assert found.pathways[0].probability == 1.0
    return found.pathways[0].equations


@pytest.mark.parametrize("target", PRECURSORS)
@pytest.mark.parametrize("temperature_c", [700.0, 1000.0])
def test_without_errors_every_draw_is_the_one_pathway(
    energies: EnergyStack, target: str, temperature_c: float
) -> None:
    graph = ReactionGraph(energies, target, PRECURSORS[target])
    conditions = Conditions(temperature_c, AIR)
    single = graph.pathway(moles(target), conditions)
    phases = without_errors(graph.phases(conditions))
    found = distribution([phases], moles(target), target, 5, np.random.default_rng(4))
    assert only_told(found) == tuple(s.reaction.equation for s in single.steps)
    assert found.target_weight_fraction == pytest.approx(single.target_weight_fraction)
    assert found.target_weight_fraction_sigma == pytest.approx(0.0, abs=1e-12)
    assert set(found.intermediates) == set(single.intermediates)
    assert all(p == 1.0 for p in found.intermediates.values())
    assert found.driving_force_left_ev_per_atom == pytest.approx(
        single.driving_force_left_ev_per_atom if found.probability_of_target else 0.0, abs=1e-6
    )


def test_two_stages_without_errors_are_one_after_another(energies: EnergyStack) -> None:
    """Nothing is mobile in the first stage, so that only the second counts, and the reverse."""
    graph = ReactionGraph(energies, "BaTiO3", PRECURSORS["BaTiO3"])
    cool, hot = (without_errors(graph.phases(Conditions(t, AIR))) for t in (600.0, 1200.0))
    start = moles("BaTiO3")

    def run(stages: list[PhaseSet], mobile: list[object] | None = None) -> PathwayDistribution:
        generator = np.random.default_rng(0)
        return distribution(stages, start, "BaTiO3", 3, generator, mobile=mobile)  # type: ignore[arg-type]

    assert run([cool, hot], [never, always]).pathways == run([hot]).pathways
    assert run([cool, hot], [always, never]).pathways == run([cool]).pathways
    assert run([cool, hot], [never, never]).pathways[0].equations == ()


def test_the_same_seed_gives_the_same_distribution(energies: EnergyStack) -> None:
    def told(seed: int) -> PathwayDistribution:
        graph = ReactionGraph(energies, "BaTiO3", PRECURSORS["BaTiO3"])
        profile = [Conditions(t, AIR) for t in (700.0, 1000.0)]
        return graph.distribution(moles("BaTiO3"), profile, 200, seed)

    assert told(5) == told(5)
    assert told(5) != told(6)


@pytest.mark.parametrize("target", ["BaTiO3", "YBa2Cu3O7", "LiMn2O4"])
@pytest.mark.parametrize("temperature_c", [600.0, 1100.0])
def test_a_target_that_exists_is_on_the_hull_in_every_draw(
    energies: EnergyStack, target: str, temperature_c: float
) -> None:
    phases = phases_of(energies, target, temperature_c)
    row = phases.find(target)
    generator = np.random.default_rng(6)
    draws = correlated([phases], 300, generator)
    others = {name: values.copy() for name, values in draws.items()}
    _condition(phases, target, draws, generator.random(300))
    potential = sampled_potential(phases, draws)
    assert phases.programme.above_others(row, potential).max() <= 1e-6
    for sample in range(0, 300, 50):  # and by scipy: it does not decompose
        found = deepest(phases.fractions, potential[:, sample], row, row)
        assert found >= -1e-6
    own = ("own", phases.phases[row].formula)
    assert all(np.array_equal(draws[n], others[n]) for n in draws if n != own)
    assert not np.array_equal(draws[own], others[own])


def test_conditioning_on_what_is_certain_anyway_changes_no_distribution(
    energies: EnergyStack,
) -> None:
    """Far below the hull the draw of the target's own error is the plain normal one."""
    phases = phases_of(energies, "BaTiO3", 900.0)
    row = phases.find("BaTiO3")
    potential = phases.potential.copy()
    potential[row] -= 10.0
    deep = replace(phases, potential=potential)
    draws = correlated([deep], 5000, np.random.default_rng(7))
    _condition(deep, "BaTiO3", draws, np.random.default_rng(8).random(5000))
    own = draws["own", phases.phases[row].formula]
    assert own.mean() == pytest.approx(0.0, abs=5 / np.sqrt(5000))
    assert own.std() == pytest.approx(1.0, rel=5 / np.sqrt(10_000))
