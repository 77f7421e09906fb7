"""A campaign leaves what only a person can do, and goes on with what they recorded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.campaign import Budget, Campaign
from agents.candidates import Candidates
from agents.ending import Ending
from agents.journal import Journal
from agents.policies.hottest import HottestPolicy
from agents.pursuit import Pursuit
from agents.steering import say
from knowledge.outcome import Outcome
from lab.manual import BenchBook, ManualLab, Record
from tests.agents.lab_by_hand import gave
from tests.conftest import INVENTORY


@pytest.fixture
def journal() -> Journal:
    return Journal("sqlite://", "c")


def played(
    candidates: Candidates,
    folder: Path,
    journal: Journal,
    waits: bool = False,
    sleep: Callable[[float], None] = lambda _: pytest.fail("a person is waited for"),
    budget: Budget | None = None,
) -> Ending:
    """One run of the command, in a process of its own as far as the lab knows."""
    pursuits = [Pursuit.with_policy(candidates, HottestPolicy(candidates, 0))]
    lab = ManualLab(folder, INVENTORY, waits=waits)
    budget = budget or Budget(4, parallel=2)
    campaign = Campaign(pursuits, lab, journal, budget, poll_seconds=1, sleep=sleep)
    ending = campaign.run()
    lab.close()
    return ending


def kinds(journal: Journal) -> list[str]:
    return [event.kind for event in journal.events()]


def record(folder: Path, experiment_id: str, share: float) -> None:
    book = BenchBook(folder, must_exist=True)
    book.record(Record(gave(experiment_id, share), "ada"))
    book.close()


def test_days_pass_between(candidates: Candidates, tmp_path: Path, journal: Journal) -> None:
    ending = played(candidates, tmp_path, journal)
    assert ending.reason == "with a person"
    assert ending.best is None
    assert kinds(journal) == ["started", "decided", "decided", "submitted", "submitted"]

    # Looking in changes nothing, however often.
    before = len(journal.events())
    for _ in range(3):
        assert played(candidates, tmp_path, journal).reason == "with a person"
    assert len(journal.events()) == before
    assert len(BenchBook(tmp_path).open()) == 2

    record(tmp_path, "c-0001", 0.5)
    assert played(candidates, tmp_path, journal).reason == "with a person"
    assert kinds(journal)[5:] == ["finished", "decided", "submitted"]
    record(tmp_path, "c-0002", 0.95)
    ending = played(candidates, tmp_path, journal)
    assert ending.reason == "with a person"  # one is still under way
    assert kinds(journal)[8:] == ["finished"]
    record(tmp_path, "c-0000", 0.1)
    ending = played(candidates, tmp_path, journal)
    assert ending.reason == "yield reached"
    assert ending.experiments == 3
    assert kinds(journal)[-1] == "ended"


def test_one_that_stays_goes_on_by_itself(
    candidates: Candidates, tmp_path: Path, journal: Journal
) -> None:
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) % 3 == 0:
            waiting = BenchBook(tmp_path).open()
            record(tmp_path, waiting[0].experiment_id, 0.2 * len(slept) / 3)

    ending = played(candidates, tmp_path, journal, waits=True, sleep=sleep)
    assert ending.reason == "budget spent"
    assert ending.experiments == 4
    assert set(slept) == {1.0}


def test_paused_stopped_and_vetoed(
    candidates: Candidates, tmp_path: Path, journal: Journal
) -> None:
    played(candidates, tmp_path, journal)
    say(journal, "paused", "ada", "holidays")
    record(tmp_path, "c-0000", 0.5)
    assert played(candidates, tmp_path, journal).reason == "with a person"
    assert kinds(journal)[-1] == "finished"
    say(journal, "resumed", "ada", "back")
    recipe = BenchBook(tmp_path).open()[0].recipe
    about = {"target": "BaTiO3", "recipe": recipe.content_id}
    say(journal, "vetoed", "ada", "too hot", **about)
    played(candidates, tmp_path, journal)
    withdrawn = BenchBook(tmp_path).get("c-0001")
    assert withdrawn is not None
    assert isinstance(withdrawn.outcome, Outcome)
    assert withdrawn.outcome.status == "cancelled"
    say(journal, "stopped", "ada", "enough")
    assert played(candidates, tmp_path, journal).reason == "with a person"
    for at in BenchBook(tmp_path).open():
        record(tmp_path, at.experiment_id, 0.5)
    assert played(candidates, tmp_path, journal).reason == "stopped"
