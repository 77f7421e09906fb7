"""Questions to an AlabOS server, and what its answers mean."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lab.alabos import wire
from lab.alabos.wire import TaskState
from lab.protocol import Garbled, Refused, Unreachable
from lab.web import Exchange, Malformed, NotSent, messages
from lab.web.plausible import printable

# What is said of a task that is not there, in different versions.
_NO_TASK = ("cannot find", "no task exists")
# By these whatever stands in front says that it let nothing through.
_NOT_LET_IN = (301, 302, 303, 307, 308, 401, 403, 404, 405, 411, 413, 415, 429)


class Silent(Exception):
    """The server answered, and nothing about the experiment: it may be there or not."""


class Server:
    """One server. What is no answer is Unreachable, what does not hold together Garbled."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self.where = exchange, exchange.where

    def submit(self, content: Mapping[str, Any]) -> str:
        """Hand an experiment over; the id that the server gives it.

        Raises Refused for what it does not take, and NotSent where it certainly has nothing. After
        any other Unreachable it may have it.
        """
        status, body = self._exchange.ask(
            "POST", "/api/experiment/submit", messages.body_of(content)
        )
        if status in _NOT_LET_IN:
            raise NotSent(self._in_words(status, body))
        said = _message(body) or {}
        if status == 400 and said.get("status") == "error":  # it stored nothing
            limit = "AlabOS takes it in another form only: see lab.tasks"
            raise Refused("alabos", wire.errors(said), limit)
        found = self._object(status, body)
        try:
            return wire.read_exp_id(found)
        except Malformed as error:
            raise self._garbled(error) from None

    def tasks(
        self, exp_id: str, ids: Sequence[str], results: bool = False
    ) -> tuple[TaskState, ...]:
        """Where the tasks of an experiment stand. Raises Silent where the server cannot say."""
        kind = "results/" if results else ""
        status, body = self._exchange.ask("GET", f"/api/experiment/{kind}{exp_id}")
        if status >= 500:
            raise Silent(f"it answers with HTTP status {status}")
        found = self._object(status, body)
        if not wire.is_picked_up(found):
            said = "it waits for its experiment manager"
            raise Silent(wire.errors(found) if found["status"] == "error" else said)
        try:
            return wire.read_tasks(found, exp_id, ids)
        except Malformed as error:
            raise self._garbled(error) from None

    def task(self, task_id: str) -> TaskState | None:
        """Where one task stands; none where the server knows of no such task."""
        status, body = self._exchange.ask("GET", f"/api/task/{task_id}")
        if status == 400:
            said = _message(body) or {}
            # Any trouble of the server is 400 here, so the words decide.
            if any(words in wire.errors(said).lower() for words in _NO_TASK):
                return None
            raise Unreachable(self._in_words(status, body))
        try:
            return wire.read_task(self._object(status, body), task_id)
        except Malformed as error:
            raise self._garbled(error) from None

    def chain(self, ids: Sequence[str]) -> tuple[TaskState, ...] | None:
        """Tasks that follow one another, asked about one by one; none where the first is not there.

        What comes after one that waits or works is not asked about: it waits. Raises Garbled where
        only some are there.
        """
        found: list[TaskState] = []
        for number, name in enumerate(ids):
            if found and found[-1].state in wire.WAITING | wire.ACTIVE:
                found.append(TaskState(name, "", "WAITING"))
                continue
            state = self.task(name)
            if state is None and number == 0:
                return None
            if state is None:
                raise Garbled(f"the lab at {self.where} has lost the task {name}")
            found.append(state)
        return tuple(found)

    def chain_of(self, ids: Iterable[str]) -> tuple[TaskState, ...]:
        """As many of the tasks as there are, from the first on."""
        found: list[TaskState] = []
        for name in ids:
            state = self.task(name)
            if state is None:
                break
            found.append(state)
        return tuple(found)

    def cancel(self, exp_id: str) -> bool:
        """Ask it to stop an experiment; whether it says that it will."""
        status, body = self._exchange.ask("GET", f"/api/experiment/cancel/{exp_id}")
        if status == 400 or status >= 500:
            return False
        try:
            wire.read_success(self._object(status, body))
        except Malformed:
            return False
        return True

    def _object(self, status: int, body: bytes) -> dict[str, Any]:
        """The JSON object of a good answer. Raises Unreachable."""
        if status != 200:
            raise Unreachable(self._in_words(status, body))
        try:
            return messages.message(body)
        except Malformed as error:  # from something in between, or on a bad day: asked again
            raise Unreachable(f"the lab at {self.where} {error}") from None

    def _garbled(self, error: Malformed) -> Garbled:
        return Garbled(f"the lab at {self.where} {error}")

    def _in_words(self, status: int, body: bytes) -> str:
        who = f"the lab at {self.where}"
        if status in (401, 403):
            return f"{who} wants a token, or another one: set {self._exchange.token_variable}"
        if 300 <= status < 400:
            return f"{who} sends elsewhere ({status}), where nobody follows: give lab.url as it is"
        said = _message(body)
        told = f": {printable(wire.errors(said), 200)}" if said else ""
        return f"{who} answered with HTTP status {status}{told}; see whether lab.url is AlabOS"


def _message(body: bytes) -> dict[str, Any] | None:
    try:
        return messages.message(body)
    except Malformed:
        return None
