"""Each promise of labs is broken by a lab that breaks it; ours keep them when they are named."""

from pathlib import Path
from typing import Any

import pytest

from experiments.checks.lab import LAB, polled
from experiments.checks.lab_check import promises_of, trial_of
from experiments.checks.named_lab import NamedLab
from experiments.checks.promise import judged
from experiments.checks.trial import Trial, trial_for
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.recipe import Recipe
from lab import INVENTORY, Lab, Refused, Status, Unsubmitted


class Good:
    """The least that keeps the contract."""

    name = "good"
    inventory: tuple[str, ...] = ("BaCO3", "TiO2")

    def __init__(self) -> None:
        self.given: dict[str, Recipe] = {}
        self.done: dict[str, Outcome] = {}

    def check(self, recipe: Recipe) -> None:
        if not 20 <= recipe.hottest.temperature_c <= 1400:
            raise Refused("heat", f"{recipe.hottest.temperature_c:g} C", "20 to 1400 C")
        for precursor in recipe.precursors:
            if precursor not in self.inventory:
                raise Refused(INVENTORY, precursor, "BaCO3 and TiO2")

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        if self.given.get(experiment_id, recipe) != recipe:
            raise Refused("id", experiment_id, "of another recipe")
        self.check(recipe)
        self.given[experiment_id] = recipe

    def poll(self, experiment_id: str) -> Status:
        if experiment_id not in self.given:
            return Unsubmitted("never")
        if experiment_id not in self.done:
            self.done[experiment_id] = self.fired(experiment_id)
        return self.done[experiment_id]

    def cancel(self, experiment_id: str) -> Status:
        if experiment_id in self.given and experiment_id not in self.done:
            self.done[experiment_id] = Outcome(experiment_id=experiment_id, status="cancelled")
        return self.poll(experiment_id)

    def fired(self, experiment_id: str) -> Outcome:
        phase = PhaseFraction(formula="BaTiO3", weight_fraction=1, sigma=0)
        return Outcome(experiment_id=experiment_id, phases=(phase,))


class Empty(Good):
    inventory = ()


class Forgetful(Good):
    def poll(self, experiment_id: str) -> Status:
        status = super().poll(experiment_id)
        self.done.pop(experiment_id, None)
        if experiment_id in self.given and self.given.pop(experiment_id):
            return status
        return status


class Eager(Good):
    """Counts how often it is asked to fire."""

    times = 0

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        super().submit(recipe, experiment_id)
        self.times += 1
        self.done.pop(experiment_id, None)

    def fired(self, experiment_id: str) -> Outcome:
        return super().fired(experiment_id).model_copy(update={"lab_time_h": self.times})


class Careless(Good):
    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        self.check(recipe)
        self.given[experiment_id] = recipe


class Trimming(Good):
    def poll(self, experiment_id: str) -> Status:
        return super().poll(experiment_id.strip())


class Checking(Good):
    def check(self, recipe: Recipe) -> None:
        super().check(recipe)
        self.given["e1"] = recipe


class Unstoppable(Good):
    def cancel(self, experiment_id: str) -> Status:
        return self.poll(experiment_id)


class Sweeping(Good):
    """Cancels a recipe wherever it stands."""

    def cancel(self, experiment_id: str) -> Status:
        for name in self.given:
            super().cancel(name)
        return super().cancel(experiment_id)


class Denying(Good):
    """Cancels what is done."""

    def cancel(self, experiment_id: str) -> Status:
        self.done.pop(experiment_id, None)
        return super().cancel(experiment_id)


class Fireproof(Good):
    def check(self, recipe: Recipe) -> None:
        if set(recipe.precursors) - set(self.inventory):
            super().check(recipe)


class Buying(Good):
    def check(self, recipe: Recipe) -> None:
        if recipe.hottest.temperature_c > 1400 or recipe.hottest.temperature_c < 20:
            super().check(recipe)


BAD: dict[type[Good], str] = {
    Empty: "is_a_lab",
    Forgetful: "an_experiment_has_one_outcome_for_ever",
    Eager: "submitting_again_changes_nothing",
    Careless: "an_id_belongs_to_one_recipe",
    Trimming: "what_was_never_submitted",
    Checking: "asking_whether_it_would_run_takes_nothing_on",
    Unstoppable: "cancelled_is_final",
    Sweeping: "cancelling_one_leaves_the_others",
    Denying: "cancelling_what_is_done_changes_nothing",
    Fireproof: "refuses_what_its_furnace_cannot_do",
    Buying: "refuses_what_it_has_no_powder_for",
}


class Case:
    trial = Trial()

    def __init__(self, kind: type[Good]) -> None:
        self.make = kind

    def finish(self, lab: Lab, experiment_id: str) -> Outcome:
        return polled(lab, experiment_id)


def broken_by(kind: type[Good]) -> set[str]:
    return {v.name for v in judged(LAB.promises, Case(kind)) if not v.kept}


def test_who_keeps_all_promises_is_told_so() -> None:
    assert broken_by(Good) == set()


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.__name__)
def test_a_promise_that_is_broken_is_found(kind: type[Good]) -> None:
    assert BAD[kind] in broken_by(kind)


def test_every_promise_is_broken_by_somebody() -> None:
    assert set(BAD.values()) == {p.name for p in LAB.promises}


