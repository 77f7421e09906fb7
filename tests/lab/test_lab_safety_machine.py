"""What can go wrong in a lab does no harm: nothing refused is run, and the books balance."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import AIR, ARGON, OXYGEN, Atmosphere, HeatingStep, Recipe, Target
from lab import Pending, Refused, Unsubmitted
from lab.lots import Lot
from lab.simulated import FaultRates, Measurement, SimulatedLab
from tests.lab.test_chemistry import embedded
from tests.lab.test_simulated import opened, outcome_of, run, told

# Powders in grams, and a chemical that never runs short. 2 g of BaTiO3 take 1.7 g of BaCO3.
STOCK = {"BaCO3": 40.0, "TiO2": 12.0, "BaO": 5.0, "Na2CO3": 9.0, "TeO2": 9.0, "MoO3": 9.0}
FORMULAS = (*STOCK, "Y2O3", "CuO")


def stock() -> list[str | Mapping[str, Any] | Lot]:
    return ["Y2O3", "CuO", *({"formula": f, "grams": g} for f, g in STOCK.items())]


def recipe(
    temperature_c: float = 1000,
    hold_h: float = 12,
    target: str = "BaTiO3",
    precursors: tuple[str, ...] = ("BaCO3", "TiO2"),
    steps: int = 1,
    **fields: Any,
) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=hold_h, **fields)
    return Recipe.balanced(Target(formula=target), precursors, (step,) * steps)


CUPRATE = {"target": "YBa2Cu3O7", "precursors": ("BaCO3", "CuO", "Y2O3")}
TELLURATE = {"target": "NaTeMoO6", "precursors": ("MoO3", "Na2CO3", "TeO2")}
GOOD = (
    recipe(900),
    recipe(1400, 0),
    recipe(1000, atmosphere=OXYGEN, regrind_before=True, steps=2),
    recipe(800, precursors=("BaO", "TiO2")),
    recipe(920, **CUPRATE),
    recipe(500, **TELLURATE),
)
# Each with the rule that it breaks.
BAD = (
    (recipe(1401), "furnace temperature"),
    (recipe(20), "furnace temperature"),
    (recipe(1e6), "furnace temperature"),
    (recipe(hold_h=101), "furnace time"),
    (recipe(hold_h=1e300), "furnace time"),
    (recipe(ramp_c_per_min=50), "furnace ramp"),
    (recipe(ramp_c_per_min=1e-9), "furnace ramp"),
    (recipe(steps=11), "steps"),
    (recipe(atmosphere=ARGON), "atmosphere"),
    # Something else in a bottle labelled air.
    (recipe(atmosphere=Atmosphere(name="air", partial_pressures_atm={"H2": 1.0})), "atmosphere"),
    (recipe(target="SrTiO3", precursors=("SrCO3", "TiO2")), "inventory"),
    (recipe(precursors=("Ba(NO3)2", "TiO2")), "inventory"),
    (recipe(target="CdTiO3", precursors=("CdO", "TiO2")), "forbidden elements"),
    (recipe(target="Ba2UO5", precursors=("BaCO3", "UO3")), "forbidden elements"),
    (recipe(1300, **TELLURATE), "crucible"),
    (recipe(950, **TELLURATE), "volatile charge"),
)
names = st.sampled_from([f"e{n}" for n in range(12)])
MAX_OPEN = 6


def refusal(act: Callable[[], None]) -> Refused | None:
    """The refusal that something meets, if it does."""
    try:
        act()
    except Refused as refused:
        return refused
    return None


class Labs(RuleBasedStateMachine):
    """A lab with faults and little stock, beside a list of what it took on and told."""

    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        rates = FaultRates(*[0.1] * 7, repair_h=1)
        self.lab = SimulatedLab(
            0, stock(), energies=embedded(), faults=rates, max_open=MAX_OPEN, polls_until_done=1
        )
        self.recipes: dict[str, Recipe] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.paused = False

    def books(self) -> dict[str, tuple[float, float, float]]:
        """Grams left, free and weighed of each powder."""
        book = self.lab.stock
        return {f: (book.left_g(f), book.free_g(f), book.weighed_g(f)) for f in FORMULAS}

    @rule(target=taken, name=names, which=st.sampled_from(GOOD))
    def submit(self, name: str, which: Recipe) -> str:
        """Something allowed. It may still be too much, or an id that is taken."""
        before = self.books()
        open_count = len(set(self.recipes) - set(self.outcomes))
        refused = refusal(lambda: self.lab.submit(which, name))
        if refused is None:
            assert open_count < MAX_OPEN or name in self.recipes
            assert self.recipes.setdefault(name, which) == which
            return name
        assert self.books() == before
        if name in self.recipes:
            assert refused.rule == "experiment id"
            assert self.recipes[name] != which
        elif refused.rule == "queue":
            assert open_count == MAX_OPEN
        else:
            assert refused.rule == "inventory"
            # Something is short, to the microgram that is counted.
            assert any(g > before[f][1] - 1e-6 for f, g in which.masses_g(2.0).items())
        return name

    @rule(name=names, which=st.sampled_from(BAD), asked=st.booleans())
    def submit_something_bad(self, name: str, which: tuple[Recipe, str], asked: bool) -> None:
        """Refused by its rule, and as if it had never been."""
        before = self.books()
        bad, broken = which
        if asked:
            with pytest.raises(Refused) as refused:
                self.lab.check(bad)
            assert refused.value.rule == broken
        with pytest.raises(Refused) as refused:
            self.lab.submit(bad, name)
        assert refused.value.rule == ("experiment id" if name in self.recipes else broken)
        assert self.books() == before
        if name not in self.recipes:
            assert isinstance(self.lab.poll(name), Unsubmitted)
            assert isinstance(self.lab.cancel(name), Unsubmitted)

    @rule(which=st.sampled_from(GOOD))
    def check(self, which: Recipe) -> None:
        """To ask changes nothing; only for want of powder is something allowed refused."""
        before = self.books()
        refused = refusal(lambda: self.lab.check(which))
        assert refused is None or refused.rule == "inventory"
        assert self.books() == before

    @rule(name=taken)
    def poll(self, name: str) -> None:
        self.told(name, self.lab.poll(name))

    @rule(name=taken)
    def cancel(self, name: str) -> None:
        self.told(name, self.lab.cancel(name))

    @rule()
    def pause(self) -> None:
        self.lab.pause()

    @rule()
    def resume(self) -> None:
        self.lab.resume()

    def told(self, name: str, status: object) -> None:
        """An experiment has one outcome, and only what was taken on has one."""
        if name not in self.recipes:
            assert isinstance(status, Unsubmitted)
        elif name in self.outcomes:
            assert status == self.outcomes[name]
        elif isinstance(status, Outcome):
            assert status.experiment_id == name
            self.outcomes[name] = status
            if status.status == "failed":
                lost = any(f.sample_lost for f in status.faults)
                assert lost or [f.kind for f in status.faults].count("failed scan") == 3
        else:
            assert isinstance(status, Pending)

    @invariant()
    def stock_balances(self) -> None:
        """What was delivered is on the shelf or weighed, to the microgram of a balance."""
        for formula, (left_g, free_g, weighed_g) in self.books().items():
            if formula in STOCK:
                assert left_g + weighed_g == pytest.approx(STOCK[formula], abs=1e-9)
                assert 0 <= free_g <= left_g + 1e-12
            else:
                assert left_g == free_g == math.inf

    def teardown(self) -> None:
        self.lab.resume()
        for name in self.recipes:
            for _ in range(2):
                self.told(name, self.lab.poll(name))
        assert set(self.outcomes) == set(self.recipes)
        for left_g, free_g, _ in self.books().values():
            assert left_g == free_g  # nothing is promised to anybody


TestLabs = Labs.TestCase
TestLabs.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("number", [math.nan, -math.inf])
@pytest.mark.parametrize("field", ["temperature_c", "hold_h", "ramp_c_per_min"])
def test_recipes_of_no_numbers_cannot_be_written(field: str, number: float) -> None:
    fields = {"temperature_c": 1000.0, "hold_h": 1.0, "ramp_c_per_min": 5.0} | {field: number}
    with pytest.raises(RecordError, match=field):
        HeatingStep(**fields)


@pytest.mark.parametrize("field", ["temperature_c", "hold_h", "ramp_c_per_min"])
def test_what_has_no_end_is_not_run(field: str) -> None:
    """Infinity is a number: a recipe may ask for it, where it is no error already."""
    fields = {"temperature_c": 1000.0, "hold_h": 1.0, "ramp_c_per_min": 5.0} | {field: math.inf}
    lab = SimulatedLab(0, stock(), energies=embedded())
    with pytest.raises((RecordError, Refused)):
        lab.submit(recipe(**fields, atmosphere=AIR), "e")
    assert isinstance(lab.poll("e"), Unsubmitted)


def test_what_runs_short_is_refused() -> None:
    """2 g of BaTiO3 take 1.693 g of BaCO3 and 0.685 g of TiO2: 4 g are enough for two."""
    lab = opened(stock=[{"formula": "BaCO3", "grams": 4}, "TiO2"])
    lab.submit(recipe(), "e1")
    lab.submit(recipe(), "e2")
    with pytest.raises(Refused) as refusal:
        lab.submit(recipe(), "e3")
    assert refusal.value.rule == "inventory"
    assert "1.692" in refusal.value.value
    lab.cancel("e2")
    lab.submit(recipe(), "e3")
    assert [outcome_of(lab, n).status for n in ("e1", "e2", "e3")] == [
        "measured", "cancelled", "measured"
    ]  # fmt: skip
    assert lab.stock.left_g("BaCO3") == pytest.approx(4 - 2 * 1.6925, abs=1e-3)
    assert set(lab.inventory) == {"BaCO3", "TiO2"}


# Faults: each alone and always


def faulty(kind: str, noticed: float = 1.0, seed: int = 0, **sizes: float) -> SimulatedLab:
    faults = FaultRates(**{kind: 1.0}, noticed=noticed, **sizes)
    return opened(seed, faults=faults, measurement=Measurement(sigma=0, detection_limit=0))


def exact(seed: int = 0) -> SimulatedLab:
    return opened(seed, measurement=Measurement(sigma=0, detection_limit=0))


def kinds(outcome: Outcome) -> list[str]:
    return [fault.kind for fault in outcome.faults]


def test_spilled_samples_are_lost() -> None:
    [outcome] = run(faulty("spilled_sample"), recipe())
    assert (outcome.status, outcome.phases) == ("failed", ())
    assert kinds(outcome) == ["spilled sample"]
    assert outcome.faults[0].sample_lost


def test_scans_that_fail_three_times_leave_no_result() -> None:
    [outcome] = run(faulty("failed_scan"), recipe())
    assert (outcome.status, outcome.phases) == ("failed", ())
    assert kinds(outcome) == ["failed scan"] * 3
    assert not any(f.sample_lost for f in outcome.faults)


def test_a_trip_ends_the_heating() -> None:
    """What was fired is told as it was, colder or shorter than asked, and measured."""
    [outcome], [quiet] = run(faulty("furnace_trip"), recipe()), run(exact(), recipe())
    assert (outcome.status, kinds(outcome)) == ("measured", ["furnace trip"])
    assert outcome.profile != quiet.profile
    assert sum(s.hold_h for s in outcome.profile) <= 12
    assert max(s.temperature_c for s in outcome.profile) <= 1000
    assert outcome.weight_fraction("BaTiO3") <= quiet.weight_fraction("BaTiO3")


def test_an_overshoot_that_was_noticed_is_in_the_profile() -> None:
    lab = faulty("overshoot", overshoot_sigma_c=60)
    [outcome], [quiet] = run(lab, recipe()), run(exact(), recipe())
    assert kinds(outcome) == ["overshoot"]
    [step] = outcome.profile
    assert step.temperature_c > 1000
    # The sample had the heat that was recorded, to the tenth of a degree told.
    [same] = run(exact(), recipe(step.temperature_c, ramp_c_per_min=step.ramp_c_per_min))
    assert told(outcome) == pytest.approx(told(same), abs=5e-3)
    assert told(outcome) != pytest.approx(told(quiet), abs=5e-3)


def test_an_overshoot_that_nobody_noticed_is_in_the_sample_only() -> None:
    noticed = run(faulty("overshoot", overshoot_sigma_c=60), recipe())[0]
    unnoticed = run(faulty("overshoot", noticed=0, overshoot_sigma_c=60), recipe())[0]
    assert unnoticed.faults == ()
    assert [s.temperature_c for s in unnoticed.profile] == [1000]
    assert unnoticed.phases == noticed.phases


def test_an_overshoot_that_nobody_noticed_stays_so_beside_other_faults() -> None:
    faults = FaultRates(overshoot=1.0, failed_scan=0.5, noticed=0.0)
    outcomes = run(opened(faults=faults), *[recipe()] * 8)
    assert {"failed scan"} == {k for o in outcomes for k in kinds(o)}
    assert {s.temperature_c for o in outcomes for s in o.profile} == {1000}


def test_wrong_masses_leave_too_much_of_something() -> None:
    """At 1300 C all is BaTiO3 unless there is too much of one powder."""
    wrong = faulty("wrong_mass", wrong_mass_relative_sigma=0.3)
    [outcome], [quiet] = run(wrong, recipe(1300, 24)), run(exact(), recipe(1300, 24))
    assert quiet.weight_fraction("BaTiO3") > 0.99
    assert outcome.weight_fraction("BaTiO3") < 0.97
    assert kinds(outcome) == ["wrong mass"] * 2
    assert wrong.stock.weighed_g("BaCO3") != pytest.approx(1.6925, abs=0.01)


def test_dirty_crucibles_bring_what_cannot_be_named() -> None:
    """The first sample has a new crucible; the next has two percent of it among its powder."""
    lab, share = faulty("contaminated_crucible", contamination_share=0.02), 0.02
    clean, dirty = run(lab, recipe(1300, 24)), run(lab, recipe(1300, 24), prefix="next")
    assert kinds(clean[0]) == []
    assert kinds(dirty[0]) == ["contaminated crucible"]
    unnamed = [o[0].unidentified_weight_fraction for o in (clean, dirty)]
    assert unnamed[1] == pytest.approx(1 - (1 - unnamed[0]) * (1 - share), abs=2e-4)


def test_mislabelled_phases_are_others_of_the_system() -> None:
    [outcome], [quiet] = run(faulty("mislabelled_phase"), recipe()), run(exact(), recipe())
    assert kinds(outcome) == ["mislabelled phase"]
    wrong, right = list(told(outcome)), list(told(quiet))
    assert wrong[0] not in right
    assert wrong[1:] == right[1:]
    assert list(told(outcome).values()) == list(told(quiet).values())
