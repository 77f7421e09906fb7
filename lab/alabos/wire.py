"""What goes to AlabOS and what it answers, checked before any of it is believed.

    POST /api/experiment/submit         an experiment: {"status": "success", "data": {"exp_id"}}
    GET  /api/experiment/EXP_ID         where it stands
    GET  /api/experiment/results/EXP_ID the same with results and times
    GET  /api/experiment/cancel/EXP_ID  {"status": "success"}
    GET  /api/task/TASK_ID              one task; 400 "Cannot find ..." where there is none

An experiment that its experiment manager has not picked up has no tasks yet: they cannot be found,
and questions about the experiment end as HTTP status 500. So does a question about an experiment
that does not exist, and any that meets an error of the server: 500 never means "not there".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from knowledge.recipe import Recipe
from knowledge.record import canonical_json
from lab.alabos.ids import is_object_id, safe_name, sample_id, task_id
from lab.alabos.tasks import Task
from lab.web.messages import Malformed, shown
from lab.web.plausible import printable

WAITING = frozenset(["WAITING", "READY"])
# The last two are of older versions, as is STOPPED for what was cancelled.
ACTIVE = frozenset(
    ["INITIATED", "REQUESTING_RESOURCES", "RUNNING", "FINISHING", "PAUSED", "CANCELLING"]
)
STATES = WAITING | ACTIVE | {"ERROR", "COMPLETED", "CANCELLED"}
_MOST_TASKS = 1000
_LONGEST_MESSAGE = 500


@dataclass(frozen=True)
class TaskState:
    """Where one task stands. `result` is of the task's own making, and was not looked at."""

    id: str
    type: str
    state: str
    message: str = ""
    result: Any = None
    started: datetime | None = None
    completed: datetime | None = None
    parameters: Any = None

    @property
    def begun(self) -> bool:
        """Whether anything of it was done, as far as the server says."""
        if self.state == "CANCELLED":
            return self.started is not None or self.completed is not None
        return self.state not in WAITING


def submission(experiment_id: str, recipe: Recipe, tasks: Sequence[Task]) -> dict[str, Any]:
    """An experiment of one sample whose tasks follow one another, under ids of our choice.

    Formulas are values and never keys or names, which MongoDB takes without dots.
    """
    name = safe_name(experiment_id)
    made_of = {"target": recipe.target.formula, "recipe": recipe.content_id}
    return {
        "name": name,
        "tags": ["athanor"],
        "metadata": made_of | {"experiment": experiment_id, "equation": recipe.equation},
        "samples": [
            {"name": name, "sample_id": sample_id(experiment_id), "tags": [], "metadata": made_of}
        ],
        "tasks": [
            {
                "type": task.type,
                "parameters": task.parameters,
                "prev_tasks": [number - 1] if number else [],
                "samples": [name],
                "task_id": task_id(experiment_id, number),
            }
            for number, task in enumerate(tasks)
        ],
    }


def read_exp_id(found: Mapping[str, Any]) -> str:
    """The id that the server gave to an experiment. Raises Malformed."""
    data = _data(found)
    if not is_object_id(data.get("exp_id")):
        raise Malformed(f"exp_id is {shown(data.get('exp_id'))}")
    return str(data["exp_id"])


def read_task(found: Mapping[str, Any], wanted: str) -> TaskState:
    """One task, which must be the one asked about. Raises Malformed."""
    data = _data(found)
    return _task({**data, "id": data.get("_id")}, wanted)


def read_tasks(found: Mapping[str, Any], exp_id: str, ids: Sequence[str]) -> tuple[TaskState, ...]:
    """The tasks of an experiment, in the order of `ids`: those and no others. Raises Malformed."""
    if found.get("id") != exp_id:
        raise Malformed(f"it is about {shown(found.get('id'))}, not {exp_id}")
    told = found.get("tasks")
    if not isinstance(told, list) or len(told) > _MOST_TASKS:
        raise Malformed(f"tasks is {shown(told)}")
    by_id: dict[Any, TaskState] = {}
    for task in told:
        if not isinstance(task, dict):
            raise Malformed(f"a task is {shown(task)}")
        state = _task(task, None)
        by_id[state.id] = state
    if by_id.keys() != set(ids) or len(told) != len(ids):
        raise Malformed("its tasks are not those of this experiment")
    return tuple(by_id[each] for each in ids)


def is_picked_up(found: Mapping[str, Any]) -> bool:
    """Whether an answer about an experiment says where it stands."""
    return found.get("status") not in ("PENDING", "error")


def errors(found: Mapping[str, Any]) -> str:
    """What an answer says is wrong, as one line that a terminal may show."""
    said = found.get("errors", found.get("reason", ""))
    text = said if isinstance(said, str) else canonical_json(said)
    return printable(text, _LONGEST_MESSAGE) or "no reason given"


def read_success(found: Mapping[str, Any]) -> None:
    """Raise Malformed unless an answer says that it was done."""
    if found.get("status") != "success":
        raise Malformed(f"status is {shown(found.get('status'))} ({errors(found)})")


def _data(found: Mapping[str, Any]) -> Mapping[str, Any]:
    read_success(found)
    data = found.get("data")
    if not isinstance(data, dict):
        raise Malformed(f"data is {shown(data)}")
    return data


def _task(told: Mapping[str, Any], wanted: str | None) -> TaskState:
    name, kind, state = told.get("id"), told.get("type"), told.get("status")
    state = "CANCELLED" if state == "STOPPED" else state
    if not isinstance(name, str) or (wanted is not None and name != wanted):
        raise Malformed(f"it is about the task {shown(name)}, not {wanted}")
    if not isinstance(kind, str) or not kind:
        raise Malformed(f"the type of a task is {shown(kind)}")
    if not isinstance(state, str) or state not in STATES:
        raise Malformed(f"the status of a task is {shown(state)}")
    message = told.get("message") or ""
    if not isinstance(message, str):
        message = canonical_json(message)
    return TaskState(
        name,
        printable(kind),
        state,
        printable(message, _LONGEST_MESSAGE),
        told.get("result"),
        _time(told.get("started_at")),
        _time(told.get("completed_at")),
        told.get("parameters"),
    )


def _time(told: Any) -> datetime | None:
    """A time as Flask writes it, in HTTP's way, or in ISO 8601; none where it is neither."""
    if not isinstance(told, str):
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(told)
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
