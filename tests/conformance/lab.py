"""What every lab keeps."""

import pytest

from knowledge.outcome import Outcome
from knowledge.recipe import HeatingStep, Recipe, Target
from lab import Lab, Pausable, Pending, Refused, Unsubmitted


def recipe(
    temperature_c: float = 1100.0, precursors: tuple[str, ...] = ("BaCO3", "TiO2")
) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=4)
    return Recipe.balanced(Target(formula="BaTiO3"), precursors, (step,))


class LabConformance:
    """`make` gives a fresh lab that has BaCO3 and TiO2 and a furnace for 1100 C but not 3000 C."""

    def make(self) -> Lab:
        raise NotImplementedError

    def finish(self, lab: Lab, experiment_id: str) -> Outcome:
        """Poll until done; override where an outcome needs more than asking."""
        for _ in range(100):
            status = lab.poll(experiment_id)
            if isinstance(status, Outcome):
                return status
            assert isinstance(status, Pending)
        raise AssertionError("the lab never finished")

    def test_is_a_lab(self) -> None:
        assert isinstance(self.make(), Lab)
        assert {"BaCO3", "TiO2"} <= set(self.make().inventory)

    def test_an_experiment_has_one_outcome_for_ever(self) -> None:
        lab = self.make()
        lab.submit(recipe(), "e1")
        outcome = self.finish(lab, "e1")
        assert outcome.experiment_id == "e1"
        assert outcome.status == "measured"
        assert lab.poll("e1") == outcome

    def test_submitting_again_changes_nothing(self) -> None:
        """While it waits and after its outcome."""
        lab = self.make()
        for _ in range(3):
            lab.submit(recipe(), "e1")
        outcome = self.finish(lab, "e1")
        lab.submit(recipe(), "e1")
        assert lab.poll("e1") == outcome

    def test_an_id_belongs_to_one_recipe(self) -> None:
        """While it waits and after its outcome; the first recipe goes on as if nothing was."""
        lab = self.make()
        lab.submit(recipe(1100), "e1")
        with pytest.raises(Refused, match="id"):
            lab.submit(recipe(1000), "e1")
        outcome = self.finish(lab, "e1")
        assert outcome.status == "measured"
        with pytest.raises(Refused, match="id"):
            lab.submit(recipe(1000), "e1")
        assert lab.poll("e1") == outcome

    @pytest.mark.parametrize("name", ["nobody", "", "e1 ", "E1", "é1"])
    def test_what_was_never_submitted(self, name: str) -> None:
        """Also beside an experiment that is called nearly the same."""
        lab = self.make()
        assert isinstance(lab.poll(name), Unsubmitted)
        assert isinstance(lab.cancel(name), Unsubmitted)
        lab.submit(recipe(), "e1")
        assert isinstance(lab.poll(name), Unsubmitted)
        assert isinstance(lab.cancel(name), Unsubmitted)
        assert self.finish(lab, "e1").status == "measured"

    def test_asking_whether_it_would_run_takes_nothing_on(self) -> None:
        lab = self.make()
        for _ in range(3):
            lab.check(recipe())
        assert isinstance(lab.poll("e1"), Unsubmitted)

    def test_cancelled_is_final(self) -> None:
        """Before anybody asked for it; what is submitted again under its id stays cancelled."""
        lab = self.make()
        lab.submit(recipe(), "e1")
        status = lab.cancel("e1")
        assert isinstance(status, Outcome)
        assert status.status == "cancelled"
        assert lab.poll("e1") == status
        lab.submit(recipe(), "e1")
        assert lab.poll("e1") == lab.cancel("e1") == status
        with pytest.raises(Refused, match="id"):
            lab.submit(recipe(1000), "e1")

    def test_cancelling_one_leaves_the_others(self) -> None:
        """Also those of the same recipe, submitted before and after it."""
        lab = self.make()
        for name in ("e1", "e2", "e3"):
            lab.submit(recipe(), name)
        status = lab.cancel("e2")
        assert isinstance(status, Outcome)
        assert [self.finish(lab, name).status for name in ("e3", "e1")] == ["measured"] * 2
        assert lab.poll("e2") == status

    def test_cancelling_what_is_done_changes_nothing(self) -> None:
        lab = self.make()
        lab.submit(recipe(), "e1")
        outcome = self.finish(lab, "e1")
        assert lab.cancel("e1") == outcome

    @pytest.mark.parametrize(
        ("given", "rule", "value"),
        [
            (recipe(1650), "furnace temperature", "1650 C"),
            (recipe(-200), "furnace temperature", "-200 C"),
            (recipe(precursors=("Ba(NO3)2", "TiO2")), "inventory", "Ba(NO3)2"),
        ],
        ids=["hot", "cold", "not in stock"],
    )
    def test_refusals_name_rule_and_value(self, given: Recipe, rule: str, value: str) -> None:
        lab = self.make()
        for attempt in (lambda: lab.check(given), lambda: lab.submit(given, "e1")):
            with pytest.raises(Refused) as refusal:
                attempt()
            assert refusal.value.rule == rule
            assert value in refusal.value.value
            assert refusal.value.limit
        assert isinstance(lab.poll("e1"), Unsubmitted)
        lab.submit(recipe(), "e1")  # the id is free still
        assert self.finish(lab, "e1").status == "measured"


class PausableLabConformance(LabConformance):
    """What a lab keeps besides that can be paused."""

    def make(self) -> Pausable:
        raise NotImplementedError

    def test_a_paused_lab_starts_nothing(self) -> None:
        lab = self.make()
        lab.submit(recipe(), "before")
        lab.pause()
        lab.submit(recipe(1000), "after")
        for _ in range(20):
            assert isinstance(lab.poll("before"), Pending)
            assert isinstance(lab.poll("after"), Pending)
        lab.resume()
        assert [self.finish(lab, name).status for name in ("after", "before")] == ["measured"] * 2

    def test_a_pause_changes_no_result(self) -> None:
        lab, steady = self.make(), self.make()
        for each in (lab, steady):
            each.submit(recipe(), "e1")
        lab.pause()
        lab.pause()
        assert isinstance(lab.poll("e1"), Pending)
        lab.resume()
        lab.resume()
        paused, plain = self.finish(lab, "e1"), self.finish(steady, "e1")
        assert (paused.phases, paused.profile) == (plain.phases, plain.profile)

    def test_a_paused_lab_keeps_the_contract(self) -> None:
        """It refuses, cancels, and knows what is done and what it never saw."""
        lab = self.make()
        lab.submit(recipe(), "done")
        outcome = self.finish(lab, "done")
        lab.pause()
        assert lab.poll("done") == lab.cancel("done") == outcome
        assert isinstance(lab.poll("nobody"), Unsubmitted)
        with pytest.raises(Refused):
            lab.submit(recipe(1650), "hot")
        lab.submit(recipe(1000), "e1")
        status = lab.cancel("e1")
        assert isinstance(status, Outcome)
        assert status.status == "cancelled"

    def test_going_on_without_a_pause_is_nothing(self) -> None:
        lab = self.make()
        lab.resume()
        lab.submit(recipe(), "e1")
        assert self.finish(lab, "e1").status == "measured"
