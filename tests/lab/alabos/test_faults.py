"""Each fault that AlabOS is known for: one test."""

import time
from pathlib import Path
from typing import Any

import pytest

from knowledge.outcome import Outcome
from lab import Pending, Refused, Unknown, Unreachable, Unsubmitted
from lab.alabos import AlabosLab
from lab.alabos.ids import sample_id, task_id
from tests.conformance.lab import recipe
from tests.lab.alabos.stand_in import StandIn, made

FIRING, DONE = 10, 40  # steps after which an experiment is being fired, and is over
E1 = sample_id("e1")


def outcome(lab: AlabosLab, name: str = "e1") -> Outcome:
    status = lab.poll(name)
    assert isinstance(status, Outcome)
    return status


def test_pending_is_waited_for(server: StandIn, lab: AlabosLab) -> None:
    """Its tasks cannot be found, and questions end as 500, until it is picked up."""
    lab.submit(recipe(), "e1")
    assert lab.poll("e1") == Pending("taken on; it answers with HTTP status 500")
    server.pick_up()
    assert lab.poll("e1") == Pending("PowderDosing waiting")
    server.work(FIRING - 1)
    assert lab.poll("e1") == Pending("Heating requesting resources")
    server.work(DONE)
    assert outcome(lab).weight_fraction("BaTiO3") == 0.8


def test_found_while_it_is_picked_up(server: StandIn, tmp_path: Path) -> None:
    """Task by task: of four, two are there when the server is looked at, without a log."""
    lab = made(server.url, tmp_path)
    lab.submit(recipe(), "e1")
    server.pick_up()
    later = {n: server.model.tasks.pop(task_id("e1", n)) for n in (2, 3)}
    other = made(server.url, tmp_path, log=tmp_path / "new.sqlite")
    assert other.poll("e1") == Pending("PowderDosing waiting")
    server.model.tasks |= {task["_id"]: task for task in later.values()}
    server.work(DONE)
    assert outcome(other).phases == outcome(lab).phases


def test_what_is_not_there_in_the_words_of_other_versions(server: StandIn, lab: AlabosLab) -> None:
    """Any other trouble of the server ends as 400, too: then nobody knows."""
    server.model.no_task = "No task exists with provided task id: "
    assert isinstance(lab.poll("e1"), Unsubmitted)
    server.model.no_task = "connection to the database timed out "
    for ask in (lambda: lab.poll("e1"), lambda: lab.submit(recipe(), "e1")):
        with pytest.raises(Unreachable, match="HTTP status 400: connection to the database"):
            ask()
    assert server.asked("POST", "/api/") == 0


def test_a_dead_manager_is_a_question_until_it_lives(server: StandIn, tmp_path: Path) -> None:
    """Somebody else's unknown type of task killed it: 500 for ever, which never means not there."""
    lab = made(server.url, tmp_path, silent_h=0.3 / 3600)
    server.model.manager_lives = False
    lab.submit(recipe(), "e1")
    assert isinstance(lab.poll("e1"), Pending)
    time.sleep(0.4)
    status = lab.poll("e1")
    assert isinstance(status, Unknown)
    assert "manager may be dead; look for the experiment e1 (" in status.reason
    lab.close()
    again = made(server.url, tmp_path, silent_h=0.3 / 3600)  # a restart changes nothing of that
    assert isinstance(again.poll("e1"), Unknown)
    server.restart()
    server.pick_up()
    assert again.poll("e1") == Pending("PowderDosing waiting")
    server.work(DONE)
    assert outcome(again).status == "measured"
    assert server.model.submitted[E1] == 1


def test_good_answers_begin_the_silence_anew(server: StandIn, tmp_path: Path) -> None:
    lab = made(server.url, tmp_path, silent_h=0.3 / 3600)
    lab.submit(recipe(), "e1")
    server.pick_up()
    for _ in range(3):
        time.sleep(0.2)
        assert lab.poll("e1") == Pending("PowderDosing waiting")
    server.trouble = lambda *_: "html before"
    assert isinstance(lab.poll("e1"), Pending)
    lab.close()
    again = made(server.url, tmp_path, silent_h=0.3 / 3600)  # after a restart it is counted anew
    assert isinstance(again.poll("e1"), Pending)
    time.sleep(0.4)
    assert isinstance(again.poll("e1"), Unknown)


