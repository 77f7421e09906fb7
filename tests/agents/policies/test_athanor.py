"""The default policy keeps the contract, and does what its objectives say."""

from typing import Any

import pytest

from agents.candidates import Candidates
from agents.goal import Costs, Goal
from agents.history import History
from agents.policies import Policy
from agents.policies.athanor import AthanorPolicy
from agents.reactivity import Reactivity
from knowledge.errors import AthanorError
from tests.conformance.policy import PolicyConformance, after


class TestAthanor(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return AthanorPolicy(candidates, seed)

    def test_fires_where_literature_would(self, candidates: Candidates, empty: History) -> None:
        first = AthanorPolicy(candidates, 0).suggest(empty, 1)[0]
        assert first.recipe.hottest.temperature_c == pytest.approx(1240, abs=200)

    def test_a_batch_is_spread_out(self, candidates: Candidates, empty: History) -> None:
        batch = AthanorPolicy(candidates, 0).suggest(empty, 3)
        assert len({s.recipe.hottest.temperature_c for s in batch}) > 1

    def test_outcomes_change_the_probability_of_success(
        self, candidates: Candidates, empty: History
    ) -> None:
        policy = AthanorPolicy(candidates, 0)
        first, second = policy.suggest(empty, 2)
        good = policy.suggest(after(empty, first, 0.85), 1)[0].reason
        bad = policy.suggest(after(empty, first, 0.05), 1)[0].reason
        assert good.probability_of_success > bad.probability_of_success
        assert good.evidence == bad.evidence == ("e0",)
        assert second.recipe != first.recipe

    def test_worth_little_it_advises_to_stop_in_words(
        self, candidates: Candidates, empty: History
    ) -> None:
        history = empty
        for suggestion in AthanorPolicy(candidates, 0).suggest(empty, 6):
            history = after(history, suggestion, 0.0)
        assert AthanorPolicy(candidates).verdict(history) is None
        assert AthanorPolicy(candidates, worth_experiments=1e9).verdict(history) is None
        said = AthanorPolicy(candidates, worth_experiments=2).verdict(history)
        assert said is not None
        assert "and one is worth 2" in said

    def test_a_batch_for_a_furnace_is_fired_alike(
        self, candidates: Candidates, empty: History
    ) -> None:
        batch = AthanorPolicy(candidates, same_firing=True).suggest(empty, 3)
        assert len({s.recipe.steps for s in batch}) == 1
        assert len({s.recipe for s in batch}) == len(batch)

    def test_time_that_costs_yield_is_saved(self, candidates: Candidates, empty: History) -> None:
        """An hour that is worth a tenth of the yield: nothing pays but the shortest firing."""
        dear = Costs(yield_per_hour=0.1)
        policy = AthanorPolicy(candidates, objective="tradeoff", costs=dear)
        hours = {c.recipe: c.furnace_h for c in candidates.items}
        first = policy.suggest(empty, 1)[0]
        free = AthanorPolicy(candidates, objective="tradeoff", costs=Costs(yield_per_hour=0))
        assert hours[first.recipe] < hours[free.suggest(empty, 1)[0].recipe]

    def test_information_asks_what_is_least_known(
        self, candidates: Candidates, empty: History
    ) -> None:
        first = AthanorPolicy(candidates, objective="information").suggest(empty, 1)[0]
        reactivity = Reactivity(candidates.onset_priors)
        bits = {
            c.recipe: reactivity.information(c.pathway, c.recipe.hottest.temperature_c)
            for c in candidates.items
        }
        assert bits[first.recipe] == pytest.approx(max(bits.values()))

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ({"objective": "gold"}, "allowed are one, all, tradeoff, information"),
            ({"without": ["sleep"]}, "allowed in `without` are literature"),
            ({"worth_experiments": 0}, "give 1 or more"),
            ({"worth_experiments": 9, "objective": "information"}, "take objective one or all"),
        ],
    )
    def test_settings_that_are_none_are_told(
        self, candidates: Candidates, settings: dict[str, Any], told: str
    ) -> None:
        with pytest.raises(AthanorError, match=told):
            AthanorPolicy(candidates, **settings)

    def test_an_unknown_price_is_no_bargain(self, candidates: Candidates) -> None:
        """It counts as the middle one of those in the books, and the suggestion says so."""
        prices = [4.0, None, 1.0, 2.0]
        items = tuple(
            candidates.items[0].model_copy(update={"price": price, "furnace_h": 10.0})
            for price in prices
        )
        priced = candidates.model_copy(update={"items": items})
        goal = Goal(priced, "tradeoff", Costs(yield_per_hour=0.01, yield_per_price=0.1))
        history = History(target=candidates.target)
        wanted = goal.wanted(history, Reactivity(candidates.onset_priors))
        assert wanted.costs == pytest.approx([0.5, 0.3, 0.2, 0.3])
        assert [bool(goal.label(row)) for row in range(4)] == [False, True, False, False]

    def test_costs_that_are_none_are_told(self) -> None:
        with pytest.raises(AthanorError, match="allowed are experiment, furnace hour"):
            Costs(per="moon")
        with pytest.raises(AthanorError, match="zero or above"):
            Costs(yield_per_price=-1)
