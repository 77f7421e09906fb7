"""AlabOS without its network: what its database holds, and what its managers do at each step.

Faithful in what a client notices: experiments wait PENDING without tasks until the experiment
manager picks them up, a type of task that it does not know kills it, ids are compared with those
picked up only, and after a restart what was at work is CANCELLED. It counts what samples went
through.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

TYPES = ("PowderDosing", "Heating", "RecoverPowder", "Diffraction")
COURSE = (
    "WAITING",
    "READY",
    "INITIATED",
    "REQUESTING_RESOURCES",
    "RUNNING",
    "FINISHING",
    "COMPLETED",
)
ACTIVE = ("INITIATED", "REQUESTING_RESOURCES", "RUNNING", "FINISHING")
OVER = ("ERROR", "COMPLETED", "CANCELLED")
_ID = re.compile(r"[0-9a-f]{24}")
_BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Invalid(Exception):
    """A body that does not validate: HTTP status 400."""


class Broken(Exception):
    """What ends as HTTP status 500 and a page in HTML."""


def gives(share: float) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    """Products with so much of the target."""

    def phases(experiment: dict[str, Any]) -> list[dict[str, Any]]:
        target = experiment["metadata"]["target"]
        return [{"formula": target, "weight_fraction": share, "sigma": 0.02}]

    return phases


class Model:
    """`submitted`, `fired` and `dosed` count by ids of samples, which clients choose.

    `no_task` is what it says of a task that is not there. `breaks` are messages of tasks that end
    as ERROR, by type, once each; `phases` makes the result of a diffraction. An hour goes by at
    each step.
    """

    def __init__(self) -> None:
        self.experiments: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.submitted, self.fired, self.dosed = Counter[str](), Counter[str](), Counter[str]()
        self.manager_lives = True
        self.breaks: dict[str, str] = {}
        self.phases: Callable[[dict[str, Any]], Any] = gives(0.8)
        self.profile: Any = None
        self.no_task = "Cannot find task with id "
        self.hours = 0
        self._cancelling: set[str] = set()

    def submit(self, body: Any) -> str:
        """Take an experiment on, PENDING. Raises Invalid, Broken."""
        validate(body)
        taken = {s for e in self.experiments.values() for s in e["picked up"]}
        ids = [s["sample_id"] for s in body["samples"]] + [t["task_id"] for t in body["tasks"]]
        if taken & set(ids):
            raise Broken("an id exists")
        for sample in body["samples"]:
            self.submitted[sample["sample_id"]] += 1
        number = f"{len(self.experiments)} {self.hours}"
        exp_id = hashlib.sha256(number.encode()).hexdigest()[:24]
        self.experiments[exp_id] = {
            **body, "id": exp_id, "status": "PENDING", "submitted_at": self._now(), "picked up": [],
        }  # fmt: skip
        return exp_id

    def experiment(self, exp_id: str, results: bool = False) -> dict[str, Any]:
        """What is told of an experiment. Raises Broken."""
        found = self._picked_up(exp_id)
        tasks = [self.tasks[t["task_id"]] for t in found["tasks"]]
        bad = any(t["status"] == "ERROR" for t in tasks)
        done = sum(t["status"] == "COMPLETED" for t in tasks) / len(tasks)
        told = {
            "id": exp_id,
            "name": found["name"],
            "submitted_at": found["submitted_at"],
            "samples": [
                {"name": s["name"], "id": s["sample_id"], "position": None}
                for s in found["samples"]
            ],
            "progress": done,
            "status": "ERROR" if bad else found["status"],
        }
        few = ("type", "status", "message")
        many = (*few, "parameters", "result", "started_at", "completed_at", "samples")
        keys = many if results else few
        told["tasks"] = [{"id": t["_id"], **{k: t[k] for k in keys}} for t in tasks]
        if results:
            told |= {"tags": found["tags"], "metadata": found["metadata"], "completed_at": None}
        return told

    def task(self, task_id: str) -> dict[str, Any]:
        """What is told of a task. Raises Invalid."""
        if task_id not in self.tasks:
            raise Invalid(self.no_task + task_id)
        return self.tasks[task_id]

    def cancel(self, exp_id: str) -> None:
        """Cancel what waits now, what is at work at the next step. Raises Invalid."""
        found = self.experiments.get(exp_id)
        if found is None or not found["picked up"]:
            raise Invalid("Cannot find task")
        for task in (self.tasks[t["task_id"]] for t in found["tasks"]):
            if task["status"] in ACTIVE:
                self._cancelling.add(task["_id"])
            elif task["status"] not in OVER:
                self._end(task, "CANCELLED", "cancelled by a user")

    def step(self, times: int = 1) -> None:
        """Let the managers go on: each task by one state at most."""
        for _ in range(times):
            self.hours += 1
            self.pick_up()
            for experiment in self.experiments.values():
                if experiment["picked up"]:
                    self._work(experiment)

    def restart(self) -> None:
        """As when the server was restarted: the database stays, what was at work is cancelled."""
        self.manager_lives = True
        for task in self.tasks.values():
            if task["status"] in ACTIVE:
                self._end(task, "CANCELLED", "cancelled by the restart of the server")

    def _picked_up(self, exp_id: str) -> dict[str, Any]:
        found = self.experiments.get(exp_id)
        if found is None or not found["picked up"]:
            raise Broken(exp_id)
        return found

    def pick_up(self) -> None:
        """What the experiment manager does: tasks of what is PENDING, or its own death."""
        for experiment in self.experiments.values():
            if experiment["picked up"] or not self.manager_lives:
                continue
            ids = [t["task_id"] for t in experiment["tasks"]]
            strange = any(t["type"] not in TYPES for t in experiment["tasks"])
            if strange or self.tasks.keys() & set(ids):
                self.manager_lives = False
                return
            for task in experiment["tasks"]:
                self.tasks[task["task_id"]] = {
                    "_id": task["task_id"], "type": task["type"], "status": "WAITING",
                    "parameters": task["parameters"], "samples": task["samples"], "message": "",
                    "result": None, "started_at": None, "completed_at": None,
                    "prev_tasks": [ids[n] for n in task["prev_tasks"]],
                }  # fmt: skip
            experiment["picked up"] = [*ids, *(s["sample_id"] for s in experiment["samples"])]
            experiment["status"] = "RUNNING"

    def _work(self, experiment: dict[str, Any]) -> None:
        tasks = [self.tasks[t["task_id"]] for t in experiment["tasks"]]
        for task in tasks:
            if task["_id"] in self._cancelling and task["status"] not in OVER:
                self._end(task, "CANCELLED", "cancelled by a user")
        ready = [
            t for t in tasks if all(self.tasks[p]["status"] == "COMPLETED" for p in t["prev_tasks"])
        ]
        for task in ready:
            if task["status"] not in OVER:
                self._advance(experiment, task)
        if all(t["status"] == "COMPLETED" for t in tasks):
            experiment["status"] = "COMPLETED"

    def _advance(self, experiment: dict[str, Any], task: dict[str, Any]) -> None:
        after = COURSE[COURSE.index(task["status"]) + 1]
        sample = experiment["samples"][0]["sample_id"]
        if after == "RUNNING":
            task["started_at"] = self._now()
            self.dosed[sample] += task["type"] == "PowderDosing"
            self.fired[sample] += task["type"] == "Heating"
        if task["status"] == "RUNNING" and task["type"] in self.breaks:
            self._end(task, "ERROR", self.breaks.pop(task["type"]))
        elif after == "COMPLETED":
            result: Any = {"photo": "a.png"}
            if task["type"] == "Diffraction":
                result = {"phases": self.phases(experiment)}
            elif task["type"] == "Heating" and self.profile is not None:
                result = {"profile": self.profile}
            task["result"] = result
            self._end(task, "COMPLETED", "")
        else:
            task["status"] = after

    def _end(self, task: dict[str, Any], status: str, message: str) -> None:
        """What comes after a task that came to no good end is cancelled too."""
        task |= {"status": status, "message": message}
        if status == "COMPLETED":
            task["completed_at"] = self._now()
            return
        for other in self.tasks.values():
            if task["_id"] in other["prev_tasks"] and other["status"] not in OVER:
                self._end(other, "CANCELLED", "cancelled due to an upstream task")

    def _now(self) -> str:
        """As Flask writes times."""
        return (_BEGAN + timedelta(hours=self.hours)).strftime("%a, %d %b %Y %H:%M:%S GMT")


def validate(body: Any) -> None:
    """Raise Invalid for an experiment that the server would not take."""
    try:
        names = [s["name"] for s in body["samples"]]
        for each in (body["name"], *names):
            _check(isinstance(each, str) and not set("$.") & set(each), f"bad name {each!r}")
        _check_keys(body)
        for sample in body["samples"]:
            _check(_ID.fullmatch(sample["sample_id"]), "sample_id is no ObjectId")
        for number, task in enumerate(body["tasks"]):
            _check(_ID.fullmatch(task["task_id"]), "task_id is no ObjectId")
            _check(isinstance(task["type"], str), "type is no text")
            _check(isinstance(task["parameters"], dict), "parameters are no map")
            _check(all(0 <= p < number for p in task["prev_tasks"]), "prev_tasks")
            _check(set(task["samples"]) <= set(names) and task["samples"], "samples")
        _check(body["tasks"] and isinstance(body["metadata"], dict), "no tasks")
    except (KeyError, TypeError) as error:
        raise Invalid(f"field required: {error}") from error


def _check(holds: object, what: str) -> None:
    if not holds:
        raise Invalid(what)


def _check_keys(value: Any) -> None:
    if isinstance(value, dict):
        for key in value:
            _check(not set("$.") & set(key), f"MongoDB takes no key {key!r}")
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        _check_keys(inner)
