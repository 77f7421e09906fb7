"""Rules that hold with experiments in the lab: budgets, pins, stops, full queues, bad answers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.campaign import Budget
from agents.candidates import Candidates
from agents.journal import Journal, begin_in
from agents.ledger import Ledger
from agents.steering import say
from knowledge.errors import RecordError
from knowledge.recipe import Recipe
from lab import Garbled, Refused
from tests.agents.lab_by_hand import PENDING, LabByHand
from tests.agents.test_many_targets import BA, SR, played, stating, two

__all__ = ["two"]


def waiting(*names: str) -> dict[str, list[object]]:
    return {name: [PENDING] * 2 for name in names}


def test_per_target_holds_side_by_side(two: Sequence[Candidates]) -> None:
    lab = LabByHand(says=waiting("c-t01-0000", "c-t02-0000", "c-t01-0002"))
    budget = Budget(30, 4, per_target=3)
    ending, ledger = played(stating(two, [0.2] * 20, [0.2] * 20), lab, budget)
    assert (ending.reason, ending.experiments) == ("every target settled", 6)
    for formula in (BA, SR):
        assert ledger.of(formula).dropped == "3 experiments are spent on it (budget.per_target)"


def test_per_target_holds_for_one_target(two: Sequence[Candidates]) -> None:
    ending, _ = played(stating(two[:1], [0.2] * 20), LabByHand(), Budget(20, 4, per_target=3))
    assert (ending.reason, ending.experiments) == ("not worth its cost", 3)


def test_least_chance_holds_side_by_side(two: Sequence[Candidates]) -> None:
    """Four are likely enough; what comes after them is not begun while they are in the lab."""
    chances = [0.3] * 4 + [0.001] * 16
    lab = LabByHand(says=waiting("c-t01-0000", "c-t01-0001", "c-t01-0002", "c-t01-0003"))
    budget = Budget(20, 8, least_chance=0.05)
    ending, _ = played(stating(two, chances, [0.01] * 20), lab, budget)
    assert (ending.reason, ending.experiments) == ("every target settled", 4)


def test_a_pin_is_next_whatever_another_target_is_worth(
    two: Sequence[Candidates], tmp_path: Path
) -> None:
    journal, lab = Journal.in_folder(tmp_path, "c"), LabByHand()
    terminal = Journal.in_folder(tmp_path, "c")
    recipe = two[1].items[3].recipe

    def pin(kind: str, name: str) -> None:
        if (kind, name) == ("submit", "c-t01-0000"):
            about = {"target": SR, "recipe": recipe.content_id}
            say(terminal, "pinned", "Ada", "as in the thesis", **about)

    lab.after = pin
    played(stating(two, [0.9] * 9, [0.1] * 9), lab, Budget(3), journal)
    assert list(lab.fired)[:2] == ["c-t01-0000", "c-t02-0000"]
    assert lab.fired["c-t02-0000"] == recipe


def test_one_garbled_answer_stops_nobody_else(two: Sequence[Candidates]) -> None:
    """The others are heard, it becomes a question, and a good answer later settles it."""
    garbled = Garbled("the weight fractions add up to 1.4")
    lab = LabByHand(says={"c-0000": [garbled]})
    journal = Journal("sqlite://", "c")
    ending, ledger = played(stating(two[:1], [0.2] * 9), lab, Budget(4, 2), journal)
    assert ending.experiments == 4
    assert [e.experiment for e in journal.events() if e.kind == "unknown"] == ["c-0000"]
    assert ledger.unknown == {}


class FullLab(LabByHand):
    """Has room for one."""

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        if set(self.fired) - set(self.ended) - {experiment_id}:
            raise Refused("queue", "1 experiment is waiting", "at most 1")
        super().submit(recipe, experiment_id)


def test_no_room_now_is_no_refusal(two: Sequence[Candidates]) -> None:
    lab = FullLab()
    ending, ledger = played(stating(two[:1], [0.2] * 9), lab, Budget(4, 3))
    history = ledger.history(two[0].target)
    assert (ending.reason, ending.experiments) == ("budget spent", 4)
    assert [c.outcome.status for c in history.completed] == ["measured"] * 4
    assert len(lab.fired) == 4


def test_what_is_stopped_is_not_handed_over(two: Sequence[Candidates]) -> None:
    """Decided, and the process killed; stopped by a person; run again: it is never fired."""

    class Killed(Exception):
        pass

    def kill(kind: str, _: str) -> None:
        if kind == "submit":
            raise Killed

    journal, lab = Journal("sqlite://", "c"), LabByHand(before=kill)
    with pytest.raises(Killed):
        played(stating(two[:1], [0.2] * 9), lab, Budget(4), journal)
    say(journal, "stopped", "Ada", "the furnace burns")
    lab.before = lambda *_: None
    ending, ledger = played(stating(two[:1], [0.2] * 9), lab, Budget(4), journal)
    assert (ending.reason, lab.fired) == ("stopped", {})
    assert [c.outcome.status for c in ledger.history(two[0].target).completed] == ["cancelled"]


def test_a_journal_elsewhere_does_not_begin_a_campaign_again(tmp_path: Path) -> None:
    here = begin_in(tmp_path, "c")
    here.append("started", {"targets": [], "candidates": {}})
    here.close()
    with pytest.raises(RecordError, match=r"journal\.url names another"):
        begin_in(tmp_path, "c", f"sqlite:///{tmp_path / 'other.sqlite'}")
    again = begin_in(tmp_path, "c", f"sqlite:///{tmp_path / 'journal.sqlite'}")
    assert [e.kind for e in again.events()] == ["started"]
    again.close()


def test_an_id_is_decided_on_once(two: Sequence[Candidates]) -> None:
    journal = Journal("sqlite://", "c")
    played(stating(two[:1], [0.2] * 9), LabByHand(), Budget(1), journal)
    decided = next(e.payload for e in journal.events() if e.kind == "decided")
    journal.append("decided", decided)
    with pytest.raises(RecordError, match="c-0000 was decided before"):
        Ledger(journal.events())
