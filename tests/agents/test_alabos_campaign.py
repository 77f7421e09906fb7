"""A campaign at AlabOS with every known fault at once, its driver killed again and again."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agents.candidates import CandidateGrid, Candidates, gather
from agents.ledger import Ledger
from agents.steering import amended, say
from knowledge.energies import EnergyStack
from knowledge.literature import frequency_proposer
from knowledge.outcome import Outcome
from knowledge.recipe import Target
from lab.alabos.ids import sample_id
from lab.safety import Envelope
from tests.agents.alabos_driver import ASKS, DONE, Chaos, Nursery, drive, journal_of
from tests.lab.alabos.stand_in import StandIn

SEED, SIZE, KILLS = 7, 20, 10
POWDERS = ("BaCO3", "BaO", "BaO2", "TiO2")
_LONGEST_S = 120.0  # on a machine that does other things


@pytest.fixture(scope="module")
def many(energies: EnergyStack) -> Candidates:
    def check(recipe: Any) -> None:
        Envelope().check(recipe, POWDERS)

    grid = CandidateGrid(spacing_c=100, span_sigmas=2, hold_h=(2.0, 4.0, 8.0))
    target = Target(formula="BaTiO3")
    return gather(target, POWDERS, check, energies, frequency_proposer(), grid)


@pytest.fixture
def nursery(many: Candidates) -> Iterator[Nursery]:
    nursery = Nursery(partial(drive, many, SEED, SIZE))
    yield nursery
    nursery.close()


def truth(server: StandIn, name: str) -> dict[str, Any] | None:
    """What the server has of an experiment, PENDING ones too."""
    with server.lock:
        for experiment in server.model.experiments.values():
            if experiment["samples"][0]["sample_id"] == sample_id(name):
                return experiment
    return None


def answer(server: StandIn, folder: Path) -> list[str]:
    """What a person does who finds questions: say of what never arrived that it did not."""
    journal = journal_of(folder)
    told = [n for n in Ledger(journal.events()).unknown if truth(server, n) is None]
    for name in told:
        outcome = amended(name, None, 0.05, lost=False, not_fired=True).model_dump(mode="json")
        payload = {"experiment_id": name, "outcome": outcome}
        say(journal, "amended", "Ada", "not on the dashboard", **payload)
    journal.close()
    return told


def submissions(server: StandIn) -> int:
    return server.asked("POST", "/api/experiment/submit")


def killed_now_and_then(server: StandIn, nursery: Nursery, folder: Path) -> int:
    """Go on with the campaign until it is over; how often its driver was killed."""
    rng, kills, until = random.Random(SEED), 0, time.monotonic() + _LONGEST_S
    while True:
        assert time.monotonic() < until, "the campaign never ends"
        nursery.begin(server.url, folder)
        # After so many questions, or as soon as another experiment is handed over.
        asked, handed = len(server.heard) + rng.randrange(1, 16), submissions(server)
        while kills < KILLS and not nursery.ended() and len(server.heard) < asked:
            if rng.random() < 0.5 and submissions(server) > handed:
                break
            time.sleep(0.001)
        if kills < KILLS and not nursery.ended():
            nursery.kill()
            kills += 1
            continue
        status = nursery.status()
        if status == DONE:
            return kills
        assert status == ASKS
        answer(server, folder)


def test_nothing_is_lost_or_done_twice(tmp_path: Path, nursery: Nursery) -> None:
    """What nobody can know is a question; the answers of a person let the campaign end."""
    began = time.monotonic()
    with StandIn() as server:
        server.slow_s = 0.6
        server.work_by_itself(0.01)
        chaos = Chaos(server, SEED, share=0.12)
        kills = killed_now_and_then(server, nursery, tmp_path)
        chaos.close()
        events = list(journal_of(tmp_path).events())
        ledger, by_kind = Ledger(events), Counter(e.kind for e in events)
        asked = {e.experiment for e in events if e.kind == "unknown"}
        amendments = {e.experiment for e in events if e.kind == "amended"}
        outcomes = {n: ledger.outcome(n) for n in ledger.experiments}
        model = server.model
        names = {sample_id(n): n for n in ledger.experiments}
        print(
            f"{len(names)} experiments, {kills} kills, {by_kind['unknown']} questions about "
            f"{len(asked)}, {len(amendments)} answered by a person, "
            f"{submissions(server)} submissions sent, "
            f"{sum(model.submitted[s] for s in names)} taken, fired {sum(model.fired.values())}, "
            f"{len(server.heard)} requests, troubles {dict(Counter(chaos.did))}, "
            f"outcomes {dict(Counter(o.status for o in outcomes.values() if o))}, "
            f"{time.monotonic() - began:.1f} s"
        )
        assert kills == KILLS
        assert ledger.ended is not None
        assert not ledger.pending  # each decided experiment has an outcome
        assert max(model.submitted[s] for s in names) == 1
        assert max(model.fired.values()) == 1
        assert model.fired.keys() <= names.keys()
        assert amendments
        assert amendments <= asked
        for name, outcome in outcomes.items():
            assert outcome is not None
            check(server, name, outcome, name in amendments)


def check(server: StandIn, name: str, outcome: Outcome, by_a_person: bool) -> None:
    """An outcome is what the server did, or a person's word about what it never had."""
    there = truth(server, name)
    if by_a_person:
        assert there is None
        assert outcome.status == "cancelled"
        return
    assert there is not None
    states = [server.model.tasks[t["task_id"]]["status"] for t in there["tasks"]]
    if outcome.status == "measured":
        assert states == ["COMPLETED"] * 4
        assert outcome.weight_fraction("BaTiO3") == 0.8
    else:
        assert outcome.status in ("failed", "cancelled")
        assert "CANCELLED" in states
        fired = server.model.fired[sample_id(name)]
        assert (outcome.status == "failed") or not fired
