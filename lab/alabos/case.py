"""What the log says of one experiment, folded into where it stands for us. Kinds of entries:

attempt     written before the experiment is sent: recipe, tasks and the ids chosen for them
receipt     the server took it on, and called it so
not sent    it certainly never got there: the id is free again
refused     the server stored nothing: the id is free again
found       it lies on the server, whoever handed it over
seen        the server told where its tasks stand, for the first time
known as    the recipe of what was found
cancel      somebody wants it stopped
outcome     what came of it, for ever
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from knowledge.record import canonical_json
from lab.alabos.ids import task_id
from lab.alabos.tasks import Task
from lab.logbook import Entry

ATTEMPT, RECEIPT, NOT_SENT, REFUSED = "attempt", "receipt", "not sent", "refused"
FOUND, SEEN, KNOWN_AS, CANCEL, OUTCOME = "found", "seen", "known as", "cancel", "outcome"


@dataclass(frozen=True)
class Part:
    """One task of an experiment: its id, its type, and the kinds of actions it does."""

    id: str
    type: str
    kinds: tuple[str, ...]


def parts_of(experiment_id: str, tasks: Sequence[Task]) -> tuple[Part, ...]:
    """The tasks of an experiment under the ids that they have."""
    return tuple(Part(task_id(experiment_id, n), t.type, t.kinds) for n, t in enumerate(tasks))


def parts_to_log(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """As entries of the log hold them."""
    return [{"id": p.id, "type": p.type, "kinds": list(p.kinds)} for p in parts]


@dataclass(frozen=True)
class Case:
    """One experiment. `attempted` and `received` are times of the log, as long as they count."""

    parts: tuple[Part, ...] = ()
    attempted: datetime | None = None
    received: datetime | None = None
    exp_id: str | None = None
    found: bool = False
    seen: bool = False
    cancel: bool = False
    dosed: bool = False
    told_recipe: Any = None
    told_outcome: Any = None

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """The case that entries tell, in their order. Raises RecordError for a damaged log."""
        case = cls()
        for entry in entries:
            try:
                case = case._after(entry)
            except (KeyError, TypeError, ValueError) as error:
                raise RecordError(
                    f"entry {entry.number} of the log of {entry.experiment} is damaged "
                    f"({type(error).__name__}): put a copy of lab.log in its place"
                ) from error
        return case

    @property
    def is_open(self) -> bool:
        """Whether the server has it, or may have it."""
        return bool(self.parts) and self.told_outcome is None

    @property
    def is_known(self) -> bool:
        """Whether anything was ever handed over under this id, as far as is known."""
        return bool(self.parts) or self.told_outcome is not None

    @cached_property
    def recipe(self) -> Recipe | None:
        """What it is an experiment with; none where it was found on the server."""
        if self.told_recipe is None:
            return None
        return Recipe.from_json(canonical_json(self.told_recipe))

    @cached_property
    def outcome(self) -> Outcome | None:
        """What came of it."""
        if self.told_outcome is None:
            return None
        return Outcome.from_json(canonical_json(self.told_outcome))

    def _after(self, entry: Entry) -> Self:
        told = entry.content
        match entry.kind:
            case "attempt":
                attempted = datetime.fromisoformat(entry.time)
                parts = _parts(told["tasks"])
                return type(self)(parts=parts, attempted=attempted, told_recipe=told["recipe"])
            case "receipt":
                received = datetime.fromisoformat(entry.time)
                return replace(self, exp_id=str(told["exp_id"]), received=received)
            case "not sent" | "refused":
                return type(self)()
            case "found":
                return replace(self, found=True, parts=self.parts or _parts(told["tasks"]))
            case "seen":
                return replace(self, seen=True)
            case "known as":
                return replace(self, told_recipe=told["recipe"], parts=_parts(told["tasks"]))
            case "cancel":
                return replace(self, cancel=True)
            case "outcome":
                return replace(self, told_outcome=told["outcome"], dosed=bool(told["dosed"]))
            case _:  # of a newer version: it changes nothing of what this one knows
                return self


def _parts(told: Any) -> tuple[Part, ...]:
    return tuple(Part(str(t["id"]), str(t["type"]), tuple(t["kinds"])) for t in told)
