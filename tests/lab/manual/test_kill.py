"""A bench whose processes are killed before each of their writes ends as one that never was."""

from itertools import count
from pathlib import Path
from typing import NamedTuple

from knowledge.outcome import Outcome
from lab.manual import ManualLab, Record
from tests.conformance.lab import recipe
from tests.lab.killed import killed_at
from tests.lab.manual.test_conforms import result

STOCK: list[str | dict[str, object]] = [
    {"formula": formula, "lot": lot, "grams": grams}
    for formula, grams in (("BaCO3", 4.0), ("TiO2", 1.6))
    for lot in ("A", "B")
]
WEIGHED = {"e1": {"TiO2": 0.7}, "right": {"TiO2": 0.65, "BaCO3": 1.75}, "lost": {"BaCO3": 1.7}}


class End(NamedTuple):
    """What a bench comes to."""

    outcomes: dict[str, Outcome]
    left_g: dict[str, float]
    free_g: dict[str, float]
    kinds: list[tuple[str, str]]


def days(folder: Path) -> End:
    """Four experiments: one measured and put right with other masses, one said not to be
    fired and then measured, one lost, one withdrawn and, when that was told, fired all the same.

    It can be started again wherever it stopped, as a campaign and a person can.
    """
    lab = ManualLab(folder / "bench", STOCK)
    for number, name in enumerate(("e1", "e2", "lost", "gone")):
        if lab.book.get(name) is None:  # asking the lab would tell the campaign
            lab.submit(recipe(1000 + 10 * number), name)
    lab.cancel("gone")
    heard = {e.experiment_id for e in lab.book.experiments() if e.told}
    first = Record(result("e1", 0.39), "ada", WEIGHED["e1"])
    right = Record(result("e1", 0.93), "ada", WEIGHED["right"], why="a slip")
    known = lab.book.get("e1")
    if known is not None and known.outcome is None:
        lab.book.record(first)
    if "e1" not in heard:
        lab.book.record(right)
    known = lab.book.get("e2")
    if known is not None and known.outcome is None:
        lab.book.record(Record(Outcome(experiment_id="e2", status="cancelled"), "bob"))
    lab.book.record(Record(result("e2"), "bob", why="it was fired"))
    lost = Outcome(experiment_id="lost", status="failed")
    lab.book.record(Record(lost, "bob", WEIGHED["lost"]))
    outcomes = {}
    for name in ("e1", "e2", "lost", "gone"):
        status = lab.poll(name)
        assert isinstance(status, Outcome)
        outcomes[name] = status
    lab.amended(result("gone"))
    powders = ("BaCO3", "TiO2")
    end = End(
        outcomes,
        {f: lab.stock.left_g(f) for f in powders},
        {f: lab.stock.free_g(f) for f in powders},
        sorted((e.kind, e.experiment) for e in lab.book.log.entries()),
    )
    lab.close()
    return end


def test_killed_before_any_write_and_started_again(tmp_path: Path) -> None:
    """Same outcomes, same grams, nothing promised to anybody, and every entry once."""
    (tmp_path / "steady").mkdir()
    steady = days(tmp_path / "steady")
    assert steady.free_g == steady.left_g
    assert steady.outcomes["e1"] == result("e1", 0.93)
    asked_g = recipe().masses_g(2)
    used_g = {f: (8 if f == "BaCO3" else 3.2) - g for f, g in steady.left_g.items()}
    assert abs(used_g["TiO2"] - (0.65 + 3 * asked_g["TiO2"])) < 1e-5
    assert abs(used_g["BaCO3"] - (1.75 + 1.7 + 2 * asked_g["BaCO3"])) < 1e-5
    for number in count(1):
        folder = tmp_path / str(number)
        if not killed_at(days, folder, number):
            break
        assert days(folder) == steady, f"killed before write {number}"
    assert number > 25
