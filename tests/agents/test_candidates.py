"""Candidates: which targets can be had, and what is known of each recipe beforehand."""

from collections.abc import Sequence
from typing import Any

import pytest

from agents.candidates import CandidateGrid, Candidates, assemble, gather
from agents.history import History
from agents.policies.athanor import AthanorPolicy
from knowledge.energies import EnergyStack
from knowledge.errors import NoEnergyError, UnbalancedError
from knowledge.literature import UninformedProposer, frequency_proposer
from knowledge.recipe import HeatingStep, Recipe, Target
from lab import Refused
from lab.simulated import SimulatedLab
from tests.conftest import INVENTORY


def test_targets_that_cannot_be_had(energies: EnergyStack, lab: SimulatedLab) -> None:
    def ask(formula: str, inventory: Sequence[str] = INVENTORY) -> Candidates:
        return gather(
            Target(formula=formula), inventory, lab.check, energies, frequency_proposer(),
            CandidateGrid(spacing_c=400),
        )  # fmt: skip

    with pytest.raises(NoEnergyError, match="Nb"):
        ask("BaNb2O6")
    with pytest.raises(UnbalancedError, match=r"brings Ti.*extra_precursors"):
        ask("BaTiO3", ["BaCO3", "CuO"])
    with pytest.raises(Refused, match="allowed are 100 to 1400"):
        gather(
            Target(formula="BaTiO3"), INVENTORY, lab.check, energies, frequency_proposer(),
            CandidateGrid(spacing_c=1500, span_sigmas=2),
        )  # fmt: skip


def test_a_target_with_an_estimate_and_nothing_beside_it(energies: EnergyStack) -> None:
    """The recipe is kept, and says that it has no pathway."""
    target = Target(formula="SrHfO3")
    step = HeatingStep(temperature_c=1200, hold_h=4)
    recipe = Recipe.balanced(target, ("HfO2", "SrCO3"), (step,))
    found = assemble(target, [recipe], energies, UninformedProposer())
    assert [c.pathway_is_known for c in found.items] == [False]
    assert any("no pathway" in warning for warning in found.warnings)
    known = AthanorPolicy(found).suggest(History(target=target), 1)
    assert [s.recipe for s in known] == [recipe]


def test_a_recipe_asked_for_twice_is_one_candidate(
    energies: EnergyStack, lab: SimulatedLab
) -> None:
    def ask(**twice: Any) -> list[str]:
        grid = CandidateGrid(spacing_c=400, **twice)
        target = Target(formula="BaTiO3")
        found = gather(target, INVENTORY, lab.check, energies, frequency_proposer(), grid)
        return [c.recipe.content_id for c in found.items]

    assert (
        ask(hold_h=(4.0, 4.0)) == ask(hold_h=(4.0,)) == ask(hold_h=(4.0,), atmospheres=["air"] * 2)
    )


def test_doubtful_oxidation_states_are_no_error() -> None:
    """BaO2 as precursor, and a target in which pymatgen finds no integer valences."""
    known = energies_with("Ba3CuO9")
    found = gather(
        Target(formula="Ba3CuO9"), INVENTORY, SimulatedLab(0, INVENTORY, energies=known).check,
        known, frequency_proposer(), CandidateGrid(spacing_c=400),
    )  # fmt: skip
    assert any("BaO2" in c.recipe.precursors for c in found.items)
    assert "oxidation states" in found.warnings[0]


def energies_with(formula: str) -> EnergyStack:
    from knowledge.energies import EnergyTable, embedded_table

    extra = EnergyTable(f"formula,ev_per_atom,source\n{formula},-2.0,test\n", "extra")
    return EnergyStack([extra, embedded_table()])


def test_what_the_lab_lacks_is_worth_buying(candidates: Candidates) -> None:
    assert candidates.unavailable
    held = set(INVENTORY)
    assert all(not set(p.precursors) <= held for p in candidates.unavailable)
