"""A reactivity map: observations of pairs, kept across campaigns, append-only, in SQL.

One row an observation, unique by its content, so that adding what is there already adds nothing,
and maps are merged by adding one to the other. What two rows say of one event is settled when
beliefs are folded (knowledge.kinetics_observation.distinct), never by changing a row.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Float, Integer, String, Text, insert, inspect, make_url, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from agents.journal import cause_of, open_database
from agents.watch.secrets import shown_url
from knowledge.errors import AthanorError, RecordError
from knowledge.kinetics import PairObservation, distinct

SCHEMA_VERSION = 1
DEFAULT_MAP = "reactivity.sqlite"
# Two campaigns that end at once may add the same observation: the second tries again.
_TRIES = 5


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "pair_observations"
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    content_id: Mapped[str] = mapped_column(String(16), unique=True)
    time: Mapped[str] = mapped_column(String(32))
    schema_version: Mapped[int] = mapped_column(Integer)
    pair: Mapped[str] = mapped_column(String(256), index=True)
    atmosphere: Mapped[str] = mapped_column(String(64))
    temperature_c: Mapped[float] = mapped_column(Float)
    observation: Mapped[str] = mapped_column(Text)


class ReactivityMap:
    """The observations in a database: a file, or any URL that SQLAlchemy takes."""

    def __init__(self, place: str | Path, make: bool = False) -> None:
        """Open a map; `make` begins an empty one where there is none.

        Raises RecordError where there is none, or something else.
        """
        is_url = "://" in str(place)
        if not is_url:
            _check_path(Path(place), make)
        self.place = shown(place)
        try:
            url = str(place) if is_url else f"sqlite:///{place}"
            self._engine = open_database(url)
            tables = inspect(self._engine).get_table_names()
            if make and (is_url or not tables):
                _Base.metadata.create_all(self._engine)
            elif _Row.__tablename__ not in tables:
                raise RecordError(
                    f"{self.place} is a database, but holds no reactivity map: `athanor "
                    "reactivity import` begins one in a file of its own"
                )
        except (SQLAlchemyError, ImportError) as error:
            raise RecordError(f"{self.place} is not a reactivity map: {_cause(error)}") from error

    def add(self, observations: Iterable[PairObservation]) -> int:
        """Keep observations; returns how many of them are new. All are kept, or none."""
        given = {each.content_id: each for each in observations}
        for _ in range(_TRIES):
            try:
                with self._engine.begin() as connection:
                    known = set(connection.execute(select(_Row.content_id)).scalars())
                    rows = [_row(each) for i, each in sorted(given.items()) if i not in known]
                    if rows:
                        connection.execute(insert(_Row), rows)
                    return len(rows)
            except IntegrityError:
                continue
            except SQLAlchemyError as error:
                raise RecordError(f"cannot write to {self.place}: {cause_of(error)}") from error
        raise RecordError(f"cannot write to {self.place}: others keep writing to it; try again")

    def observations(self) -> list[PairObservation]:
        """All that is known, each event once. Raises RecordError for what cannot be read."""
        try:
            with self._engine.connect() as connection:
                found = connection.execute(select(_Row).order_by(_Row.sequence)).all()
        except SQLAlchemyError as error:
            raise RecordError(f"cannot read {self.place}: {cause_of(error)}") from error
        return distinct(self._parsed(row.schema_version, row.observation) for row in found)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _parsed(self, version: int, text: str) -> PairObservation:
        if version > SCHEMA_VERSION:
            raise RecordError(
                f"{self.place} was written by a newer version (schema {version}, this one reads "
                f"{SCHEMA_VERSION}): update Athanor"
            )
        try:
            return PairObservation(**json.loads(text))
        except (AthanorError, ValueError, TypeError) as error:
            raise RecordError(f"{self.place} is damaged: {error}") from error


def shown(place: str | Path) -> str:
    """A place as it may be told and written down: a URL without what is secret in it."""
    if "://" not in str(place):
        return str(place)
    try:
        make_url(str(place))
    except SQLAlchemyError as error:
        raise RecordError(f"cannot read the URL of a reactivity map: {cause_of(error)}") from error
    except ValueError as error:  # a port that is no number, which may be part of a password
        raise RecordError(
            "cannot read the URL of a reactivity map: its port is no number"
        ) from error
    return shown_url(str(place))


def _row(observation: PairObservation) -> dict[str, object]:
    return {
        "content_id": observation.content_id,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "schema_version": SCHEMA_VERSION,
        "pair": " + ".join(observation.pair),
        "atmosphere": observation.atmosphere,
        "temperature_c": observation.temperature_c,
        "observation": observation.to_json(),
    }


def _check_path(path: Path, make: bool) -> None:
    if path.is_dir():
        raise RecordError(f"{path} is a folder: give the file of a reactivity map")
    if path.exists():
        return
    if not make:
        raise RecordError(
            f"there is no reactivity map {path}: `athanor reactivity import {path} FILE.csv` "
            "begins one"
        )
    if not path.parent.is_dir():
        raise RecordError(f"{path} cannot be made: there is no folder {path.parent}")


def _cause(error: Exception) -> str:
    return cause_of(error) if isinstance(error, SQLAlchemyError) else str(error)
