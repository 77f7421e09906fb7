"""A simulated lab that is killed before each of its writes ends as one that never was."""

from itertools import count
from pathlib import Path
from typing import NamedTuple

from knowledge.outcome import Outcome
from lab import Unsubmitted
from lab.simulated import FaultRates, SimulatedLab
from tests.lab.killed import killed_at
from tests.lab.test_simulated import opened, recipe

MISHAPS = FaultRates(wrong_mass=0.5, contaminated_crucible=1.0, overshoot=0.5, noticed=0.5)
# Bottles of two finenesses, so tight that a mass that is too large is refused.
BOTTLES = [
    {"formula": f, "lot": lot, "grams": grams, "particle_size_um": um}
    for f, grams in (("BaCO3", 2.7), ("TiO2", 1.1))
    for lot, um in (("A", 0.5), ("B", 8.0))
]
RECIPES = {"e1": recipe(1000, 4), "e2": recipe(1100, 4), "gone": recipe(900), "late": recipe(950)}


class End(NamedTuple):
    """What a campaign comes to."""

    outcomes: dict[str, Outcome]
    now_h: float
    left_g: dict[str, float]
    free_g: dict[str, float]


def lab_in(folder: Path) -> SimulatedLab:
    return opened(
        stock=BOTTLES, faults=MISHAPS, batch_wait_h=2.0,
        state=folder / "state.db", inventory_file=folder / "stock.db",
    )  # fmt: skip


def campaign(folder: Path) -> End:
    """Three are taken on and one of them cancelled; after a pause, in which time passes, a fourth.

    It can be started again wherever it stopped, as campaigns can.
    """
    lab = lab_in(folder)
    for name in ("e1", "e2", "gone"):
        lab.submit(RECIPES[name], name)
    lab.cancel("gone")
    if isinstance(lab.look("late"), Unsubmitted):
        lab.pause()
        lab.wait(["e1", "e2"])
        lab.resume()
        lab.submit(RECIPES["late"], "late")
    found: dict[str, Outcome] = {}
    while left := [name for name in RECIPES if name not in found]:
        for name in left:
            status = lab.look(name)
            if isinstance(status, Outcome):
                found[name] = status
        left = [name for name in left if name not in found]
        assert not left or lab.wait(left)
    stock = lab.stock
    end = End(
        found, lab.now_h,
        {f: stock.left_g(f) for f in ("BaCO3", "TiO2")},
        {f: stock.free_g(f) for f in ("BaCO3", "TiO2")},
    )  # fmt: skip
    lab.close()
    return end


def test_killed_before_any_write_and_started_again(tmp_path: Path) -> None:
    """Same outcomes, same hour, same grams left on the shelf, and nothing promised to anybody."""
    (tmp_path / "steady").mkdir()
    steady = campaign(tmp_path / "steady")
    assert steady.free_g == steady.left_g
    kinds = {f.kind for o in steady.outcomes.values() for f in o.faults}
    assert "cancelled" in kinds
    for number in count(1):
        folder = tmp_path / str(number)
        if not killed_at(campaign, folder, number):
            break
        assert campaign(folder) == steady, f"killed before write {number}"
    assert number > 25  # of four experiments: what they were promised, weighed, and gave
