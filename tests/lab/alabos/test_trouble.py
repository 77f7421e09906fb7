"""Trouble on the way to AlabOS: nothing is sent twice, and nothing concluded from silence."""

import threading
import time
from pathlib import Path

import pytest

from knowledge.outcome import Outcome
from lab import Garbled, Pending, Refused, Unknown, Unreachable, Unsubmitted
from lab.alabos import AlabosLab
from lab.alabos.ids import sample_id, task_id
from lab.web import NotSent
from tests.conformance.lab import recipe
from tests.lab.alabos.stand_in import StandIn, made

DONE = 40  # steps after which an experiment is over
E1 = sample_id("e1")


def once(server: StandIn, method: str, kind: str, path: str = "/api/") -> None:
    """The next request of a kind meets trouble."""
    left = [kind]

    def trouble(asked: str, where: str) -> str | None:
        return left.pop() if left and asked == method and path in where else None

    server.trouble = trouble


def outcome(lab: AlabosLab, name: str = "e1") -> Outcome:
    status = lab.poll(name)
    assert isinstance(status, Outcome)
    return status


@pytest.mark.parametrize("kind", ["reset after", "half", "html after", "no json", "slow"])
def test_taken_on_without_a_receipt_is_found_by_its_ids(
    server: StandIn, tmp_path: Path, kind: str
) -> None:
    lab = made(server.url, tmp_path, timeout_s=0.5)
    once(server, "POST", kind)
    with pytest.raises(Unreachable) as error:
        lab.submit(recipe(), "e1")
    assert not isinstance(error.value, NotSent)
    for ask in (lambda: lab.poll("e1"), lambda: lab.submit(recipe(), "e1")):
        with pytest.raises(Unreachable, match="it is looked for"):  # not picked up yet
            ask()
    server.pick_up()
    assert lab.poll("e1") == Pending("PowderDosing waiting")
    lab.submit(recipe(), "e1")
    server.work(DONE)
    assert outcome(lab).weight_fraction("BaTiO3") == 0.8
    assert server.model.submitted[E1] == server.asked("POST", "/api/experiment/submit") == 1


@pytest.mark.parametrize("kind", ["reset before", "html before", "error inside"])
def test_what_may_have_arrived_is_never_sent_again(
    server: StandIn, tmp_path: Path, kind: str
) -> None:
    """After a while it is a question, which says what to look for; also after a restart."""
    once(server, "POST", kind)
    lab = made(server.url, tmp_path, settle_s=0.3)
    with pytest.raises(Unreachable):
        lab.submit(recipe(), "e1")
    with pytest.raises(Unreachable, match="it is looked for"):
        lab.poll("e1")
    time.sleep(0.4)
    for each in (lab, made(server.url, tmp_path, settle_s=0.3)):
        status = each.poll("e1")
        assert isinstance(status, Unknown)
        assert (
            f"look for the experiment e1 on the dashboard of AlabOS at 127.0.0.1:{server.port}"
            in (status.reason)
        )
        with pytest.raises(Unreachable):
            each.submit(recipe(), "e1")
        with pytest.raises(Refused, match="id"):
            each.submit(recipe(1000), "e1")
    assert server.asked("POST", "/api/experiment/submit") == 1


def test_what_certainly_never_left_is_free_again(server: StandIn, tmp_path: Path) -> None:
    """Away between the look and the handing over."""
    lab = made(
        server.url, tmp_path, inventory=[{"formula": "BaCO3", "grams": 2, "lot": "A"}, "TiO2"]
    )

    def leave(method: str, _: str) -> None:
        if method == "GET":
            threading.Thread(target=server.down).start()
            time.sleep(0.1)

    server.trouble = leave  # type: ignore[assignment]
    with pytest.raises(NotSent, match=r"Connection refused.*alabos launch"):
        lab.submit(recipe(), "e1")
    server.trouble = lambda *_: None
    server.up()
    assert isinstance(lab.poll("e1"), Unsubmitted)
    assert lab.stock.free_g("BaCO3") == 2
    lab.submit(recipe(1000), "e1")  # nobody knows of the first recipe any more
    server.work(DONE)
    assert outcome(lab).status == "measured"
    assert server.model.submitted[E1] == 1


def test_two_at_once_hand_over_once(server: StandIn, tmp_path: Path) -> None:
    """AlabOS itself takes both of two quick submissions; the log lets only one through."""
    labs = [made(server.url, tmp_path) for _ in range(6)]
    met: list[Exception] = []

    def submit(lab: AlabosLab) -> None:
        try:
            lab.submit(recipe(), "e1")
        except Unreachable as error:
            met.append(error)

    server.slow_s, server.trouble = 0.05, lambda *_: "slow"
    threads = [threading.Thread(target=submit, args=(lab,)) for lab in labs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.trouble = lambda *_: None
    assert len(met) <= 5
    assert server.model.submitted[E1] == 1
    server.work(DONE)
    assert {lab.poll("e1").status for lab in labs} == {"measured"}  # type: ignore[union-attr]
    assert len({outcome(lab).content_id for lab in labs}) == 1


@pytest.mark.parametrize("kind", ["reset before", "reset after", "half", "no json", "slow"])
def test_a_poll_in_trouble_changes_nothing(server: StandIn, tmp_path: Path, kind: str) -> None:
    lab = made(server.url, tmp_path, timeout_s=0.4)
    lab.submit(recipe(), "e1")
    server.pick_up()
    once(server, "GET", kind)
    with pytest.raises(Unreachable) as error:
        lab.poll("e1")
    assert str(error.value).isprintable()
    assert not isinstance(error.value, Garbled)
    assert lab.poll("e1") == Pending("PowderDosing waiting")


def test_an_answer_of_another_shape_is_garbled(server: StandIn, lab: AlabosLab) -> None:
    lab.submit(recipe(), "e1")
    server.pick_up()
    once(server, "GET", "wrong json")
    with pytest.raises(Garbled, match="does not hold together: it is about missing"):
        lab.poll("e1")
    assert lab.poll("e1") == Pending("PowderDosing waiting")


def test_another_experiments_tasks_are_garbled(server: StandIn, lab: AlabosLab) -> None:
    lab.submit(recipe(), "e1")
    server.pick_up()
    told = server.model.experiments
    [experiment] = told.values()
    server.model.tasks[task_id("e2", 0)] = server.model.tasks[task_id("e1", 0)]
    experiment["tasks"][0] = {**experiment["tasks"][0], "task_id": task_id("e2", 0)}
    server.model.tasks[task_id("e2", 0)] = {
        **server.model.tasks[task_id("e1", 0)], "_id": task_id("e2", 0),
    }  # fmt: skip
    with pytest.raises(Garbled, match="its tasks are not those of this experiment"):
        lab.poll("e1")
