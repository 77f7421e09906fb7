"""The simulated lab: the contract, conservation, textbook behaviour, and a truth kept hidden."""

import multiprocessing
from itertools import combinations_with_replacement
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import pytest

from agents.campaign import Budget, Campaign
from agents.candidates import Candidates
from agents.journal import Journal
from agents.policies.bayes import BayesPolicy
from knowledge.energies import EnergyStack, embedded_table
from knowledge.outcome import Outcome
from knowledge.recipe import AIR, HeatingStep, Recipe, Target
from lab import Lab
from lab.simulated import SimulatedLab, WorldSettings
from lab.simulated.physics import Reactor, profile, stoichiometries
from lab.simulated.truth import TrueSystem
from tests.conformance.lab import LabConformance
from tests.conftest import INVENTORY


class TestConforms(LabConformance):
    def make(self) -> Lab:
        return SimulatedLab(0, INVENTORY, energies=EnergyStack([embedded_table()]))


class TestSlowConforms(LabConformance):
    def make(self) -> Lab:
        energies = EnergyStack([embedded_table()])
        return SimulatedLab(0, INVENTORY, energies=energies, polls_until_done=3)


def fired(lab: SimulatedLab, *steps: HeatingStep, target: str = "BaTiO3") -> Outcome:
    precursors = {"BaTiO3": ("BaCO3", "TiO2"), "YBa2Cu3O7": ("BaCO3", "CuO", "Y2O3")}[target]
    recipe = Recipe.balanced(Target(formula=target), precursors, steps)
    lab.submit(recipe, recipe.content_id)
    outcome = lab.poll(recipe.content_id)
    assert isinstance(outcome, Outcome)
    return outcome


def at(temperature_c: float, hold_h: float = 12, **fields: Any) -> HeatingStep:
    return HeatingStep(temperature_c=temperature_c, hold_h=hold_h, **fields)


def system(energies: EnergyStack, seed: int = 0, target: str = "YBa2Cu3O7") -> TrueSystem:
    precursors = ("BaCO3", "CuO", "Y2O3", "BaO2")
    return TrueSystem(seed, WorldSettings(), energies, target, precursors)


@pytest.mark.parametrize("seed", range(4))
def test_firing_conserves_every_element(energies: EnergyStack, seed: int) -> None:
    truth = system(energies, seed)
    reactor = Reactor(truth)
    rng = np.random.default_rng(seed)
    start = rng.dirichlet(np.ones(len(truth.phases)))
    steps = (at(900, 5), at(1250, 5, regrind_before=True))
    sample = reactor.fire(start, steps)
    before = start @ truth.fractions
    after = (sample.crystals + sample.glass) @ truth.fractions
    assert after == pytest.approx(before, abs=1e-9)
    assert (sample.crystals >= 0).all()
    assert (sample.glass >= 0).all()


def test_stoichiometries_by_hand() -> None:
    """Two elements: A, B, AB and A2B. Framework atoms of each product per atom of reactants."""
    fractions = np.array([[1, 0], [0, 1], [1 / 2, 1 / 2], [2 / 3, 1 / 3]])
    found = {tuple(np.round(row, 6)) for row in stoichiometries(fractions, 0, 1)}
    assert found == {(-0.5, -0.5, 1.0, 0.0), (-0.666667, -0.333333, 0.0, 1.0)}
    alone = {tuple(np.round(row, 6)) for row in stoichiometries(fractions, 3, 3)}
    assert alone == {(0.333333, 0.0, 0.666667, -1.0), (0.666667, 0.333333, 0.0, -1.0)}


def test_stoichiometries_balance(energies: EnergyStack) -> None:
    truth = system(energies)
    found = 0
    for first, second in combinations_with_replacement(range(6), 2):
        rows = stoichiometries(truth.fractions, first, second)
        assert rows @ truth.fractions == pytest.approx(np.zeros((len(rows), 3)), abs=1e-9)
        assert (rows[:, [i for i in range(rows.shape[1]) if i not in (first, second)]] >= 0).all()
        found += len(rows)
    assert found > 50


def test_profile_takes_the_time_it_says() -> None:
    steps = profile(at(1000, 6, ramp_c_per_min=5))
    assert sum(h for t, h in steps if t == 1000) == pytest.approx(6)
    ramp = sum(h for t, h in steps if t < 1000)
    assert ramp == pytest.approx((1000 - 200) / 5 / 60)


@pytest.mark.parametrize("seed", range(4))
def test_heat_and_time_make_barium_titanate(energies: EnergyStack, seed: int) -> None:
    lab = SimulatedLab(seed, INVENTORY, energies=energies)
    assert fired(lab, at(300, 2)).weight_fraction("BaTiO3") == 0
    assert fired(lab, at(1300, 24)).weight_fraction("BaTiO3") > 0.85
    assert fired(lab, at(300, 2)).weight_fraction("BaCO3") > 0.6


def test_what_melts_is_lost(energies: EnergyStack) -> None:
    lab = SimulatedLab(0, INVENTORY, energies=energies)
    outcome = fired(lab, at(1400, 4), target="YBa2Cu3O7")
    assert outcome.unidentified_weight_fraction > 0.5


def test_regrinding_helps(energies: EnergyStack) -> None:
    once, twice = (at(1000, 12),), (at(1000, 6), at(1000, 6, regrind_before=True))
    gains = []
    for seed in range(4):
        lab = SimulatedLab(seed, INVENTORY, energies=energies)
        gains.append(
            fired(lab, *twice).weight_fraction("BaTiO3")
            - fired(lab, *once).weight_fraction("BaTiO3")
        )
    assert np.mean(gains) > 0


