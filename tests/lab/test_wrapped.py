"""Labs behind changes: the contract, what each change does, and draws that need no memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agents.configured_lab import configured_lab
from knowledge.energies import EnergyStack, embedded_table
from knowledge.errors import RecordError
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.recipe import HeatingStep, Recipe
from lab import Lab, Pending, Refused, Status, Unsubmitted
from lab.simulated import SimulatedLab
from lab.wrapped import Change, Lost, Mislabelled, Noise, ThermocoupleBias, Wrapped
from tests.conformance.lab import LabConformance, recipe
from tests.conftest import INVENTORY

HARD = (Noise(0.03), ThermocoupleBias(20), Mislabelled(0.5))


def simulated(**settings: object) -> SimulatedLab:
    energies = EnergyStack([embedded_table()])
    return SimulatedLab(0, INVENTORY, energies=energies, **settings)  # type: ignore[arg-type]


class TestConforms(LabConformance):
    def make(self) -> Lab:
        return Wrapped(simulated(), HARD, seed=1)


class TestSlowCoolConforms(LabConformance):
    def make(self) -> Lab:
        return Wrapped(simulated(polls_until_done=3), [ThermocoupleBias(-30), Lost(0.0)])


class TestWrappedTwiceConforms(LabConformance):
    def make(self) -> Lab:
        return Wrapped(Wrapped(simulated(), HARD), HARD, seed=1)


class TestConfiguredConforms(LabConformance):
    def make(self) -> Lab:
        return configured_lab("noisy")


class Told:
    """A lab that remembers what it was asked to fire and answers with one outcome."""

    name = "told"
    inventory = INVENTORY

    def __init__(self, *phases: tuple[str, float], unidentified: float = 0.0) -> None:
        self.fired: dict[str, Recipe] = {}
        self._phases = tuple(
            PhaseFraction(formula=f, weight_fraction=w, sigma=0.01) for f, w in phases
        )
        self._unidentified = unidentified

    def check(self, recipe: Recipe) -> None:
        if recipe.hottest.temperature_c > 1400:
            raise Refused("heat", f"{recipe.hottest.temperature_c:g} C", "at most 1400 C")

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        self.fired[experiment_id] = recipe

    def poll(self, experiment_id: str) -> Status:
        if experiment_id not in self.fired:
            return Unsubmitted("never seen")
        return Outcome(
            experiment_id=experiment_id,
            phases=self._phases,
            unidentified_weight_fraction=self._unidentified,
            profile=self.fired[experiment_id].steps,
        )

    def cancel(self, experiment_id: str) -> Status:
        return self.poll(experiment_id)


def outcomes(changes: Sequence[Change], count: int = 400, seed: int = 0) -> list[Outcome]:
    lab = Wrapped(Told(("BaTiO3", 0.6), ("TiO2", 0.3), unidentified=0.1), changes, seed)
    found = []
    for number in range(count):
        lab.submit(recipe(1000), f"e{number}")
        status = lab.poll(f"e{number}")
        assert isinstance(status, Outcome)
        found.append(status)
    return found


def total(outcome: Outcome) -> float:
    return sum(p.weight_fraction for p in outcome.phases) + outcome.unidentified_weight_fraction


def test_without_changes_it_is_the_same_lab() -> None:
    plain, wrapped = simulated(), Wrapped(simulated(), [])
    for lab in (plain, wrapped):
        lab.submit(recipe(), "e1")
    assert wrapped.poll("e1") == plain.poll("e1")
    assert (wrapped.name, wrapped.inventory) == (plain.name, plain.inventory)


def test_noise_has_the_size_it_says() -> None:
    found = outcomes([Noise(0.05)])
    seen = np.array([o.weight_fraction("BaTiO3") for o in found])
    assert seen.mean() == pytest.approx(0.6, abs=0.01)
    assert 0.02 < seen.std() < 0.05  # scaling to one takes some of it away
    assert all(total(o) == pytest.approx(1, abs=1e-3) for o in found)
    assert found[0].phases[0].sigma == pytest.approx(np.hypot(0.01, 0.05), abs=1e-6)
    boast = outcomes([Noise(0.05, told=False)])
    assert [o.weight_fraction("BaTiO3") for o in boast] == seen.tolist()
    assert {p.sigma for o in boast for p in o.phases} == {0.01}


def test_much_noise_still_adds_up() -> None:
    for outcome in outcomes([Noise(1.0)]):
        assert total(outcome) == pytest.approx(1, abs=1e-3)
        assert all(p.weight_fraction > 0 for p in outcome.phases)


def test_a_bias_is_fired_and_never_told() -> None:
    behind = Told(("BaTiO3", 1.0))
    lab = Wrapped(behind, [ThermocoupleBias(20.5)])
    lab.submit(recipe(1000), "e1")
    assert behind.fired["e1"].hottest.temperature_c == 1020.5
    told = lab.poll("e1")
    assert isinstance(told, Outcome)
    assert told.profile == (HeatingStep(temperature_c=1000, hold_h=4),)


def test_a_bias_leaves_no_envelope() -> None:
    """1390 C may be fired, 1410 C not: refused by the rule, without telling the bias."""
    for lab in (Wrapped(Told(), [ThermocoupleBias(20)]), configured_lab("noisy")):
        with pytest.raises(Refused, match="it leaves the envelope") as refusal:
            lab.submit(recipe(1390), "e1")
        assert "1410" not in str(refusal.value)
        assert "at 1390 C" in refusal.value.value
        lab.check(recipe(1375))


def test_a_cooler_furnace_takes_no_hotter_recipes() -> None:
    with pytest.raises(Refused, match="1410 C"):
        Wrapped(Told(), [ThermocoupleBias(-20)]).check(recipe(1410))


def test_the_hotter_furnace_makes_what_the_hotter_recipe_makes() -> None:
    """And takes as long as what was asked for: nothing tells by how much it is hotter."""
    change = ThermocoupleBias(100)
    biased, plain, asked = Wrapped(simulated(), [change]), simulated(), simulated()
    biased.submit(recipe(1000), "e1")
    plain.submit(change.recipe(recipe(1000)), "e1")
    asked.submit(recipe(1000), "e1")
    ours, theirs = biased.poll("e1"), plain.poll("e1")
    assert isinstance(ours, Outcome)
    assert isinstance(theirs, Outcome)
    assert ours.phases == theirs.phases
    straight = asked.poll("e1")
    assert isinstance(straight, Outcome)
    assert ours.phases != straight.phases
    assert ours.profile == straight.profile
    assert ours.lab_time_h == straight.lab_time_h


def test_a_share_is_lost() -> None:
    found = outcomes([Lost(0.25)])
    lost = [o for o in found if o.status == "failed"]
    assert len(lost) / len(found) == pytest.approx(0.25, abs=0.08)
    assert all(o.faults[-1].sample_lost and not o.phases and o.profile for o in lost)
    assert not [o for o in outcomes([Lost(0)]) if o.faults]
    assert all(o.status == "failed" for o in outcomes([Lost(1), Noise(0.1)], 20))


def test_a_share_is_mislabelled() -> None:
    found = outcomes([Mislabelled(0.25)])
    wrong = [o for o in found if o.weight_fraction("BaTiO3") == 0.3]
    assert len(wrong) / len(found) == pytest.approx(0.25, abs=0.08)
    assert all(o.weight_fraction("TiO2") == 0.6 and not o.faults for o in wrong)


def test_what_was_cancelled_stays_so() -> None:
    lab = Wrapped(simulated(), [Lost(1), Noise(0.1), Mislabelled(1)])
    lab.submit(recipe(), "e1")
    status = lab.cancel("e1")
    assert isinstance(status, Outcome)
    assert status.status == "cancelled"
    assert [f.kind for f in status.faults] == ["cancelled"]


def test_draws_follow_from_seed_and_id_alone() -> None:
    hard = (Noise(0.05), Lost(0.3), Mislabelled(0.3))
    assert outcomes(hard, 30) == outcomes(hard, 60)[:30]
    assert outcomes(hard, 30) != outcomes(hard, 30, seed=1)


def test_a_lab_behind_that_was_restarted_answers_the_same(tmp_path: Path) -> None:
    def opened() -> Lab:
        return Wrapped(simulated(state=tmp_path / "state.sqlite"), HARD)

    first = opened()
    first.submit(recipe(), "e1")
    outcome = first.poll("e1")
    assert isinstance(outcome, Outcome)
    del first
    assert opened().poll("e1") == outcome


def test_submitting_again_is_harmless_when_stock_is_gone() -> None:
    """The second submission could not be weighed; it is the first, which was."""
    stock = [{"formula": "BaCO3", "lot": "A", "grams": 2.0}, "TiO2"]
    behind = SimulatedLab(0, stock, energies=EnergyStack([embedded_table()]))
    lab = Wrapped(behind, HARD)
    lab.submit(recipe(), "e1")
    lab.submit(recipe(), "e1")
    with pytest.raises(Refused):
        lab.submit(recipe(), "e2")
    assert not isinstance(lab.poll("e1"), Pending)
    lab.submit(recipe(), "e1")


def test_settings_reach_the_lab_behind_and_the_changes() -> None:
    changed = configured_lab("noisy", ["lab.envelope.max_temperature_c=1200", "seed=3"])
    with pytest.raises(Refused, match="it leaves the envelope"):
        changed.check(recipe(1190))
    assert changed.name == "noisy"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Noise(-0.1), "sigma is -0.1"),
        (lambda: Noise(float("nan")), "sigma is nan"),
        (lambda: Lost(1.5), "rate is 1.5"),
        (lambda: Mislabelled(-1), "rate is -1"),
        (lambda: ThermocoupleBias(float("inf")), "offset_c is inf"),
        (lambda: Wrapped(Told(), [], seed=-1), "seed is -1"),
        (lambda: Wrapped(Told(), ["noise"]), "changes has noise"),
    ],
)
def test_settings_that_cannot_be(make, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RecordError, match=said):
        make()
