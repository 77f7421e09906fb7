"""A lab that is away, late, or wrong: the campaign goes on, or asks a person in one line."""

import pytest

from agents.campaign import Budget, Campaign, Ending, LabError
from agents.candidates import Candidates
from agents.journal import Journal
from agents.ledger import Ledger
from agents.pursuit import Pursuit
from agents.steering import amended, say
from knowledge.outcome import Outcome
from lab import Unknown, Unreachable
from tests.agents.lab_by_hand import PENDING, Clock, InOrder, LabByHand, away, gave

HOUR_S = 3600.0


def played(
    candidates: Candidates,
    lab: LabByHand,
    journal: Journal,
    budget: Budget | None = None,
    clock: Clock | None = None,
    patience_h: float = 24.0,
) -> Ending:
    pursuit = Pursuit.with_policy(candidates, InOrder(candidates))
    return Campaign(
        [pursuit], lab, journal, budget or Budget(3),
        patience_h=patience_h, sleep=(clock or Clock()).sleep,
    ).run()  # fmt: skip


def amend(journal: Journal, name: str, share: float) -> None:
    """What a person does with `athanor amend`, from another process."""
    said = f"BaTiO3={share},rest={1 - share:.3f}"
    outcome = amended(name, said, 0.02, lost=False, not_fired=False)
    payload = {"experiment_id": name, "outcome": outcome.model_dump(mode="json")}
    say(journal, "amended", "Ada", "weighed again", **payload)


def kinds(journal: Journal) -> list[str]:
    return [e.kind for e in journal.events()]


@pytest.mark.parametrize("call", ["submit", "poll"])
@pytest.mark.parametrize("taken_on", [False, True])
def test_away_for_an_hour(candidates: Candidates, call: str, taken_on: bool) -> None:
    """Asked again ever more seldom, once a minute at last; nothing is fired twice.

    Where it had taken the experiment on before it went away, it is not handed over again.
    """
    clock, lab, journal = Clock(), LabByHand(), Journal("sqlite://", "c")
    gone = away(lambda: lab.submissions()[-1:] == ["c-0001"] and clock.now_s < HOUR_S)

    def reached(kind: str, name: str) -> None:
        if kind == call or name == "c-0001":
            gone(kind, name)

    lab.before, lab.after = (lambda *_: None, reached) if taken_on else (reached, lambda *_: None)
    if taken_on:
        lab.before = lambda kind, name: gone(kind, name) if kind == "poll" else None
    ending = played(candidates, lab, journal, clock=clock)
    assert ending.experiments == 3
    assert HOUR_S <= clock.now_s <= HOUR_S + 60
    assert clock.slept_s[0] == 1
    assert clock.slept_s == sorted(clock.slept_s)
    assert max(clock.slept_s) == 60
    assert list(lab.fired) == ["c-0000", "c-0001", "c-0002"]
    if taken_on:
        assert lab.submissions() == list(lab.fired)
    assert kinds(journal).count("decided") == kinds(journal).count("finished") == 3


def test_away_beyond_patience_is_told_in_one_line_and_goes_on_later(
    candidates: Candidates,
) -> None:
    clock, lab, journal = Clock(), LabByHand(), Journal("sqlite://", "c")
    lab.before = away(lambda: True)
    with pytest.raises(LabError, match=r"not answered for 2 h \(no route to the lab\)") as caught:
        played(candidates, lab, journal, clock=clock, patience_h=2)
    assert len(str(caught.value).splitlines()) == 1
    assert 2 * HOUR_S <= clock.now_s <= 2 * HOUR_S + 60
    assert not lab.fired
    lab.before = lambda *_: None
    assert played(candidates, lab, journal).experiments == 3
    assert kinds(journal).count("decided") == 3


def test_a_lab_that_comes_and_goes_has_its_whole_patience_each_time(
    candidates: Candidates,
) -> None:
    """Away for 50 minutes before each answer, with an hour's patience."""
    clock, lab, journal = Clock(), LabByHand(), Journal("sqlite://", "c")
    back_s = {"until": 0.0}

    def answered(kind: str, _: str) -> None:
        if kind == "submit":
            back_s["until"] = clock.now_s + 3000

    lab.after = answered
    lab.before = away(lambda: clock.now_s < back_s["until"])
    assert played(candidates, lab, journal, clock=clock, patience_h=1).experiments == 3
    assert clock.now_s >= 3 * 3000


def test_a_result_after_its_amendment_changes_nothing(candidates: Candidates) -> None:
    """A person says what it gave while the lab still works on it; the lab tells the same later."""
    lab, journal = LabByHand(says={"c-0000": [PENDING]}), Journal("sqlite://", "c")
    lab.after = lambda _, name: amend(journal, name, 0.5) if name == "c-0000" else None
    played(candidates, lab, journal)
    ledger = Ledger(journal.events())
    outcome = ledger.outcome("c-0000")
    assert outcome is not None
    assert outcome.weight_fraction("BaTiO3") == 0.5
    assert [c.experiment_id for c in ledger.history(candidates.target).completed] == [
        "c-0000", "c-0001", "c-0002",
    ]  # fmt: skip


