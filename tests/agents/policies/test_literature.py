"""The literature's choice: likeliest precursors at the published temperature, then the next."""

from itertools import pairwise

from agents.candidates import CandidateGrid, Candidates, gather
from agents.history import History
from agents.policies import Policy
from agents.policies.literature import LiteraturePolicy
from knowledge.energies import EnergyStack
from knowledge.literature import frequency_proposer
from knowledge.recipe import Target
from tests.conformance.policy import PolicyConformance
from tests.conftest import INVENTORY


class TestLiterature(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return LiteraturePolicy(candidates, seed)

    def test_every_set_near_its_temperature_likeliest_first(
        self, candidates: Candidates, empty: History
    ) -> None:
        sets = {tuple(c.recipe.precursors) for c in candidates.items}
        order = LiteraturePolicy(candidates, 0).suggest(empty, len(candidates.items))
        by_recipe = {c.recipe.content_id: c for c in candidates.items}
        first = [by_recipe[s.recipe.content_id] for s in order[: len(sets)]]
        assert {tuple(c.recipe.precursors) for c in first} == sets
        shares = [c.literature_probability for c in first]
        assert shares == sorted(shares, reverse=True)
        nearest = min(abs(c.firing_z) for c in candidates.items)
        assert [abs(c.firing_z) for c in first] == [nearest] * len(sets)

    def test_each_set_moves_away_from_its_temperature(
        self, candidates: Candidates, empty: History
    ) -> None:
        order = LiteraturePolicy(candidates, 0).suggest(empty, len(candidates.items))
        by_recipe = {c.recipe.content_id: c for c in candidates.items}
        for chosen in {tuple(c.recipe.precursors) for c in candidates.items}:
            z = [
                abs(by_recipe[s.recipe.content_id].firing_z)
                for s in order
                if tuple(s.recipe.precursors) == chosen
            ]
            assert all(a <= b for a, b in pairwise(z))

    def test_the_longest_hold_first_and_others_after_all_temperatures(
        self, energies: EnergyStack
    ) -> None:
        grid = CandidateGrid(spacing_c=200, hold_h=(4.0, 12.0), max_precursor_sets=1)
        found = gather(
            Target(formula="BaTiO3"),
            INVENTORY,
            lambda _: None,
            energies,
            frequency_proposer(),
            grid,
        )
        order = LiteraturePolicy(found, 0).suggest(History(target=found.target), len(found.items))
        holds = [s.recipe.hottest.hold_h for s in order]
        assert holds == [12.0] * (len(holds) // 2) + [4.0] * (len(holds) // 2)

    def test_the_seed_changes_nothing(self, candidates: Candidates, empty: History) -> None:
        one, other = (LiteraturePolicy(candidates, s).suggest(empty, 9) for s in (0, 1))
        assert one == other
