"""Where observations of pairs come from: maps, tables and the folders of campaigns."""

from collections.abc import Sequence
from pathlib import Path

from agents.journal import campaigns_in, journal_of
from agents.ledger import Ledger
from agents.pairs.evidence import observations_of
from agents.pairs.pin import taken_in
from agents.pairs.store import DEFAULT_MAP, ReactivityMap
from agents.pairs.tables import read_table
from knowledge.errors import RecordError
from knowledge.kinetics import PairObservation, distinct


def known_at(places: Sequence[str]) -> list[PairObservation]:
    """All observations at some places, each once; without a place those of the map at hand.

    A place is a map (file or URL), a CSV file, or the folder of a campaign, which gives what it
    saw and what it had taken in. Raises RecordError for anything else.
    """
    if not places and not Path(DEFAULT_MAP).exists():
        raise RecordError(
            f"there is no {DEFAULT_MAP} here: name a map, a CSV file or the folder of a campaign"
        )
    return distinct(o for place in places or (DEFAULT_MAP,) for o in _known(place))


def _known(place: str) -> list[PairObservation]:
    path = Path(place)
    if "://" not in place and path.is_dir():
        return _of_campaigns(path)
    if path.suffix.lower() == ".csv":
        return read_table(path)
    kept = ReactivityMap(place)
    try:
        return kept.observations()
    finally:
        kept.close()


def _of_campaigns(folder: Path) -> list[PairObservation]:
    found: list[PairObservation] = []
    for name in campaigns_in(folder):
        journal = journal_of(folder, name)
        events = journal.events()
        journal.close()
        ledger = Ledger(events)
        targets = ledger.targets  # an error where it has not started
        lab = next(e.payload["lab"] for e in events if e.kind == "started")
        found += taken_in(events)
        for target in targets:
            found += observations_of(ledger.history(target).completed, name, lab)
    return found
