"""ARROWS3 on a small campaign whose every step follows by hand."""

from collections.abc import Callable

import pytest

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, Suggestion
from agents.policies import Policy
from agents.policies.arrows import ArrowsPolicy
from agents.policies.arrows_sets import precursor_sets
from knowledge.energies import EnergyStack, EnergyTable
from knowledge.errors import AthanorError
from knowledge.kinetics import PairObservation
from knowledge.outcome import Outcome, PhaseFraction
from tests.conformance.policy import PolicyConformance, with_outcome, with_pending


def came_out(history: History, suggestion: Suggestion, **fractions: float) -> History:
    """The history with a result for a suggestion."""
    phases = tuple(
        PhaseFraction(formula=f, weight_fraction=x, sigma=0.02) for f, x in fractions.items()
    )
    name = f"e{history.decisions}"
    return with_outcome(history, suggestion, Outcome(experiment_id=name, phases=phases))


def temperature_c(suggestion: Suggestion) -> float:
    return suggestion.recipe.hottest.temperature_c


def precursors(suggestion: Suggestion) -> set[str]:
    return set(suggestion.recipe.precursors)


@pytest.fixture
def make(energies: EnergyStack, candidates: Candidates) -> Callable[..., ArrowsPolicy]:
    def made(**settings: int) -> ArrowsPolicy:
        return ArrowsPolicy(candidates, 0, energies=energies, **settings)

    return made


class TestArrows(PolicyConformance):
    @pytest.fixture(autouse=True)
    def _known(self, energies: EnergyStack) -> None:
        self._energies = energies

    def make(self, candidates: Candidates, seed: int) -> Policy:
        return ArrowsPolicy(candidates, seed, energies=self._energies)

    def test_sets_by_the_driving_force_at_the_lowest_temperature(
        self, candidates: Candidates, empty: History
    ) -> None:
        coolest = min(c.recipe.hottest.temperature_c for c in candidates.items)
        force = {
            frozenset(c.recipe.precursors): c.pathway.driving_force_ev_per_atom
            for c in candidates.items
            if c.recipe.hottest.temperature_c == coolest
        }
        order = self.make(candidates, 0).suggest(empty, len(candidates.items))
        sets = list(dict.fromkeys(frozenset(s.recipe.precursors) for s in order))
        assert [force[s] for s in sets] == sorted(force.values(), reverse=True)

    def test_each_set_from_low_to_high(self, candidates: Candidates, empty: History) -> None:
        order = self.make(candidates, 0).suggest(empty, len(candidates.items))
        for chosen in {frozenset(s.recipe.precursors) for s in order}:
            fired = [temperature_c(s) for s in order if precursors(s) == chosen]
            assert fired == sorted(fired)


def test_a_set_is_gone_through_before_the_next(make: Callable[..., ArrowsPolicy]) -> None:
    policy = make()
    history = History(target=policy._candidates.target)
    first = policy.suggest(history, 1)[0]
    fired = []
    while precursors(policy.suggest(history, 1)[0]) == precursors(first):
        suggestion = policy.suggest(history, 1)[0]
        fired.append(temperature_c(suggestion))
        history = came_out(history, suggestion, BaO=0.66, TiO2=0.34)
    all_c = {c.recipe.hottest.temperature_c for c in policy._candidates.items}
    assert fired == sorted(all_c)


def test_a_set_that_gave_the_target_is_done_with(make: Callable[..., ArrowsPolicy]) -> None:
    policy = make()
    history = History(target=policy._candidates.target)
    first = policy.suggest(history, 1)[0]
    history = came_out(history, first, BaTiO3=1.0)
    assert precursors(policy.suggest(history, 1)[0]) != precursors(first)
    # What is left of it comes last.
    left = policy.suggest(history, len(policy._candidates.items))
    assert precursors(left[-1]) == precursors(first)


def fire(policy: ArrowsPolicy, history: History, chosen: set[str], **fractions: float) -> History:
    """The history once all temperatures of a set gave the same powder."""
    every = policy.suggest(history, len(policy._candidates.items))
    for suggestion in sorted((s for s in every if precursors(s) == chosen), key=temperature_c):
        history = came_out(history, suggestion, **fractions)
    return history


def test_intermediates_of_a_set_that_failed_are_passed_over(
    make: Callable[..., ArrowsPolicy],
) -> None:
    """BaO was seen to become BaCO3: then BaO + TiO2 begins as BaCO3 + TiO2, which failed."""
    policy = make()
    history = History(target=policy._candidates.target)
    history = fire(policy, history, {"BaCO3", "TiO2"}, BaCO3=0.71, TiO2=0.29)
    for suggestion in policy.suggest(history, len(policy._candidates.items)):
        if precursors(suggestion) == {"BaO", "TiO2"}:
            history = came_out(history, suggestion, BaCO3=0.71, TiO2=0.29)
            break
    after = policy.suggest(history, len(policy._candidates.items))
    of_set = [s for s in after if precursors(s) == {"BaO", "TiO2"}]
    assert precursors(after[0]) == {"BaO2", "TiO2"}
    assert all("passed over" in s.reason.why for s in of_set)
    assert [temperature_c(s) for s in of_set] == sorted(map(temperature_c, of_set), reverse=True)


