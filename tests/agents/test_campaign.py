"""Campaigns end for the reason they say, repeat byte for byte, and survive being killed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agents.campaign import Budget, Campaign, Ending, LabError
from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.journal import SCHEMA_VERSION, Event, Journal, campaigns_in
from agents.ledger import fold
from agents.policies import Policy
from agents.policies.athanor import AthanorPolicy
from agents.policies.hottest import HottestPolicy
from agents.policies.random import RandomPolicy
from agents.pursuit import Pursuit
from knowledge.errors import AthanorError, RecordError
from knowledge.recipe import Recipe, Target
from lab import Refused, Status, Unknown
from lab.simulated import SimulatedLab
from tests.conftest import INVENTORY


def played(
    candidates: Candidates,
    lab: Any,
    journal: Journal,
    policy: Policy | None = None,
    budget: Budget | None = None,
) -> Ending:
    policy = policy or RandomPolicy(candidates, 0)
    pursuits = [Pursuit.with_policy(candidates, policy)]
    return Campaign(pursuits, lab, journal, budget or Budget(6)).run()


def asking(candidates: Candidates, yield_asked: float) -> Candidates:
    """The same candidates for a harder target."""
    target = Target(formula="BaTiO3", yield_asked=yield_asked)
    items = tuple(
        c.model_copy(update={"recipe": c.recipe.model_copy(update={"target": target})})
        for c in candidates.items
    )
    return candidates.model_copy(update={"target": target, "items": items})


def coarse(world_seed: int) -> SimulatedLab:
    """A lab whose powders are grit: nothing in it ever gets pure."""
    grit = [{"formula": f, "lot": "grit", "particle_size_um": 500} for f in INVENTORY]
    return SimulatedLab(world_seed, grit)


def decisions(journal: Journal) -> list[str]:
    return [json.dumps(e.payload) for e in journal.events() if e.kind == "decided"]


def test_ends_at_the_yield_asked_for(candidates: Candidates, lab: SimulatedLab) -> None:
    ending = played(candidates, lab, Journal("sqlite://", "c"), AthanorPolicy(candidates, 0))
    assert ending.reason == "yield reached"
    assert ending.best is not None
    assert ending.best.yield_fraction >= 0.9


def test_ends_at_the_end_of_the_budget(candidates: Candidates) -> None:
    hard = asking(candidates, 1.0)
    ending = played(hard, coarse(0), Journal("sqlite://", "c"), HottestCooled(hard), Budget(3))
    assert ending.reason == "budget spent"
    assert ending.experiments == 3


class HottestCooled:
    """Coolest first: never succeeds early."""

    name = "coolest"

    def __init__(self, candidates: Candidates) -> None:
        self._hottest = HottestPolicy(candidates, 0)
        self._count = len(candidates.items)

    def suggest(self, history: History, count: int) -> Sequence[Suggestion]:
        left = self._hottest.suggest(history, self._count)[::-1][:count]
        return [
            s.model_copy(update={"decision_index": history.decisions + i})
            for i, s in enumerate(left)
        ]


def test_ends_when_nothing_is_left(candidates: Candidates) -> None:
    few = asking(candidates, 1.0)
    few = few.model_copy(
        update={"items": tuple(c for c in few.items if c.recipe.hottest.temperature_c < 1000)}
    )
    ending = played(few, coarse(0), Journal("sqlite://", "c"), budget=Budget(50))
    assert ending.reason == "no candidate left"
    assert ending.experiments == len(few.items)


@pytest.mark.parametrize("parallel", [1, 3])
def test_same_seed_same_campaign_byte_for_byte(candidates: Candidates, parallel: int) -> None:
    runs = []
    for _ in range(2):
        journal = Journal("sqlite://", "c")
        lab = SimulatedLab(1, INVENTORY)
        hard = asking(candidates, 1.0)
        played(hard, lab, journal, AthanorPolicy(hard, 3), Budget(5, parallel))
        runs.append(decisions(journal))
    assert runs[0] == runs[1]
    assert len(runs[0]) >= 1


def test_other_seeds_differ(candidates: Candidates) -> None:
    runs = []
    for seed in (0, 1):
        journal = Journal("sqlite://", "c")
        played(candidates, SimulatedLab(1, INVENTORY), journal, RandomPolicy(candidates, seed))
        runs.append(decisions(journal))
    assert runs[0] != runs[1]


class Killed(Exception):
    """The power went."""


class DyingJournal(Journal):
    """Goes down before or after its nth write."""

    def __init__(self, url: str, campaign: str, writes: int, after: bool) -> None:
        super().__init__(url, campaign)
        self._left, self._after = writes, after

    def append(self, kind: str, *payloads: dict[str, Any], after: int | None = None) -> list[Event]:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        new = super().append(kind, *payloads, after=after)
        if self._left == 0:
            raise Killed
        return new


@pytest.mark.parametrize("parallel", [1, 2])
def test_killed_at_every_write_it_goes_on_as_if_nothing_was(
    candidates: Candidates, tmp_path: Path, parallel: int
) -> None:
    """Killed before and after each write in turn; a restarted lab has forgotten everything."""
    hard = asking(candidates, 1.0)
    policy, budget = HottestCooled(hard), Budget(4, parallel)
    whole = Journal("sqlite://", "c")
    played(hard, coarse(2), whole, policy, budget)
    expected = [(e.kind, e.payload) for e in whole.events()]
    writes = len(expected) - (parallel - 1) * 4 // parallel  # a batch is written at once
    for write in range(1, writes + 1):
        for after in (False, True):
            url = f"sqlite:///{tmp_path / f'{write}-{after}.sqlite'}"
            dying = DyingJournal(url, "c", write, after)
            with pytest.raises(Killed):
                played(hard, coarse(2), dying, policy, budget)
            journal = Journal(url, "c")
            ending = played(hard, coarse(2), journal, policy, budget)
            assert ending.experiments == 4
            assert [(e.kind, e.payload) for e in journal.events()] == expected
            journal.close()


def test_running_again_changes_nothing(
    candidates: Candidates, lab: SimulatedLab, tmp_path: Path
) -> None:
    for _ in range(3):
        journal = Journal.in_folder(tmp_path, "c")
        played(candidates, lab, journal)
        count = len(journal.events())
        journal.close()
    assert [e.kind for e in Journal.in_folder(tmp_path, "c").events()].count("ended") == 1
    assert len(Journal.in_folder(tmp_path, "c").events()) == count


def test_more_budget_goes_on(candidates: Candidates) -> None:
    hard, lab = asking(candidates, 1.0), coarse(0)
    journal = Journal("sqlite://", "c")
    assert played(hard, lab, journal, HottestCooled(hard), Budget(2)).experiments == 2
    assert played(hard, lab, journal, HottestCooled(hard), Budget(4)).experiments == 4


def test_another_campaign_in_the_folder_is_refused(
    candidates: Candidates, lab: SimulatedLab
) -> None:
    journal = Journal("sqlite://", "c")
    played(candidates, lab, journal)
    before = journal.events()
    with pytest.raises(
        RecordError, match=r"policy random, now hottest.*hydra\.run\.dir.*accept=\[policy\]"
    ):
        played(candidates, lab, journal, HottestPolicy(candidates, 0))
    assert journal.events() == before


class SilentLab(SimulatedLab):
    """Takes recipes on, and then cannot say anything."""

    def poll(self, experiment_id: str) -> Status:
        return Unknown(f"{experiment_id}: no answer")

    look = poll


def test_unknown_is_never_guessed(candidates: Candidates) -> None:
    """It blocks that experiment; a lab with three of them is given no more."""
    journal = Journal("sqlite://", "c")
    with pytest.raises(LabError, match="find out at the lab"):
        played(candidates, SilentLab(0, INVENTORY), journal)
    history = fold(journal.events(), candidates.target)
    assert len(history.pending) == 3
    with pytest.raises(LabError, match="and 2 more"):
        played(candidates, SilentLab(0, INVENTORY), journal)
    asked = ["decided", "submitted", "unknown"]
    assert [e.kind for e in journal.events()] == ["started", *asked, *asked, *asked]


class PickyLab(SimulatedLab):
    """Refuses at the door what it let pass as a candidate."""

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        if "BaO2" in recipe.precursors:
            raise Refused("mood", "BaO2", "not today")
        super().submit(recipe, experiment_id)


def test_refusals_are_told_and_cost_nothing(candidates: Candidates) -> None:
    hard = asking(candidates, 1.0)
    journal = Journal("sqlite://", "c")
    lab = PickyLab(0, INVENTORY)
    ending = played(hard, lab, journal, HottestCooled(hard), Budget(3))
    history = fold(journal.events(), hard.target)
    refused = [c for c in history.completed if c.outcome.status == "refused"]
    assert refused
    assert "not today" in refused[0].outcome.faults[0].message
    assert ending.experiments == 3 == len(history.completed) - len(refused)


class Rogue:
    """Suggests what it likes."""

    name = "rogue"

    def __init__(self, *suggestions: Suggestion) -> None:
        self._suggestions = suggestions

    def suggest(self, *_: object) -> list[Suggestion]:
        return list(self._suggestions)


@pytest.mark.parametrize(("times", "said"), [(0, "gives 0"), (3, "gives 3"), (2, "twice")])
def test_a_policy_gives_what_was_asked_for(
    candidates: Candidates, lab: SimulatedLab, times: int, said: str
) -> None:
    """Nothing, too much, or one recipe twice: a named error, and the journal stays whole."""
    honest = RandomPolicy(candidates, 0).suggest(History(target=candidates.target), 1)[0]
    journal = Journal("sqlite://", "c")
    with pytest.raises(RecordError, match=said):
        played(candidates, lab, journal, Rogue(*[honest] * times), Budget(6, 2))
    assert [e.kind for e in journal.events()] == ["started"]


def test_a_policy_cannot_leave_the_candidates(candidates: Candidates, lab: SimulatedLab) -> None:
    honest = RandomPolicy(candidates, 0).suggest(History(target=candidates.target), 1)[0]
    fewer = candidates.model_copy(
        update={
            "items": tuple(c for c in candidates.items if c.recipe != honest.recipe),
        }
    )
    journal = Journal("sqlite://", "c")
    with pytest.raises(RecordError, match="not among the candidates"):
        played(fewer, lab, journal, Rogue(honest))
    assert [e.kind for e in journal.events()] == ["started"]


def test_journal_is_versioned_and_ordered(
    candidates: Candidates, lab: SimulatedLab, tmp_path: Path
) -> None:
    journal = Journal.in_folder(tmp_path, "c")
    played(candidates, lab, journal)
    events = journal.events()
    assert [e.sequence for e in events] == sorted(e.sequence for e in events)
    assert {e.schema_version for e in events} == {SCHEMA_VERSION}
    assert events[0].kind == "started"
    assert events[-1].kind == "ended"
    assert campaigns_in(tmp_path) == ["c"]
    watermarks = [e.payload["suggestion"]["watermark"] for e in events if e.kind == "decided"]
    assert watermarks == sorted(watermarks)


def test_what_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no campaign"):
        campaigns_in(tmp_path)
    (tmp_path / "journal.sqlite").write_bytes(b"this is no database, but it is long enough" * 99)
    with pytest.raises(RecordError, match="cannot be read as a journal"):
        campaigns_in(tmp_path)
    with pytest.raises(RecordError, match="cannot open the journal"):
        Journal(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite'}", "c")


def test_budgets_that_cannot_be() -> None:
    for fields in ({"experiments": 0}, {"experiments": -3}, {"parallel": 0}):
        with pytest.raises(AthanorError, match="above zero"):
            Budget(**fields)


def test_recipes_that_are_no_candidates_any_more_do_not_count(candidates: Candidates) -> None:
    """A campaign that tried others before goes on with every candidate that is left."""
    hard = asking(candidates, 1.0)
    few = hard.model_copy(update={"items": hard.items[:2]})
    others = hard.model_copy(update={"items": hard.items[2:5]})
    journal = Journal("sqlite://", "c")
    played(others, coarse(0), journal, budget=Budget(3))
    ending = played(few, coarse(0), journal, budget=Budget(9))
    assert ending.reason == "no candidate left"
    assert ending.experiments == 5