def test_of_two_answers_the_first_counts(candidates: Candidates) -> None:
    """A lab that says something else when it is asked again, as after a restart of both."""
    lab, journal = LabByHand(), Journal("sqlite://", "c")
    played(candidates, lab, journal)
    before = Ledger(journal.events()).history(candidates.target)
    other = gave("c-0001", 0.99).model_dump(mode="json")
    journal.append("finished", {"outcome": other})
    after = Ledger(journal.events()).history(candidates.target)
    assert after == before
    assert after.best is not None
    assert not after.best.succeeded
    lab.ended["c-0001"] = gave("c-0001", 0.99)
    assert played(candidates, lab, journal).reason == "budget spent"


def test_results_in_another_order(candidates: Candidates) -> None:
    lab = LabByHand(says={"c-0000": [PENDING, PENDING], "c-0001": [PENDING]})
    journal = Journal("sqlite://", "c")
    played(candidates, lab, journal, Budget(3, 3))
    finished = [e.experiment for e in journal.events() if e.kind == "finished"]
    assert finished == ["c-0002", "c-0001", "c-0000"]
    completed = Ledger(journal.events()).history(candidates.target).completed
    assert [c.experiment_id for c in completed] == finished
    assert [c.suggestion.decision_index for c in completed] == [2, 1, 0]


WRONG = {
    "another's": (gave("c-0007", 0.95), "it is the outcome of 'c-0007'"),
    "strange": (gave("c-0000", 0.95, "BaZrO3"), "BaZrO3, and no Zr was weighed in"),
    "nothing known": (Unknown("the label is torn"), "the label is torn"),
    "no status": ("done", "a str"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_a_question_that_blocks_one_experiment(
    candidates: Candidates, wrong: str
) -> None:
    """The others go on; when a person answers, the campaign ends as if it had known."""
    answer, said = WRONG[wrong]
    lab = LabByHand(says={"c-0000": [answer] * 100})
    journal = Journal("sqlite://", "c")
    with pytest.raises(
        LabError, match=r"cannot say what became of c-0000.*athanor amend"
    ) as caught:
        played(candidates, lab, journal)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    history = Ledger(journal.events()).history(candidates.target)
    assert [c.experiment_id for c in history.completed] == ["c-0001", "c-0002"]
    assert [p.experiment_id for p in history.pending] == ["c-0000"]
    assert kinds(journal).count("unknown") == 1
    amend(journal, "c-0000", 0.2)
    ending = played(candidates, lab, journal)
    assert (ending.reason, ending.experiments) == ("budget spent", 3)
    assert ending.best is not None
    assert ending.best.experiment_id == "c-0000"
    assert lab.submissions() == ["c-0000", "c-0001", "c-0002"]


def test_a_lab_that_remembers_after_all_answers_its_own_question(candidates: Candidates) -> None:
    lab = LabByHand(says={"c-0000": [Unknown("rebooting")] * 2})
    journal = Journal("sqlite://", "c")
    assert played(candidates, lab, journal).experiments == 3
    assert kinds(journal).count("unknown") == 1
    assert not Ledger(journal.events()).unknown


def test_a_question_about_what_nobody_took_on_is_not_fired_twice(candidates: Candidates) -> None:
    """Unknown at first, then certainly not taken on: handed over again, once."""
    lab = LabByHand(says={"c-0000": [Unknown("which?")]})
    lab.after = lambda _, name: lab.fired.pop(name) if len(lab.submissions()) == 1 else None
    journal = Journal("sqlite://", "c")
    assert played(candidates, lab, journal).experiments == 3
    assert sorted(lab.submissions()) == ["c-0000", "c-0000", "c-0001", "c-0002"]


def test_three_questions_are_enough(candidates: Candidates) -> None:
    says = {f"c-{n:04d}": [Unknown("no answer")] * 50 for n in range(9)}
    lab, journal = LabByHand(says=says), Journal("sqlite://", "c")
    with pytest.raises(LabError, match=r"c-0000 \(and 2 more\)"):
        played(candidates, lab, journal, Budget(9))
    assert len(lab.submissions()) == 3
    with pytest.raises(LabError):
        played(candidates, lab, journal, Budget(9))
    assert len(lab.submissions()) == 3
    amend(journal, "c-0001", 0.3)
    with pytest.raises(LabError, match=r"c-0000 \(and 2 more\)"):
        played(candidates, lab, journal, Budget(9))
    assert len(lab.submissions()) == 4


def test_a_refusal_of_what_is_pending_is_an_outcome(candidates: Candidates) -> None:
    """A lab whose envelope became narrower while it was away."""
    refused = Outcome(experiment_id="c-0000", status="refused")
    lab, journal = LabByHand(says={"c-0000": [refused]}), Journal("sqlite://", "c")
    ending = played(candidates, lab, journal)
    assert ending.experiments == 3
    assert len(lab.submissions()) == 4


def test_unreachable_is_one_line_whatever_it_says(candidates: Candidates) -> None:
    lab, journal = LabByHand(), Journal("sqlite://", "c")

    def broken(*_: str) -> None:
        raise Unreachable("a\nlong\nstory")

    lab.before = broken
    with pytest.raises(LabError) as caught:
        played(candidates, lab, journal, patience_h=0.01)
    assert "long" in str(caught.value)
