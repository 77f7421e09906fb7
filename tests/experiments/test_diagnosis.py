"""Twin worlds do what they are for, and the figures of the study are those of a count by hand."""

import numpy as np
import pytest

from agents.why.causes import Way
from agents.why.diagnosis import Finding
from agents.why.phases import Urn
from agents.why.records import Cause
from experiments.diagnosis import CAUSES, Judged, figures, judged
from experiments.twin_worlds import Mishap, Twins, mishap
from knowledge.energies import EnergyStack
from knowledge.errors import NoEnergyError, RecordError
from tests.agents.why_cases import recipe

POWDERS = ("BaCO3", "TiO2")
COLD = recipe("BaTiO3", POWDERS, 750, 4)
HOT = recipe("BaTiO3", POWDERS, 1200, 12)


@pytest.fixture(scope="module")
def twins(energies: EnergyStack) -> Twins:
    return Twins(3, energies, "BaTiO3", POWDERS)


def test_what_is_too_cold_is_mended_by_speed_alone(twins: Twins) -> None:
    nothing = Mishap()
    missed = twins.true_yield(COLD, nothing)
    found = twins.yields_without(COLD, nothing)
    assert set(found) == set(CAUSES)
    assert missed < 0.1
    assert found["kinetics"] > 0.5
    # Nothing evaporates, melts or happened: taking it away changes nothing.
    for cause in ("volatility", "melting", "weighing", "fault"):
        assert found[cause] == pytest.approx(missed, abs=1e-9)


def test_a_mishap_is_mended_by_not_having_it(twins: Twins) -> None:
    made = twins.true_yield(HOT, Mishap())
    assert made > 0.9
    tripped = Mishap(tripped=True)
    assert twins.true_yield(HOT, tripped) < 0.5
    assert twins.yields_without(HOT, tripped)["fault"] == made
    heavy = Mishap(powder="BaCO3", factor=1.3)
    assert twins.true_yield(HOT, heavy) < made
    assert twins.yields_without(HOT, heavy)["weighing"] == made


def test_what_is_reported(twins: Twins) -> None:
    told = twins.outcome(HOT, "e", Mishap(powder="TiO2", factor=0.9, tripped=True, reported=True))
    assert [f.kind for f in told.faults] == ["wrong mass", "furnace trip"]
    assert told.profile[0].temperature_c < 1200
    silent = twins.outcome(HOT, "e", Mishap(powder="TiO2", factor=0.9))
    assert silent.faults == ()
    assert silent.profile == HOT.steps
    assert twins.outcome(HOT, "e", Mishap()) == twins.outcome(HOT, "e", Mishap())


def test_mishaps_come_as_often_as_said() -> None:
    """One in ten weighed wrongly, one in twenty tripped: within four standard deviations."""
    rng, count = np.random.default_rng(0), 4000
    drawn = [mishap(HOT, rng) for _ in range(count)]
    wrong = sum(m.powder is not None for m in drawn) / count
    tripped = sum(m.tripped for m in drawn) / count
    assert abs(wrong - 0.10) < 4 * (0.1 * 0.9 / count) ** 0.5
    assert abs(tripped - 0.05) < 4 * (0.05 * 0.95 / count) ** 0.5


def row(said: dict[Cause, float], missed_at: float, **without: float) -> Judged:
    """What was said (prior: even), and what the twins gave; the same yield if not told."""
    findings = tuple(
        Finding(c, p, 1 / len(said), p, Way(1.0, Urn()))
        for c, p in sorted(said.items(), key=lambda item: -item[1])
    )
    given = {c: without.get(c, missed_at) for c in CAUSES}
    return Judged("BaTiO3", 0, "recipe", missed_at, findings, given)


def test_figures_by_hand() -> None:
    rows = [
        row({"kinetics": 0.9, "melting": 0.1}, 0.2, kinetics=0.95),  # right
        row({"kinetics": 0.6, "melting": 0.4}, 0.2, melting=0.95),  # wrong
        row({"melting": 0.8, "kinetics": 0.2}, 0.2, melting=0.5, kinetics=0.48),  # either mends
        row({"melting": 1.0}, 0.85, weighing=0.88),  # nothing mends it
    ]
    assert rows[0].mending == {"kinetics"}
    assert rows[2].mending == {"melting", "kinetics"}
    assert rows[3].mending == frozenset()
    told = figures(rows)
    assert (told["missed"], told["mended_by_one_cause"]) == (4, 3)
    assert told["right"] == pytest.approx(2 / 3, abs=1e-3)
    assert told["right_if_always_kinetics"] == pytest.approx(2 / 3, abs=1e-3)
    assert told["right_by_chance"] == pytest.approx((1 + 1 + 2) / 3 / len(CAUSES), abs=1e-3)
    assert told["bits"] == pytest.approx(-np.log2([0.9, 0.4, 1.0]).mean(), abs=1e-3)
    assert told["bits_before"] == pytest.approx(-np.log2([0.5, 0.5, 1.0]).mean(), abs=1e-3)
    assert told["confusion"]["melting"] == {"kinetics": 1, "melting": 1}
    assert [line["cases"] for line in told["calibration"]] == [1, 1, 1]
    with pytest.raises(RecordError, match="take more worlds"):
        figures(rows[3:])


def test_recipes_of_a_target_are_judged(energies: EnergyStack) -> None:
    found = list(judged("SrTiO3", [0], energies, recipes=3))
    assert all(r.missed_at < 0.9 for r in found)
    assert all(sum(f.probability for f in r.findings) == pytest.approx(1) for r in found)
    again = list(judged("SrTiO3", [0], energies, recipes=3))
    assert [_numbers(r) for r in found] == [_numbers(r) for r in again]
    with pytest.raises(NoEnergyError):
        list(judged("UO3", [0], energies))


def _numbers(one: Judged) -> tuple[object, ...]:
    return one.recipe, one.missed_at, one.without, [f.probability for f in one.findings]
