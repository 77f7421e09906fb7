"""What a campaign knows of reactivity from others, and what it leaves to them.

When it starts, a campaign takes in what a map says of its chemical system, and writes that into
its journal (an event `reactivity`). From then on it knows this and its own outcomes, whatever
becomes of the map; so it can be gone on with, and its decisions can be derived again. When it ends,
what it saw is added to the map.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from agents.candidates import Candidates
from agents.history import History
from agents.journal import Event, Journal
from agents.pairs.evidence import observations_of
from agents.pairs.sources import elements
from agents.pairs.store import ReactivityMap, shown
from knowledge.kinetics import PairObservation, distinct, fingerprint

EVENT = "reactivity"


def pin(journal: Journal, place: str | None, candidates: Candidates) -> Candidates:
    """The candidates with what the campaign knows of reactivity from others: see `pin_all`."""
    return pin_all(journal, place, [candidates])[0]


def pin_all(
    journal: Journal, place: str | None, candidates: Sequence[Candidates]
) -> list[Candidates]:
    """The candidates of each target with what the campaign began with from others.

    That is what its journal says; for a journal without any event, what the map at `place` (none:
    no map; a file that is not there yet: an empty map) says now, which is written down.
    """
    events = journal.events()
    if not events and place:
        known = _known(place)
        relevant = distinct(o for each in candidates for o in about(each, known))
        journal.append(EVENT, taken_from(shown(place), relevant))
        events = journal.events()
    begun = taken_in(e for e in events if not e.target)
    return [each.with_observations(begun) for each in candidates]


def taken_from(place: str, observations: Sequence[PairObservation]) -> dict[str, Any]:
    """The payload of an event `reactivity`: what is taken in, and where from."""
    return {
        "map": place,
        "fingerprint": fingerprint(observations),
        "observations": [o.model_dump(mode="json") for o in observations],
    }


def taken_in(events: Iterable[Event], watermark: int | None = None) -> list[PairObservation]:
    """What a campaign had taken in from others up to an event, by default up to the last."""
    return distinct(
        PairObservation(**fields)
        for event in events
        if event.kind == EVENT and (watermark is None or event.sequence <= watermark)
        for fields in event.payload["observations"]
    )


def about(
    candidates: Candidates, observations: Iterable[PairObservation]
) -> Sequence[PairObservation]:
    """The observations of pairs that may come up: of no other elements than the candidates have."""
    solids = {
        candidates.target.formula,
        *(p for c in candidates.items for p in c.recipe.precursors),
    }
    present = frozenset().union(*(elements(s) for s in solids))
    return [o for o in distinct(observations) if all(elements(s) <= present for s in o.pair)]


def give_back(place: str, history: History, campaign: str, lab: str) -> int:
    """Add what a campaign saw to a map, which is made if it is not there; how much of it is new."""
    kept = ReactivityMap(place, make=True)
    try:
        return kept.add(observations_of(history.completed, campaign, lab))
    finally:
        kept.close()


def _known(place: str) -> list[PairObservation]:
    known = ReactivityMap(place, make=True)
    try:
        return known.observations()
    finally:
        known.close()


def pinned(settings: dict[str, Any], journal: Journal) -> dict[str, Any]:
    """Settings in which the hash of what was taken in stands for the map that it came from.

    So a campaign stays the same when its map has grown, and is another one without.
    """
    first = next((e for e in journal.events() if e.kind == EVENT and not e.target), None)
    return settings if first is None else settings | {EVENT: first.payload["fingerprint"]}
