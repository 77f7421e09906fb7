"""A thousand answers that are wrong somehow: each is a status that holds together, or none."""

import math
import random
from collections import Counter
from typing import Any

import pytest

from knowledge.outcome import Outcome
from lab import Pending, Unknown, Unreachable
from lab.alabos import AlabosLab, wire
from lab.alabos.case import Part
from lab.alabos.ids import task_id
from lab.alabos.outcome import Results, status_of
from lab.web import messages
from tests.conformance.lab import recipe
from tests.lab.alabos.model import Model
from tests.lab.alabos.stand_in import made
from tests.lab.remote.answers import mutated

RESULTS = Results(profile="profile")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> AlabosLab:
    return made("http://127.0.0.1:9", tmp_path_factory.mktemp("log"))


def answers(lab: AlabosLab) -> tuple[str, tuple[Part, ...], list[dict[str, Any]]]:
    """Id and tasks of an experiment, and what is said of it at its stages."""
    model, tasks = Model(), lab._allowed(recipe())
    model.profile = [{"temperature_c": 1093.5, "hold_h": 4.2}]
    model.breaks = {"Diffraction": "no tube"}
    ids = []
    for name in ("e1", "e2"):
        ids.append(model.submit(wire.submission(name, recipe(), tasks)))
    told = []
    for _ in range(4):
        model.step(8)
        told += [model.experiment(ids[1], results=True), model.experiment(ids[1])]
    parts = tuple(Part(task_id("e2", n), t.type, t.kinds) for n, t in enumerate(tasks))
    return ids[1], parts, told


def test_whatever_is_answered(lab: AlabosLab) -> None:
    exp_id, parts, told = answers(lab)
    ids, seen = [p.id for p in parts], Counter[str]()
    for seed in range(1200):
        rng = random.Random(seed)
        try:
            found = messages.message(mutated(rng.choice(told), rng))
            states = wire.read_tasks(found, exp_id, ids)
            status = status_of("e2", parts, states, recipe(), RESULTS, cancel=False)
        except Unreachable as error:
            seen["refused"] += 1
            check_line(str(error))
            continue
        seen[type(status).__name__] += 1
        check(status)
    assert min(seen[kind] for kind in ("refused", "Pending", "Outcome", "Unknown")) > 8


def check_line(text: str) -> None:
    assert text.isprintable()
    assert len(text) < 400


def check(status: object) -> None:
    """Counted again here, from the numbers alone."""
    if isinstance(status, Pending):
        assert status.stage.isprintable()
    elif isinstance(status, Outcome):
        assert status.experiment_id == "e2"
        assert all(f.message.isprintable() and f.stage.isprintable() for f in status.faults)
        assert 0 <= status.lab_time_h < 1e5
        assert all(0 <= s.hold_h <= 1e5 and s.temperature_c <= 5000 for s in status.profile)
        if status.status == "measured":
            total = math.fsum(p.weight_fraction for p in status.phases)
            assert total + status.unidentified_weight_fraction == pytest.approx(1, abs=0.02)
        else:
            assert not status.phases
    else:
        assert isinstance(status, Unknown)
        assert status.reason.isprintable()
