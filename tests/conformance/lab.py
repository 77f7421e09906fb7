"""What every lab keeps."""

import pytest

from knowledge.outcome import Outcome
from knowledge.recipe import HeatingStep, Recipe, Target
from lab import Lab, Pending, Refused, Unsubmitted


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
        lab = self.make()
        lab.submit(recipe(), "e1")
        outcome = self.finish(lab, "e1")
        lab.submit(recipe(), "e1")
        assert lab.poll("e1") == outcome

    def test_an_id_belongs_to_one_recipe(self) -> None:
        lab = self.make()
        lab.submit(recipe(1100), "e1")
        with pytest.raises(Refused, match="id"):
            lab.submit(recipe(1000), "e1")

    def test_what_was_never_submitted(self) -> None:
        lab = self.make()
        assert isinstance(lab.poll("nobody"), Unsubmitted)
        assert isinstance(lab.cancel("nobody"), Unsubmitted)

    def test_cancelled_is_final(self) -> None:
        lab = self.make()
        lab.submit(recipe(), "e1")
        status = lab.cancel("e1")
        assert isinstance(status, Outcome)
        assert status.status == "cancelled"
        assert lab.poll("e1") == status

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
