"""A lab elsewhere, as any other: whatever it answers is a status, a refusal, or Unreachable."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from knowledge.errors import RecordError
from knowledge.recipe import Recipe
from lab.protocol import Refused, Status, Unreachable
from lab.remote import wire
from lab.web import Address, Exchange, Malformed, messages
from lab.web.plausible import check_name, printable

_INVENTORY_AGE_S = 300.0
_ADVICE = "see whether `athanor lab serve` runs there"
_OK = 200


def remote_lab(
    url: str,
    token: str | None = None,
    timeout_s: float = 30.0,
    name: str | None = None,
    token_variable: str | None = None,
) -> "RemoteLab":
    """The lab that `athanor lab serve` serves at a URL; Clocked and Pausable where that one is.

    `timeout_s`, in seconds, is for a whole answer. Without a name it has its own. A token may stand
    in the environment variable `token_variable`, so that no file and no journal holds it. Raises
    AthanorError for an address or a token that cannot be, Unreachable where nothing answers.
    """
    if token is None and token_variable:
        token = os.environ.get(token_variable) or None
    if name is not None:
        check_name("lab.name", name)
    address = Address.of(url, token_variable or wire.TOKEN_VARIABLE)
    line = _Line(Exchange(address, token, timeout_s, advice=_ADVICE))
    described = line.describe()
    kinds: dict[tuple[bool, bool], type[RemoteLab]] = {
        (False, False): RemoteLab,
        (False, True): _PausableRemoteLab,
        (True, False): _ClockedRemoteLab,
        (True, True): _ClockedPausableRemoteLab,
    }
    return kinds[described.clocked, described.pausable](line, described, name)


class RemoteLab:
    """A lab behind a server. Implements Lab. Made by `remote_lab`."""

    def __init__(self, line: "_Line", described: wire.Description, name: str | None = None) -> None:
        self.name = name or described.name
        self._line = line
        self._inventory, self._asked_at = described.inventory, time.monotonic()
        self._now_h = described.now_h or 0.0

    def __repr__(self) -> str:
        return f"<{self.name} lab at {self._line.where}>"

    @property
    def inventory(self) -> tuple[str, ...]:
        """The precursors at hand, as far as is known: asked at the start, then every few minutes.

        While the server is away it is what was last known: whether there is enough for a recipe is
        for `check` to say.
        """
        if time.monotonic() - self._asked_at > _INVENTORY_AGE_S:
            self._asked_at = time.monotonic()
            # isinstance(lab, Lab) looks here, and must not fail
            with contextlib.suppress(Unreachable):
                self._inventory = self._line.describe().inventory
        return self._inventory

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, unless the lab would run the recipe."""
        self._offer("POST", "/check", recipe)

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Take a recipe on under an id; the same again changes nothing. Raises Refused.

        After Unreachable the lab may have it or not: `poll` tells.
        """
        found = self._offer("PUT", _path(experiment_id), recipe)
        with self._line.reading():
            wire.check_id(found, experiment_id)

    def poll(self, experiment_id: str) -> Status:
        """Where an experiment stands."""
        return self._status("GET", _path(experiment_id), experiment_id)

    def cancel(self, experiment_id: str) -> Status:
        """Stop an experiment that has not been fired; then where it stands."""
        return self._status("DELETE", _path(experiment_id), experiment_id)

    def _status(self, method: str, path: str, experiment_id: str) -> Status:
        found = self._ask(method, path)
        with self._line.reading():
            return wire.read_status(found, experiment_id)

    def _offer(self, method: str, path: str, recipe: Recipe) -> dict[str, Any]:
        """What the lab says to a recipe that it accepts."""
        if not isinstance(recipe, Recipe):
            raise RecordError(f"{type(recipe).__name__} is no Recipe: labs are sent recipes only")
        # Checked again: what was built around its checks is not sent.
        recipe = Recipe.from_json(recipe.to_json())
        found = self._ask(method, path, {"recipe": recipe.model_dump(mode="json")}, refusable=True)
        with self._line.reading():
            wire.check_accepted(found, recipe)
        return found

    def _ask(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        refusable: bool = False,
    ) -> dict[str, Any]:
        """The message that answers. Raises Unreachable, and Refused where that may be."""
        found = self._line.ask(method, path, content, refusable)
        if "now_h" in found:
            with self._line.reading():
                self._now_h = wire.read_hour(found)
        return found


class _Pauses(RemoteLab):
    def pause(self) -> None:
        """Start nothing more; what is under way goes on."""
        self._set_paused("/pause", True)

    def resume(self) -> None:
        """Go on after a pause."""
        self._set_paused("/resume", False)

    def _set_paused(self, path: str, wanted: bool) -> None:
        found = self._ask("POST", path, {})
        with self._line.reading():
            if wire.read_flag(found, "paused") is not wanted:
                raise Malformed(f"paused is {not wanted} after {path}")


class _HasClock(RemoteLab):
    @property
    def now_h(self) -> float:
        """Hours since the lab opened, as of its last answer."""
        return self._now_h

    def look(self, experiment_id: str) -> Status:
        """Where an experiment stands at this hour: as `poll`, but no time passes."""
        return self._status("GET", _path(experiment_id) + "?look", experiment_id)

    def wait(self, experiment_ids: Sequence[str]) -> bool:
        """Let time pass until one more of the experiments is done; False where nothing moves."""
        found = self._ask("POST", "/wait", {"experiment_ids": list(experiment_ids)})
        with self._line.reading():
            self._now_h = wire.read_hour(found)
            return wire.read_flag(found, "moved")


class _PausableRemoteLab(_Pauses):
    """Implements Pausable."""


class _ClockedRemoteLab(_HasClock):
    """Implements Clocked."""


class _ClockedPausableRemoteLab(_HasClock, _Pauses):
    """Implements Clocked and Pausable."""


class _Line:
    """Questions to one server as messages."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self.where = exchange, exchange.where

    def describe(self) -> wire.Description:
        """What the lab says of itself. Raises Unreachable."""
        found = self.ask("GET", "/lab")
        with self.reading():
            return messages.record(wire.Description, found, "lab")

    def ask(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        refusable: bool = False,
    ) -> dict[str, Any]:
        """The message that answers. Raises Unreachable, and Refused where that may be."""
        body = None if content is None else messages.body_of(content)
        status, answer = self._exchange.ask(method, path, body)
        with self.reading():
            if status == _OK:
                return messages.message(answer)
            if status == wire.REFUSED and refusable:
                raise wire.read_refusal(messages.message(answer))
        raise Unreachable(f"the lab at {self.where} {self._in_words(status, answer)}")

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Adds who answered to what is wrong with an answer."""
        try:
            yield
        except Malformed as error:
            raise Unreachable(f"the lab at {self.where} {error}") from None

    def _in_words(self, status: int, answer: bytes) -> str:
        """What an HTTP status that is no answer means."""
        if status in (401, 403):
            return f"wants a token, or another one: set {self._exchange.token_variable}"
        if 300 <= status < 400:
            return f"sends elsewhere ({status}), where nobody follows: give lab.url as it is"
        try:
            said = messages.message(answer).get("error")
        except Malformed:  # a page for people, from something in between
            said = None
        told = f": {printable(said)}" if isinstance(said, str) else ""
        return f"answered with HTTP status {status}{told}"


def _path(experiment_id: str) -> str:
    """Where an experiment lies. Raises Refused for what no URL can name."""
    try:
        # Dots too: `..` has a meaning of its own in paths.
        return "/experiments/" + quote(experiment_id, safe="").replace(".", "%2E")
    except (TypeError, UnicodeEncodeError):
        limit = "it must be text in Unicode"
        raise Refused("experiment id", ascii(experiment_id)[:80], limit) from None