OWN = '''
from tests.experiments.checks.test_lab import Good


class Slow(Good):
    """Must be polled thrice, and can be told to wait."""

    def __init__(self, forgets_to_wait=False):
        super().__init__()
        self.asked, self.stopped, self.forgets = {}, False, forgets_to_wait

    def pause(self):
        self.stopped = not self.forgets

    def resume(self):
        self.stopped = False

    def poll(self, experiment_id):
        from lab import Pending

        if experiment_id in self.given and experiment_id not in self.done:
            self.asked[experiment_id] = self.asked.get(experiment_id, 0) + 1
            if self.stopped or self.asked[experiment_id] < 3:
                return Pending()
        return super().poll(experiment_id)


class Kept(Good):
    """Keeps what it did in a file, unless it is careless."""

    def __init__(self, state, careless=False):
        super().__init__()
        self.state, self.careless = state, careless
        try:
            with open(state, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            lines = []
        for line in lines:
            what, name, text = line.split("|", 2)
            from knowledge.outcome import Outcome
            from knowledge.recipe import Recipe

            if what == "given":
                self.given[name] = Recipe.from_json(text)
            else:
                self.done[name] = Outcome.from_json(text)

    def _write(self):
        with open(self.state, "w", encoding="utf-8") as file:
            for name, recipe in self.given.items():
                file.write(f"given|{name}|{recipe.to_json()}\\n")
            for name, outcome in () if self.careless else self.done.items():
                file.write(f"done|{name}|{outcome.to_json()}\\n")

    def submit(self, recipe, experiment_id):
        super().submit(recipe, experiment_id)
        self._write()

    def poll(self, experiment_id):
        status = super().poll(experiment_id)
        self._write()
        return status

    def cancel(self, experiment_id):
        status = super().cancel(experiment_id)
        self._write()
        return status
'''


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a module somewhere on the path."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "own_labs_on_trial.py").write_text(OWN, encoding="utf-8")
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(folder))
    return "own_labs_on_trial"


def verdicts(word: str, folder: Path) -> tuple[int, set[str]]:
    """How many promises a lab of a name makes, and which it breaks."""
    case = NamedLab(word, folder)
    promises = promises_of(case, trial_of("BaTiO3", "BaCO3,TiO2", "1100,900", 4, 3000))
    found = list(judged(promises, case))
    return len(promises), {v.name for v in found if not v.kept}


def test_a_lab_is_tried_on_what_it_can_do(own: str, tmp_path: Path) -> None:
    assert verdicts(f"{own}.Slow", tmp_path) == (15, set())
    assert verdicts(f"{own}.Kept:state={{fresh}}", tmp_path) == (12, set())


def test_a_pause_and_a_kill_that_change_something_are_found(own: str, tmp_path: Path) -> None:
    _, broken = verdicts(f"{own}.Slow:forgets_to_wait=true", tmp_path)
    assert "a_paused_lab_starts_nothing" in broken
    _, broken = verdicts(f"{own}.Kept:state={{fresh}};careless=true", tmp_path)
    assert broken == {"a_kill_between_two_calls_changes_nothing"}


def test_a_simulated_lab_of_ours_by_its_name(tmp_path: Path) -> None:
    case = NamedLab("easy:state={fresh}", tmp_path)
    promises = promises_of(case, Trial(too_hot_c=3000))
    assert len(promises) == 25
    named = {p.name: p for p in promises}
    for name in ("is_a_lab", "refuses_what_it_has_no_powder_for", "a_new_process_told_nobody_yet"):
        named[name].keep(case)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("", "name a lab"),
        ("nowhere.Lab", "there is no module nowhere: not in"),
        ("lab.simulated.Nothing", "has no Nothing"),
        ("lab.simulated.SimulatedLab", "cannot be made, it raised TypeError"),
        ("easy:state", "SETTING=VALUE"),
        ("easy:colour=red", "colour"),
        ("hydra.version.__version__", "cannot be called"),
        ("manual:folder={fresh}", "is a real lab"),
    ],
)
def test_what_is_no_lab_is_told_in_one_line(word: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(AthanorError, match=told) as error:
        promises_of(NamedLab(word, tmp_path), Trial())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("BaTiO3", "BaCO3,TiO2", "hot,900", 4, 3000), "give numbers"),
        (("BaTiO3", "BaCO3,TiO2", "900,900", 4, 3000), "two different ones"),
        (("BaTiO3", "SrCO3,TiO2", "900,1000", 4, 3000), "Ba"),
    ],
)
def test_a_trial_that_cannot_be(given: Any, told: str) -> None:
    with pytest.raises(AthanorError, match=told):
        trial_of(*given)


def test_a_precursor_that_the_lab_lacks_is_found() -> None:
    """Not the usual one where the lab has that, and one of its own metal."""
    assert trial_for(["BaCO3", "TiO2"], Trial()).absent == "Ba(NO3)2"
    assert trial_for(["BaCO3", "TiO2", "Ba(NO3)2"], Trial()).absent == "Ba(OH)2"
    strontium = Trial("SrTiO3", ("SrCO3", "TiO2"))
    assert trial_for(["SrCO3", "TiO2"], strontium).absent == "Sr(NO3)2"
