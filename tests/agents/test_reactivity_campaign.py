"""A campaign pins what it knows of reactivity, and leaves what it saw."""

from pathlib import Path
from typing import Any

import pytest

from agents.campaign import Budget, Campaign, Ending
from agents.candidates import Candidates
from agents.journal import Journal
from agents.pairs.pin import about, give_back, pin, pinned, taken_in
from agents.pairs.places import known_at
from agents.pairs.store import ReactivityMap
from agents.policies.hottest import HottestPolicy
from agents.pursuit import Pursuit
from agents.reactivity import learn
from knowledge.errors import RecordError
from knowledge.kinetics import PairObservation, fingerprint
from lab.simulated import SimulatedLab

PAIR = ("BaCO3", "TiO2")


def saw(
    temperature_c: float, pair: tuple[str, ...] = PAIR, source: str = "book"
) -> PairObservation:
    return PairObservation(
        pair=pair, atmosphere="air", temperature_c=temperature_c, reacted=False, source=source
    )


def a_map(folder: Path, *observations: PairObservation) -> str:
    place = str(folder / "map.sqlite")
    kept = ReactivityMap(place, make=True)
    kept.add(observations)
    kept.close()
    return place


def played(
    candidates: Candidates, lab: SimulatedLab, folder: Path, place: str | None, experiments: int
) -> tuple[Ending, Journal]:
    """As `athanor run` does it."""
    journal = Journal.in_folder(folder, "c")
    knowing = pin(journal, place, candidates)
    settings = pinned({"seed": 0} | ({"reactivity": place} if place else {}), journal)
    policy = HottestPolicy(knowing, 0)
    pursuits = [Pursuit.with_policy(knowing, policy)]
    run = Campaign(pursuits, lab, journal, Budget(experiments), {"settings": settings})
    ending = run.run()
    if place:
        give_back(place, run.history(), journal.campaign, lab.name)
    return ending, journal


def test_what_is_known_is_pinned_when_it_starts(candidates: Candidates, tmp_path: Path) -> None:
    other = saw(700.0, ("CuO", "Y2O3"))  # no pair of this target
    place = a_map(tmp_path, saw(700.0), other)
    journal = Journal("sqlite://", "c")
    knowing = pin(journal, place, candidates)
    assert knowing.observations == (saw(700.0),)
    (event,) = journal.events()
    assert event.kind == "reactivity"
    assert event.payload["fingerprint"] == fingerprint([saw(700.0)])
    assert pinned({"reactivity": place}, journal) == {"reactivity": fingerprint([saw(700.0)])}
    # The map grows, or is lost: the campaign goes on with what it began with.
    a_map(tmp_path, saw(800.0))
    assert pin(journal, place, candidates).observations == (saw(700.0),)
    Path(place).unlink()
    assert pin(journal, place, candidates).observations == (saw(700.0),)
    assert len(journal.events()) == 1
    assert learn([], knowing.onset_priors).belief(PAIR, "air").inert_up_to_c == 700.0


def test_without_a_map_nothing_is_written(candidates: Candidates) -> None:
    journal = Journal("sqlite://", "c")
    for place in (None, ""):
        assert pin(journal, place, candidates) == candidates
    assert journal.events() == []
    assert pinned({"seed": 0}, journal) == {"seed": 0}


def test_newer_knowledge_is_an_event(candidates: Candidates, tmp_path: Path) -> None:
    """What was known at a decision is what had been taken in by its watermark."""
    journal = Journal("sqlite://", "c")
    pin(journal, a_map(tmp_path, saw(700.0)), candidates)
    newer = [saw(800.0).model_dump(mode="json")]
    journal.append("reactivity", {"map": "m", "fingerprint": "f", "observations": newer})
    events = journal.events()
    assert taken_in(events, watermark=events[0].sequence) == [saw(700.0)]
    assert taken_in(events) == [saw(700.0), saw(800.0)]
    assert taken_in(events, watermark=0) == []


def test_a_campaign_leaves_what_it_saw_and_the_next_one_knows_it(
    candidates: Candidates, lab: SimulatedLab, tmp_path: Path
) -> None:
    place = str(tmp_path / "map.sqlite")
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    _, journal = played(candidates, lab, tmp_path / "first", place, 2)
    assert [e.kind for e in journal.events()][:2] == ["reactivity", "started"]
    assert journal.events()[1].payload["settings"]["reactivity"] == fingerprint([])
    left = known_at([place])
    assert left
    assert {(o.campaign, o.lab) for o in left} == {("c", lab.name)}
    assert {o.source.rpartition("-")[0] for o in left} == {"c"}
    # The folder tells the same as the map.
    assert known_at([str(tmp_path / "first")]) == left
    played(candidates, lab, tmp_path / "second", place, 1)
    events = Journal.in_folder(tmp_path / "second", "c").events()
    assert taken_in(events) == left == list(about(candidates, left))


def test_run_again_it_is_the_same_campaign_and_adds_nothing(
    candidates: Candidates, lab: SimulatedLab, tmp_path: Path
) -> None:
    place = a_map(tmp_path, saw(700.0))
    ending, journal = played(candidates, lab, tmp_path, place, 2)
    events, known = journal.events(), known_at([place])
    assert len(known) > 1
    again, journal = played(candidates, lab, tmp_path, place, 2)
    assert (again.reason, again.experiments) == (ending.reason, ending.experiments)
    assert journal.events() == events
    assert known_at([place]) == known


def test_with_a_map_or_without_are_two_campaigns(
    candidates: Candidates, lab: SimulatedLab, tmp_path: Path
) -> None:
    played(candidates, lab, tmp_path, None, 1)
    with pytest.raises(RecordError, match=r"another campaign \(settings\.reactivity None, now"):
        played(candidates, lab, tmp_path, a_map(tmp_path, saw(700.0)), 1)


@pytest.mark.parametrize("place", ["no/folder/map", "journal.sqlite"])
def test_a_map_that_is_none_stops_before_anything_is_fired(
    candidates: Candidates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    journal = Journal.in_folder(tmp_path, "c")
    with pytest.raises(RecordError):
        pin(journal, place, candidates)
    assert journal.events() == []


def test_places_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match=r"no reactivity\.sqlite here"):
        known_at([])
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordError, match="holds no campaign"):
        known_at(["empty"])
    place = a_map(tmp_path, saw(700.0))
    Path(place).rename(tmp_path / "reactivity.sqlite")
    (tmp_path / "t.csv").write_text(
        "pair,atmosphere,temperature_c,reacted,products,source\nBaCO3+TiO2,air,700,no,,book\n"
        "BaCO3+TiO2,air,800,no,,book\n"
    )
    assert known_at([]) == [saw(700.0)]
    assert known_at(["t.csv", "reactivity.sqlite"]) == [saw(700.0), saw(800.0)]
