"""Maps in SQL: append-only, counted once, merged in any order, and one line for what is no map."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from agents.journal import Journal
from agents.pairs.store import ReactivityMap
from knowledge.errors import RecordError
from knowledge.kinetics import PairObservation, fingerprint


def saw(number: int, temperature_c: float = 900.0, reacted: bool = True) -> PairObservation:
    return PairObservation(
        pair=("BaCO3", "TiO2"),
        atmosphere="air",
        temperature_c=temperature_c,
        reacted=reacted,
        products=("BaTiO3",) if reacted else (),
        source=f"e{number}",
    )


def test_what_is_added_is_kept_once(tmp_path: Path) -> None:
    place = tmp_path / "map.sqlite"
    first = ReactivityMap(place, make=True)
    assert first.observations() == []
    assert first.add([saw(1), saw(2), saw(1)]) == 2
    assert first.add([saw(2), saw(3)]) == 1
    first.close()
    again = ReactivityMap(str(place))
    assert again.observations() == [saw(1), saw(2), saw(3)]
    again.close()


def test_merging_counts_nothing_twice_whatever_the_order(tmp_path: Path) -> None:
    mine, others = [saw(1), saw(2)], [saw(2), saw(3), saw(2, 800.0, reacted=False)]
    prints = set()
    for name, parts in {
        "a": (mine, others),
        "b": (others, mine),
        "c": (others, mine, mine),
    }.items():
        kept = ReactivityMap(tmp_path / name, make=True)
        for part in parts:
            kept.add(part)
        assert len(kept.observations()) == 4
        prints.add(fingerprint(kept.observations()))
        kept.close()
    assert len(prints) == 1


def test_what_two_say_of_one_event_is_settled_when_read(tmp_path: Path) -> None:
    """Nothing is overwritten: both rows stay, the surer one counts."""
    kept = ReactivityMap(tmp_path / "map", make=True)
    guess = saw(1).model_copy(update={"doubt": 0.3})
    assert kept.add([guess]) == 1
    assert kept.add([saw(1)]) == 1
    assert kept.observations() == [saw(1)]
    kept.close()
    rows = sqlite3.connect(tmp_path / "map").execute("select count(*) from pair_observations")
    assert rows.fetchone() == (2,)


def test_many_at_once(tmp_path: Path) -> None:
    """Eight writers, each with half of its observations shared with the next."""
    place = tmp_path / "map"
    ReactivityMap(place, make=True).close()

    def write(start: int) -> None:
        kept = ReactivityMap(place)
        for number in range(start, start + 10):
            kept.add([saw(number)])
        kept.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(0, 40, 5)))
    kept = ReactivityMap(place)
    assert len(kept.observations()) == 45
    kept.close()


def test_any_database_that_sqlalchemy_takes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    kept = ReactivityMap(url, make=True)
    kept.add([saw(1)])
    kept.close()
    assert ReactivityMap(url).observations() == [saw(1)]


def test_a_map_may_stand_beside_a_journal_in_one_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'all.db'}"
    Journal(url, "c").append("started", {})
    kept = ReactivityMap(url, make=True)
    assert kept.add([saw(1)]) == 1
    kept.close()


def test_what_is_no_map(tmp_path: Path) -> None:
    def said(place: str | Path, make: bool = False) -> str:
        with pytest.raises(RecordError) as told:
            ReactivityMap(place, make=make)
        assert "\n" not in str(told.value)
        return str(told.value)

    assert "there is no reactivity map" in said(tmp_path / "nowhere")
    assert "is a folder" in said(tmp_path)
    assert "there is no folder" in said(tmp_path / "no" / "map", make=True)
    (tmp_path / "text").write_text("not a database, but long enough to be looked at" * 30)
    assert "not a database" in said(tmp_path / "text")
    assert "not a database" in said(tmp_path / "text", make=True)
    Journal.in_folder(tmp_path, "c").close()
    assert "holds no reactivity map" in said(tmp_path / "journal.sqlite")
    assert "holds no reactivity map" in said(tmp_path / "journal.sqlite", make=True)
    assert "no database" in said("phlogiston://host/map")
    assert "no database" in said("mysql://host/map")
    assert "secret" not in said("mysql://me:secret@host/map")
    assert "cannot read the URL" in said("://")


def test_a_damaged_map(tmp_path: Path) -> None:
    place = tmp_path / "map"
    kept = ReactivityMap(place, make=True)
    kept.add([saw(1)])
    engine = create_engine(f"sqlite:///{place}")
    with engine.begin() as connection:
        connection.execute(text("update pair_observations set observation = '{\"pair\": 3}'"))
    with pytest.raises(RecordError, match="is damaged: pair: give formulas as a list"):
        kept.observations()
    with engine.begin() as connection:
        connection.execute(text("update pair_observations set schema_version = 99"))
    with pytest.raises(RecordError, match="newer version"):
        kept.observations()
    with engine.begin() as connection:
        connection.execute(text("drop table pair_observations"))
    with pytest.raises(RecordError, match=r"cannot read .*no such table"):
        kept.observations()
    with pytest.raises(RecordError, match=r"cannot write to .*no such table"):
        kept.add([saw(2)])
    kept.close()


def test_a_map_that_cannot_be_written(tmp_path: Path) -> None:
    place = tmp_path / "map"
    ReactivityMap(place, make=True).close()
    url = f"sqlite:///file:{place}?mode=ro&uri=true"
    kept = ReactivityMap(url)
    assert kept.observations() == []
    with pytest.raises(RecordError, match=r"cannot write to .*readonly"):
        kept.add([saw(1)])
    kept.close()