def test_worlds_differ_and_repeat(energies: EnergyStack) -> None:
    outcomes = [
        fired(SimulatedLab(seed, INVENTORY, energies=energies), at(950)) for seed in (0, 1, 0)
    ]
    assert outcomes[0] == outcomes[2]
    assert outcomes[0] != outcomes[1]


def test_spelling_does_not_change_the_world(energies: EnergyStack) -> None:
    worlds = [system(energies, 0, target) for target in ("YBa2Cu3O7", "Y2Ba4Cu6O14", "Cu3Ba2YO7")]
    for world in worlds[1:]:
        assert world.melting_c == pytest.approx(worlds[0].melting_c)
        assert world.onset_c(0, 1) == worlds[0].onset_c(0, 1)


def test_results_do_not_depend_on_what_the_experiment_is_called(energies: EnergyStack) -> None:
    recipe = Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), (at(950),))
    results = []
    for name in ("mine", "yours"):
        lab = SimulatedLab(0, INVENTORY, energies=energies)
        lab.submit(recipe, name)
        lab.submit(recipe, name + " again")
        once, twice = lab.poll(name), lab.poll(name + " again")
        assert isinstance(once, Outcome)
        assert isinstance(twice, Outcome)
        assert once.phases != twice.phases  # a replicate is measured anew
        results.append((once.phases, twice.phases))
    assert results[0] == results[1]


def test_refractory_targets_have_a_world(energies: EnergyStack) -> None:
    lab = SimulatedLab(0, INVENTORY, energies=energies)
    recipe = Recipe.balanced(Target(formula="CaO"), ("CaCO3",), (at(1100),))
    lab.submit(recipe, "e")
    outcome = lab.poll("e")
    assert isinstance(outcome, Outcome)
    assert outcome.weight_fraction("CaO") > 0.9


def test_the_order_of_questions_does_not_matter(energies: EnergyStack) -> None:
    first = SimulatedLab(3, INVENTORY, energies=energies)
    second = SimulatedLab(3, INVENTORY, energies=energies)
    cool, hot = fired(first, at(900)), fired(first, at(1200))
    assert (fired(second, at(1200)), fired(second, at(900))) == (hot, cool)


def test_truth_differs_from_the_tables_by_errors_of_realistic_size(energies: EnergyStack) -> None:
    """Per atom, near the 0.024 eV that DFT reaction energies err by (Hautier et al. 2012)."""
    errors = []
    for seed in range(8):
        truth = system(energies, seed)
        errors += [p.error_ev * 6 / 13 for p in truth.phases if len(p.formula) > 5 and not p.hidden]
    assert 0.005 < np.std(errors) < 0.05


def test_a_tenth_of_the_compounds_is_hidden_and_never_named(energies: EnergyStack) -> None:
    truth = system(energies)
    hidden = [p for p in truth.phases if p.hidden]
    known = [p for p in truth.phases if not p.hidden]
    assert len(hidden) == pytest.approx(0.1 * len(known), abs=1.5)
    lab = SimulatedLab(0, INVENTORY, energies=energies)
    for temperature_c in (700, 800, 900, 1000):
        outcome = fired(lab, at(temperature_c), target="YBa2Cu3O7")
        assert not [p for p in outcome.phases if "hidden" in p.formula]


def test_target_is_stable_where_it_is_fired(energies: EnergyStack) -> None:
    """A target that exists is on its world's hull at 0.8 of its melting point."""
    for seed in range(5):
        truth = system(energies, seed)
        row = truth.index["Ba2YCu3O7"]
        temperature_c = 0.8 * (truth.melting_c[row] + 273.15) - 273.15
        assert Reactor(truth).strongest(row, row, float(temperature_c), AIR) is None


def _serve(pipe: Connection) -> None:
    """The lab, alone in a process of its own: nothing but records goes in and out."""
    lab = SimulatedLab(5, INVENTORY, energies=EnergyStack([embedded_table()]))
    while (request := pipe.recv()) is not None:
        verb, *arguments = request
        if verb == "submit":
            lab.submit(Recipe.from_json(arguments[0]), arguments[1])
            pipe.send(None)
        else:
            outcome = lab.poll(arguments[0])
            assert isinstance(outcome, Outcome)
            pipe.send(outcome.to_json())


class FarLab:
    """A lab at the other end of a pipe."""

    name, inventory = "simulated", INVENTORY

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def check(self, recipe: Recipe) -> None:
        """Everything asked for here is within the envelope."""

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        self._pipe.send(("submit", recipe.to_json(), experiment_id))
        self._pipe.recv()

    def poll(self, experiment_id: str) -> Outcome:
        self._pipe.send(("poll", experiment_id))
        return Outcome.from_json(self._pipe.recv())

    def cancel(self, experiment_id: str) -> Outcome:
        return self.poll(experiment_id)


def test_nothing_leaks_from_the_lab_to_the_agent(
    candidates: Candidates, energies: EnergyStack
) -> None:
    """The same campaign whether the truth lives in this process or in another."""

    def decisions(lab: Any) -> list[str]:
        journal = Journal("sqlite://", "leak")
        Campaign(candidates, BayesPolicy(candidates, 1), lab, journal, Budget(4)).run()
        return [str(e.payload) for e in journal.events()]

    near = decisions(SimulatedLab(5, INVENTORY, energies=energies))
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    process.start()
    try:
        far = decisions(FarLab(here))
    finally:
        here.send(None)
        process.join(timeout=30)
    assert far == near
