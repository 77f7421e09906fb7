"""What the server of a lab answers to each request, apart from HTTP."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from knowledge.errors import AthanorError
from lab.protocol import Clocked, Lab, Pausable, Refused, Status
from lab.remote import wire
from lab.web import messages
from lab.web.messages import Malformed
from lab.web.plausible import printable

_log = logging.getLogger(__name__)
_EXPERIMENTS = "/experiments/"
_MOST_IDS = 10_000


@dataclass(frozen=True)
class Answer:
    """An HTTP status and the message that goes with it."""

    status: int
    content: Mapping[str, Any]

    @classmethod
    def error(cls, status: int, line: str) -> "Answer":
        """A failure, in one line."""
        return cls(status, {"error": printable(line, 300)})


class _Wrong(Exception):
    """A request that is none: HTTP status and what to say."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class Desk:
    """Asks the lab one thing at a time, whoever comes."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._lock = lab, threading.Lock()

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """The answer to a request for a path and query. Never raises."""
        try:
            found = messages.message(body) if body else {}
            with self._lock:
                return Answer(200, self._route(method, target, found))
        except Refused as refusal:
            return Answer(wire.REFUSED, wire.refusal_message(refusal))
        except Malformed as error:
            return Answer.error(400, error.what)
        except _Wrong as error:
            return Answer.error(error.status, str(error))
        except AthanorError as error:
            return Answer.error(500, f"the lab failed: {error}")
        except Exception as error:  # a broken lab must not end its server, nor pass for an answer
            _log.exception("the lab failed at %s", method)
            return Answer.error(500, f"the lab failed: {type(error).__name__}")

    def _route(self, method: str, target: str, found: Mapping[str, Any]) -> dict[str, Any]:
        path, _, query = target.partition("?")
        if path.startswith(_EXPERIMENTS):
            return self._experiment(method, _id_in(path), query, found)
        if query:
            raise _Wrong(400, f"nothing is known of ?{query}")
        known = {
            "/lab": ("GET", self._describe),
            "/check": ("POST", self._check),
            "/wait": ("POST", self._wait),
            "/pause": ("POST", lambda _: self._set_paused(True)),
            "/resume": ("POST", lambda _: self._set_paused(False)),
        }
        if path not in known:
            allowed = ", ".join([*known, _EXPERIMENTS + "ID"])
            raise _Wrong(404, f"nothing is at {path}: there are {allowed}")
        allowed, handle = known[path]
        if method != allowed:
            raise _Wrong(405, f"{path} takes {allowed}")
        return handle(found)

    def _experiment(
        self, method: str, experiment_id: str, query: str, found: Mapping[str, Any]
    ) -> dict[str, Any]:
        if query and (method, query) != ("GET", "look"):
            raise _Wrong(400, f"nothing is known of ?{query}")
        if method == "PUT":
            recipe = wire.read_recipe(found)
            self._lab.submit(recipe, experiment_id)
            told = {"accepted": recipe.content_id, "experiment_id": experiment_id}
            return told | self._hour()
        if method == "GET":
            ask = self._clocked().look if query else self._lab.poll
            return self._status(ask(experiment_id), experiment_id)
        if method == "DELETE":
            return self._status(self._lab.cancel(experiment_id), experiment_id)
        raise _Wrong(405, "an experiment takes GET, PUT, DELETE")

    def _describe(self, found: Mapping[str, Any]) -> dict[str, Any]:
        del found
        described = wire.Description(
            name=self._lab.name,
            inventory=tuple(self._lab.inventory),
            clocked=isinstance(self._lab, Clocked),
            pausable=isinstance(self._lab, Pausable),
            now_h=self._hour().get("now_h"),
        )
        return described.model_dump(mode="json", exclude_none=True)

    def _check(self, found: Mapping[str, Any]) -> dict[str, Any]:
        recipe = wire.read_recipe(found)
        self._lab.check(recipe)
        return {"accepted": recipe.content_id}

    def _wait(self, found: Mapping[str, Any]) -> dict[str, Any]:
        names = found.get("experiment_ids")
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise _Wrong(400, "experiment_ids must be a list of ids")
        if len(names) > _MOST_IDS:
            raise _Wrong(400, f"{len(names)} experiment_ids: at most {_MOST_IDS}")
        return {"moved": bool(self._clocked().wait(names))} | self._hour()

    def _set_paused(self, paused: bool) -> dict[str, Any]:
        if not isinstance(self._lab, Pausable):
            raise _Wrong(400, "this lab cannot be paused")
        (self._lab.pause if paused else self._lab.resume)()
        return {"paused": paused}

    def _clocked(self) -> Clocked:
        if not isinstance(self._lab, Clocked):
            raise _Wrong(400, "this lab has no clock of its own")
        return self._lab

    def _hour(self) -> dict[str, float]:
        return {"now_h": self._lab.now_h} if isinstance(self._lab, Clocked) else {}

    def _status(self, status: Status, experiment_id: str) -> dict[str, Any]:
        return wire.status_message(status, experiment_id) | self._hour()


def _id_in(path: str) -> str:
    """The experiment id in a path. Raises _Wrong."""
    encoded = path.removeprefix(_EXPERIMENTS)
    if "/" in encoded:
        raise _Wrong(404, "an experiment id in a path is percent-encoded, / as %2F")
    try:
        return unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        raise _Wrong(400, "an experiment id is percent-encoded UTF-8") from None