def test_intermediates_of_a_set_that_succeeded_come_first_where_it_did(
    make: Callable[..., ArrowsPolicy],
) -> None:
    policy = make()
    history = History(target=policy._candidates.target)
    every = policy.suggest(history, len(policy._candidates.items))
    own = sorted((s for s in every if precursors(s) == {"BaCO3", "TiO2"}), key=temperature_c)
    history = came_out(history, own[0], BaCO3=0.71, TiO2=0.29)
    history = came_out(history, own[-1], BaTiO3=1.0)
    other = min((s for s in every if precursors(s) == {"BaO", "TiO2"}), key=temperature_c)
    history = came_out(history, other, BaCO3=0.71, TiO2=0.29)
    following = policy.suggest(history, 1)[0]
    assert precursors(following) == {"BaO", "TiO2"}
    assert temperature_c(following) == temperature_c(own[-1])
    # Where that fails, it goes on from low to high.
    history = came_out(history, following, BaTiO3=0.5, Ba2TiO4=0.5)
    assert temperature_c(policy.suggest(history, 1)[0]) == sorted(map(temperature_c, own))[1]


def test_what_is_known_to_make_the_target_comes_first_where_it_does(
    candidates: Candidates, energies: EnergyStack
) -> None:
    """What an earlier campaign saw counts: BaO and TiO2 gave BaTiO3 at 1150 C."""
    seen = PairObservation(
        pair=("BaO", "TiO2"),
        atmosphere="air",
        temperature_c=1150.0,
        reacted=True,
        products=("BaTiO3",),
        source="an earlier campaign",
    )
    policy = ArrowsPolicy(candidates.with_observations([seen]), 0, energies=energies)
    first = policy.suggest(History(target=candidates.target), 1)[0]
    all_c = {c.recipe.hottest.temperature_c for c in candidates.items}
    assert precursors(first) == {"BaO", "TiO2"}
    assert temperature_c(first) == min(t for t in all_c if t >= 1150)


def test_results_that_are_waited_for_condemn_nobody(make: Callable[..., ArrowsPolicy]) -> None:
    policy = make()
    history = History(target=policy._candidates.target)
    every = policy.suggest(history, len(policy._candidates.items))
    own = sorted((s for s in every if precursors(s) == {"BaCO3", "TiO2"}), key=temperature_c)
    history = came_out(history, own[0], BaCO3=0.71, TiO2=0.29)
    history = with_pending(history, own[1:])
    left = policy.suggest(history, len(policy._candidates.items))
    assert not any("passed over" in s.reason.why for s in left)


def test_as_many_temperatures_as_asked_for_evenly(candidates: Candidates) -> None:
    every = sorted({c.recipe.hottest.temperature_c for c in candidates.items})
    for count in range(1, len(every) + 3):
        for chosen in precursor_sets(candidates, count):
            assert len(chosen.sweep) == min(count, len(every))
            assert len(chosen.sweep) + len(chosen.others) == len(every)
            assert chosen.temperatures_c == tuple(sorted(chosen.temperatures_c))
            if count > 1:
                assert chosen.temperatures_c[0] == every[0]
                assert chosen.temperatures_c[-1] == every[-1]


def test_without_energies_it_goes_by_literature(candidates: Candidates) -> None:
    nothing_known = EnergyStack([EnergyTable("formula,ev_per_atom\nNaCl,-2.1\n", "salt")])
    history = History(target=candidates.target)
    order = ArrowsPolicy(candidates, 0, energies=nothing_known).suggest(history, 99)
    share = {c.recipe.content_id: c.literature_probability for c in candidates.items}
    assert share[order[0].recipe.content_id] == max(share.values())
    assert "no energies" in order[0].reason.why


@pytest.mark.parametrize("temperatures", [0, -1, 2.5])
def test_settings_are_checked(make: Callable[..., ArrowsPolicy], temperatures: int) -> None:
    with pytest.raises(AthanorError, match="temperatures"):
        make(temperatures=temperatures)


def test_a_refused_experiment_is_gone_past(make: Callable[..., ArrowsPolicy]) -> None:
    policy = make()
    history = History(target=policy._candidates.target)
    first = policy.suggest(history, 1)[0]
    refused = CompletedExperiment(
        experiment_id="e0",
        suggestion=first,
        outcome=Outcome(experiment_id="e0", status="refused"),
    )
    history = History(target=history.target, completed=(refused,), watermark=3)
    following = policy.suggest(history, 1)[0]
    assert precursors(following) == precursors(first)
    assert temperature_c(following) > temperature_c(first)