def test_what_the_server_refuses_is_refused_in_its_words(server: StandIn, tmp_path: Path) -> None:
    """HTTP status 400: it stored nothing, so the id is free again."""
    lab = made(server.url, tmp_path)
    server.model.submit = refusing("no\nsuch \x1b[2Jsample")  # type: ignore[method-assign]
    with pytest.raises(Refused) as refusal:
        lab.submit(recipe(), "e1")
    assert (refusal.value.rule, refusal.value.value) == ("alabos", "no such [2Jsample")
    assert isinstance(lab.poll("e1"), Unsubmitted)
    del server.model.submit  # type: ignore[method-assign]
    lab.submit(recipe(), "e1")
    server.work(DONE)
    assert outcome(lab).status == "measured"


def refusing(words: str) -> Any:
    from tests.lab.alabos.model import Invalid

    def submit(_: Any) -> str:
        raise Invalid(words)

    return submit


def test_a_log_that_is_lost_is_made_up_for_by_the_server(server: StandIn, tmp_path: Path) -> None:
    """By ids that follow from ours; another recipe under the same id is told from it."""
    lab = made(server.url, tmp_path)
    lab.submit(recipe(), "e1")
    server.pick_up()
    other = made(server.url, tmp_path, log=tmp_path / "new.sqlite")
    with pytest.raises(Refused, match="e1 is another experiment on the server"):
        other.submit(recipe(1000), "e1")
    other.submit(recipe(), "e1")
    assert other.poll("e1") == Pending("PowderDosing waiting")
    third = made(server.url, tmp_path, log=tmp_path / "third.sqlite")
    assert third.poll("e1") == Pending("PowderDosing waiting")
    server.work(DONE)
    assert outcome(other) == outcome(lab).model_copy(
        update={"lab_time_h": outcome(other).lab_time_h}
    )
    assert outcome(third).phases == outcome(lab).phases
    assert server.model.submitted[E1] == 1


def test_after_a_restart_of_the_server_what_ran_has_failed(server: StandIn, lab: AlabosLab) -> None:
    lab.submit(recipe(), "e1")
    server.work(FIRING)
    assert lab.poll("e1") == Pending("Heating running")
    server.restart()
    [fault] = outcome(lab).faults
    assert outcome(lab).status == "failed"
    assert (fault.kind, fault.stage, fault.sample_lost) == ("task cancelled", "Heating", True)
    assert "restart" in fault.message
    server.work(DONE)
    assert outcome(lab).status == "failed"


def test_a_task_that_fails(server: StandIn, lab: AlabosLab) -> None:
    """The sample is lost where dosing had begun."""
    server.model.breaks["Heating"] = "the furnace\ntripped"
    lab.submit(recipe(), "e1")
    server.work(DONE)
    [fault] = outcome(lab).faults
    assert (fault.kind, fault.stage) == ("task error", "Heating")
    assert (fault.message, fault.sample_lost) == ("the furnace tripped", True)


def test_no_firing_is_ever_cancelled(server: StandIn, lab: AlabosLab) -> None:
    lab.submit(recipe(), "e1")
    server.work(FIRING)
    assert lab.cancel("e1") == Pending("Heating running")
    assert server.asked("GET", "/api/experiment/cancel") == 0
    server.work(DONE)
    assert outcome(lab).status == "measured"
    assert lab.cancel("e1") == outcome(lab)


def test_what_is_pending_is_cancelled_when_it_is_picked_up(server: StandIn, lab: AlabosLab) -> None:
    """The server cannot say whether a firing has begun, nor stop it; the wish is not forgotten."""
    lab.submit(recipe(), "e1")
    assert isinstance(lab.cancel("e1"), Pending)
    server.pick_up()
    assert outcome(lab).status == "cancelled"
    server.work(DONE)
    assert server.model.fired.total() == 0


def test_what_is_at_work_is_cancelled_in_a_while(server: StandIn, lab: AlabosLab) -> None:
    """Dosing goes on for a moment: then it is cancelled, and its powders are used up."""
    lab.submit(recipe(), "e1")
    server.work(4)
    assert lab.cancel("e1") == Pending("PowderDosing running")
    server.work()
    [fault] = outcome(lab).faults
    assert outcome(lab).status == "cancelled"
    assert fault.sample_lost
    assert server.model.fired.total() == 0
