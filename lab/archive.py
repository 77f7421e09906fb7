"""Which experiments a lab took on and what came of them, on disk so that memory stays flat.

One SQLite table. Without a file it lies in a temporary one that goes with the process.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe

_SCHEMA = """
create table if not exists experiments (
    id text primary key, recipe_id text not null, replicate integer not null,
    recipe text not null, outcome text);
create table if not exists lab (fingerprint text not null);
create index if not exists by_recipe on experiments (recipe_id);
create index if not exists open_ones on experiments (id) where outcome is null;
"""


class Archive:
    """The experiments of one lab. With a file, a lab that was restarted knows them all."""

    def __init__(self, file: Path | str | None = None) -> None:
        try:
            # An empty name is a temporary database: in memory while small, on disk when not.
            self._db = sqlite3.connect(
                str(file) if file else "", isolation_level=None, check_same_thread=False
            )
            if file:
                self._db.execute("pragma journal_mode=wal")
                self._db.execute("pragma synchronous=full")
            else:
                self._db.execute("pragma journal_mode=off")
                self._db.execute("pragma synchronous=off")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise RecordError(
                f"lab.state is {file}, which holds no experiments ({error}): give another file"
            ) from error

    def bind(self, fingerprint: str) -> None:
        """Belong to one lab for ever. Raises RecordError where the file belongs to another."""
        row = self._db.execute("select fingerprint from lab").fetchone()
        if row is None:
            self._db.execute("insert into lab values (?)", (fingerprint,))
        elif row[0] != fingerprint:
            raise RecordError(
                "lab.state holds the experiments of a lab with other settings: give another file, "
                "or go on with the settings it was begun with"
            )

    def recipe_id(self, experiment_id: str) -> str | None:
        """The content id of the recipe that an experiment runs; none for one not taken on."""
        return self._one("select recipe_id from experiments where id = ?", experiment_id)

    def recipe(self, experiment_id: str) -> Recipe | None:
        """The recipe that an experiment runs."""
        text = self._one("select recipe from experiments where id = ?", experiment_id)
        return None if text is None else Recipe.from_json(text)

    def outcome(self, experiment_id: str) -> Outcome | None:
        """What came of an experiment, if anything has."""
        text = self._one("select outcome from experiments where id = ?", experiment_id)
        return None if text is None else Outcome.from_json(text)

    def replicate(self, experiment_id: str) -> int:
        """How many experiments ran the same recipe before this one."""
        found = self._one("select replicate from experiments where id = ?", experiment_id)
        return int(found or 0)

    def add(self, experiment_id: str, recipe: Recipe) -> int:
        """Take an experiment on; returns how many ran the same recipe before, not cancelled."""
        before = self._one(
            "select count(*) from experiments where recipe_id = ? "
            "and coalesce(outcome, '') not like '%\"status\":\"cancelled\"%'",
            recipe.content_id,
        )
        self._db.execute(
            "insert into experiments values (?, ?, ?, ?, null)",
            (experiment_id, recipe.content_id, before, recipe.to_json()),
        )
        return int(before or 0)

    def finish(self, outcome: Outcome) -> None:
        """Keep what came of an experiment, for ever."""
        self._db.execute(
            "update experiments set outcome = ? where id = ? and outcome is null",
            (outcome.to_json(), outcome.experiment_id),
        )

    def unfinished(self) -> Iterator[tuple[str, Recipe, int]]:
        """Experiments without an outcome, in the order in which they came, with their replicate."""
        rows = self._db.execute(
            "select id, recipe, replicate from experiments where outcome is null order by rowid"
        ).fetchall()
        for experiment_id, recipe, replicate in rows:
            yield experiment_id, Recipe.from_json(recipe), replicate

    @property
    def open_count(self) -> int:
        """How many experiments have no outcome."""
        found = self._db.execute("select count(*) from experiments where outcome is null")
        return int(found.fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _one(self, query: str, value: str) -> str | None:
        row = self._db.execute(query, (value,)).fetchone()
        return None if row is None else row[0]
