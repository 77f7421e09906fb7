"""The recorded lab: the contract of every lab, and answers that are those of its table."""

import pytest

from knowledge.errors import RecordError
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.recipe import Recipe
from lab import Lab, Refused, Unsubmitted
from lab.recorded import RecordedLab, RecordedResult
from tests.conformance.lab import LabConformance, recipe


def result(fired: Recipe, fraction: float) -> RecordedResult:
    phases = (
        PhaseFraction(formula="BaTiO3", weight_fraction=fraction, sigma=0.02),
        PhaseFraction(formula="Ba2TiO4", weight_fraction=1 - fraction, sigma=0.02),
    )
    return RecordedResult(recipe=fired, outcome=Outcome(experiment_id="row", phases=phases))


YIELDS = {900.0: 0.1, 1000.0: 0.4, 1100.0: 0.9}
TABLE = [result(recipe(t), y) for t, y in YIELDS.items()]


class TestContract(LabConformance):
    def make(self) -> Lab:
        return RecordedLab(TABLE)


class TestContractWithNearest(LabConformance):
    def make(self) -> Lab:
        return RecordedLab(TABLE, missing="nearest")


def told(lab: Lab, asked: Recipe) -> Outcome:
    lab.submit(asked, "e")
    outcome = lab.poll("e")
    assert isinstance(outcome, Outcome)
    return outcome


@pytest.mark.parametrize("temperature_c", YIELDS)
def test_answers_are_those_of_the_table(temperature_c: float) -> None:
    outcome = told(RecordedLab(TABLE), recipe(temperature_c))
    assert outcome.weight_fraction("BaTiO3") == YIELDS[temperature_c]
    assert outcome.experiment_id == "e"
    assert outcome.faults == ()


def test_nothing_is_told_before_it_is_asked_for() -> None:
    lab = RecordedLab(TABLE)
    lab.check(recipe(1000))
    assert isinstance(lab.poll("row"), Unsubmitted)


def test_what_the_table_lacks_is_refused() -> None:
    with pytest.raises(Refused, match=r"not measured.*900 C, 1000 C, 1100 C"):
        RecordedLab(TABLE).submit(recipe(1060), "e")


@pytest.mark.parametrize(("asked_c", "fired_c"), [(1060, 1100), (1040, 1000), (950, 900)])
def test_the_nearest_answers_and_says_so(asked_c: float, fired_c: float) -> None:
    """Half-way between two, the cooler one answers."""
    outcome = told(RecordedLab(TABLE, missing="nearest"), recipe(asked_c))
    assert outcome.weight_fraction("BaTiO3") == YIELDS[fired_c]
    assert [s.temperature_c for s in outcome.profile] == [fired_c]
    assert f"{fired_c:g} C" in outcome.faults[-1].message
    assert not outcome.faults[-1].sample_lost


def test_the_nearest_has_the_same_precursors() -> None:
    table = [*TABLE, result(recipe(1060, ("BaO", "TiO2")), 0.7)]
    lab = RecordedLab(table, missing="nearest")
    step = recipe(1000).steps
    both = Recipe.balanced(recipe().target, ("BaCO3", "BaO", "TiO2"), step, shared=True)
    assert told(lab, recipe(1060)).weight_fraction("BaTiO3") == YIELDS[1100.0]
    with pytest.raises(Refused, match="not measured"):
        lab.submit(both, "other")


def test_precursors_are_the_same_however_written() -> None:
    outcome = told(RecordedLab(TABLE), recipe(900, ("Ba(CO3)1", "Ti2O4")))
    assert outcome.weight_fraction("BaTiO3") == YIELDS[900.0]


def test_two_results_of_one_recipe_are_an_error() -> None:
    with pytest.raises(RecordError, match="two results"):
        RecordedLab([TABLE[0], result(recipe(900), 0.5)])


def test_a_lab_of_nothing_is_an_error() -> None:
    with pytest.raises(RecordError, match="one or more"):
        RecordedLab([])


def test_the_rule_is_one_of_two() -> None:
    with pytest.raises(RecordError, match="refuse or nearest"):
        RecordedLab(TABLE, missing="guess")  # type: ignore[arg-type]
