"""Which experiments a lab took on, what came of them, and what happened to the lab, on disk.

Memory stays flat, and a lab that was killed can be put together again: events are kept in the order
in which they came to it from outside, each with the moment of the lab's own time. Without a file
all lies in a temporary one that goes with the process, and no events are kept.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab.state_file import StateFile

_SCHEMA = """
create table if not exists experiments (
    id text primary key, recipe_id text not null, replicate integer not null,
    recipe text not null, outcome text);
create table if not exists lab (fingerprint text not null);
create table if not exists floor (fingerprint text not null);
create table if not exists events (
    number integer primary key, kind text not null, id text not null, ended integer not null,
    idle integer not null);
create table if not exists weighings (
    id text not null, formula text not null, grams real not null, told text not null,
    primary key (id, formula, grams));
create index if not exists by_recipe on experiments (recipe_id);
create index if not exists open_ones on experiments (id) where outcome is null;
"""

Kind = Literal["submitted", "cancelled", "collected", "paused", "resumed", "passed"]


class Moment(NamedTuple):
    """A moment of a lab whose time goes on in strides, from one sample's end to the next.

    `ended` counts the samples that had left; `idle` says whether time went on after that until
    nothing moved any more.
    """

    ended: int
    idle: bool


OPENING = Moment(0, False)


class Event(NamedTuple):
    """Something that came from outside, and when; `passed` says that time went on so far."""

    kind: Kind
    experiment_id: str
    moment: Moment


class Submission(NamedTuple):
    """An experiment as it was taken on, and whether there is an outcome."""

    recipe_id: str
    replicate: int
    finished: bool


class Archive:
    """The experiments of one lab. With a file, a lab that was restarted knows them all.

    Every method that reads or writes raises RecordError, in one line, where the file cannot be used
    or another lab holds it; what was to be written is then not written.
    """

    def __init__(self, file: Path | str | None = None) -> None:
        self._db = StateFile(file, _SCHEMA)
        self._latest: tuple[Kind, Moment] | None = None
        try:
            self._next = self._number()
        except RecordError:
            self._db.close()
            raise

    @property
    def lasts(self) -> bool:
        """Whether there is a file, in which all of it outlives the process."""
        return self._db.file is not None

    def bind(self, fingerprint: str) -> None:
        """Belong to one lab for ever. Raises RecordError where the file belongs to another."""
        rows = self._db.rows("select fingerprint from lab")
        if not rows:
            self._db.write(("insert into lab values (?)", (fingerprint,)))
        elif rows[0][0] != fingerprint:
            raise RecordError(
                "lab.state holds the experiments of a lab with other settings: give another file, "
                "or go on with the settings it was begun with"
            )

    def bind_floor(self, fingerprint: str) -> None:
        """Say how time goes on in the lab.

        Where that is new (or the file is from before events were kept), what happened so far cannot
        be lived through again: events are dropped, and what has no outcome is as if submitted now.
        """
        if self._db.rows("select fingerprint from floor") == [(fingerprint,)]:
            return
        still = self._db.rows(
            "select kind from events where kind in ('paused', 'resumed') order by number desc "
            "limit 1"
        )
        self._db.write(
            ("delete from events", ()),
            (
                "insert into events select row_number() over (order by rowid), 'submitted', id, "
                "0, 0 from experiments where outcome is null",
                (),
            ),
            ("delete from floor", ()),
            ("insert into floor values (?)", (fingerprint,)),
        )
        self._next = self._number()
        if still == [("paused",)]:
            self.note("paused", OPENING)

    def recipe_id(self, experiment_id: str) -> str | None:
        """The content id of the recipe that an experiment runs; none for one not taken on."""
        return self._one("select recipe_id from experiments where id = ?", experiment_id)

    def recipe(self, experiment_id: str) -> Recipe | None:
        """The recipe that an experiment runs."""
        text = self._one("select recipe from experiments where id = ?", experiment_id)
        return None if text is None else self._recipe(text)

    def outcome(self, experiment_id: str) -> Outcome | None:
        """What came of an experiment, if anything has."""
        text = self._one("select outcome from experiments where id = ?", experiment_id)
        if text is None:
            return None
        try:
            return Outcome.from_json(text)
        except AthanorError as error:
            raise self._db.damaged(error) from error

    def replicate(self, experiment_id: str) -> int:
        """How many experiments ran the same recipe before this one."""
        found = self._one("select replicate from experiments where id = ?", experiment_id)
        return int(found or 0)

    def add(self, experiment_id: str, recipe: Recipe, moment: Moment = OPENING) -> int:
        """Take an experiment on; returns how many ran the same recipe before, not cancelled."""
        before = self._one(
            "select count(*) from experiments where recipe_id = ? "
            "and coalesce(outcome, '') not like '%\"status\":\"cancelled\"%'",
            recipe.content_id,
        )
        replicate = int(before or 0)
        row = (experiment_id, recipe.content_id, replicate, recipe.to_json())
        self._write(
            "submitted",
            experiment_id,
            moment,
            ("insert into experiments values (?, ?, ?, ?, null)", row),
        )
        return replicate

    def drop(self, experiment_id: str) -> None:
        """Undo `add` for the experiment that came last: the lab could not take it on after all."""
        self._db.write(
            ("delete from experiments where id = ? and outcome is null", (experiment_id,)),
            ("delete from events where id = ? and kind = 'submitted'", (experiment_id,)),
        )

    def finish(self, outcome: Outcome, moment: Moment = OPENING, kind: Kind = "collected") -> None:
        """Keep what came of an experiment, for ever, and when that was there."""
        self._write(
            kind,
            outcome.experiment_id,
            moment,
            (
                "update experiments set outcome = ? where id = ? and outcome is null",
                (outcome.to_json(), outcome.experiment_id),
            ),
        )

    def note(self, kind: Kind, moment: Moment) -> None:
        """Keep an event that is of no experiment. The next one takes the place of `passed`.

        That no time passed since the last one is not written.
        """
        if kind == "passed" and self._latest is not None:
            latest, when = self._latest
            # Until something came from outside, what was idle is idle.
            if when == moment and (not moment.idle or latest in ("passed", "collected")):
                return
        self._write(kind, "", moment)

    def events(self) -> Iterator[Event]:
        """What came from outside, in that order."""
        for kind, name, ended, idle in self._db.rows(
            "select kind, id, ended, idle from events order by number"
        ):
            yield Event(kind, name, Moment(ended, bool(idle)))

    @property
    def last(self) -> Event | None:
        """What came from outside last, but for time that went on since."""
        rows = self._db.rows(
            "select kind, id, ended, idle from events where kind <> 'passed' "
            "order by number desc limit 1"
        )
        return Event(rows[0][0], rows[0][1], Moment(rows[0][2], bool(rows[0][3]))) if rows else None

    def submission(self, experiment_id: str) -> Submission:
        """An experiment as it was taken on. Raises RecordError where it is missing."""
        rows = self._db.rows(
            "select recipe_id, replicate, outcome is not null from experiments where id = ?",
            (experiment_id,),
        )
        if not rows:
            raise self._db.damaged(f"the experiment {experiment_id} is missing")
        recipe_id, replicate, finished = rows[0]
        return Submission(recipe_id, replicate, bool(finished))

    def recipe_called(self, recipe_id: str) -> Recipe:
        """The recipe of that content id. Raises RecordError where no experiment has it."""
        text = self._one("select recipe from experiments where recipe_id = ? limit 1", recipe_id)
        if text is None:
            raise self._db.damaged(f"the recipe {recipe_id} is missing")
        return self._recipe(text)

    def unfinished(self) -> Iterator[tuple[str, Recipe, int]]:
        """Experiments without an outcome, in the order in which they came, with their replicate."""
        for experiment_id, recipe, replicate in self._db.rows(
            "select id, recipe, replicate from experiments where outcome is null order by rowid"
        ):
            yield experiment_id, self._recipe(recipe), replicate

    def finished(self) -> set[str]:
        """The experiments that have an outcome."""
        return {n for (n,) in self._db.rows("select id from experiments where outcome not null")}

    @property
    def open_count(self) -> int:
        """How many experiments have no outcome."""
        return int(self._db.rows("select count(*) from experiments where outcome is null")[0][0])

    def note_weighing(self, experiment_id: str, formula: str, grams: float, told: str) -> None:
        """Keep what was to be remembered of a weighing, beyond that it was done."""
        row = (experiment_id, formula, grams, told)
        self._db.write(("insert or replace into weighings values (?, ?, ?, ?)", row))

    def weighings(self) -> dict[tuple[str, str, float], str]:
        """What was kept of weighings, by experiment, formula and grams."""
        rows = self._db.rows("select id, formula, grams, told from weighings")
        return {(name, formula, grams): told for name, formula, grams, told in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _write(
        self,
        kind: Kind,
        experiment_id: str,
        moment: Moment,
        *statements: tuple[str, tuple[object, ...]],
    ) -> None:
        """Write an event and what it says of an experiment, both or none."""
        if not self.lasts:
            for statement in statements:
                self._db.write(statement)
            return
        row = (self._next, kind, experiment_id, *moment)
        self._db.write(*statements, ("insert or replace into events values (?, ?, ?, ?, ?)", row))
        self._latest = kind, moment
        if kind != "passed":
            self._next += 1

    def _number(self) -> int:
        """The number of the next event."""
        return 1 + (self._db.rows("select max(number) from events")[0][0] or 0)

    def _recipe(self, text: str) -> Recipe:
        try:
            return Recipe.from_json(text)
        except AthanorError as error:
            raise self._db.damaged(error) from error

    def _one(self, query: str, value: str) -> str | None:
        rows = self._db.rows(query, (value,))
        return rows[0][0] if rows else None
