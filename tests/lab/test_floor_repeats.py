"""The floor again: the same draws whatever the order and the names, and nothing kept."""

import gc
import os
import subprocess
import sys

from lab.simulated.faults import FaultRates
from lab.simulated.floor import Handled
from tests.lab.test_floor import (
    finished,
    made,
    opened,
    submit,
)

CHANCES = FaultRates(0.1, 0.05, 0.1, 0.2, 0.1, 0.2, 0.1)


def told(seed: int = 0) -> list[Handled]:
    floor = opened(rates=CHANCES, seed=seed, batch_wait_h=2)
    names = []
    for n in range(40):
        names += submit(floor, 1, made(*[825 + n % 3 * 50] * (1 + n % 2)), f"e{n}-")
        if n % 5 == 4:
            floor.step()
    return finished(floor, names)


def test_the_same_again() -> None:
    assert told() == told()
    assert told() != told(1)


def test_draws_do_not_depend_on_names_or_order() -> None:
    rates = FaultRates(wrong_mass=0.5, spilled_sample=0.2, failed_scan=0.4, mislabelled_phase=0.3)
    results = []
    for order in (range(20), reversed(range(20))):
        floor = opened(rates=rates)
        for n in order:
            floor.submit(f"{order} {n}", made(925), ("r", n))
        done = finished(floor, [f"{order} {n}" for n in range(20)])
        results.append([(d.masses_g, d.lost, d.scanned, d.mislabel, d.faults) for d in done])
    assert results[0] == results[1]


def test_nothing_hangs_on_the_order_of_hashes() -> None:
    code = (
        "from tests.lab.test_floor_repeats import told; from hashlib import sha256\n"
        "print(sha256(repr(told()).encode()).hexdigest())"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1


def test_nothing_is_kept_of_what_was_collected() -> None:
    floor = opened(rates=CHANCES)
    counts = []
    for block in range(3):
        for n in range(50):
            names = submit(floor, 8, made(925), f"{block}-{n}-")
            finished(floor, names)
        del names
        gc.collect()
        counts.append(len(gc.get_objects()))
    assert counts[2] - counts[1] < 200
