"""Events: what the rows of a journal say, how they are chained, and older versions brought forward.

The kinds, in the order in which they come for one experiment:

    reactivity  what was known of pairs of solids from others, its hash and where from: before
                `started` if a map was given, and again whenever newer knowledge is taken in
    started     targets, settings, seed, code and knowledge fingerprint; once
    conditions  what of these is another than at the start, asked for by name
    decided     experiment id and suggestion, written before the lab hears of it; the
                suggestions of one decision are written together or not at all
    submitted   the lab took it on, or says that it has it after all
    unknown     nobody can say what became of it: a question to a person
    finished    the outcome (also of an experiment that the lab refused)
    dropped     a target is given up, and why
    ended       why the campaign stopped, and its best experiment

and what people say, each with who and why (agents.steering):

    paused, resumed, stopped, vetoed, pinned, amended
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from knowledge.errors import RecordError

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Event:
    """One row of the journal.

    `experiment` and `target` (a formula) are what it is about, empty where it is about none.
    `text` is the payload as it was written: it is parsed when it is asked for.
    """

    sequence: int
    time: str
    campaign: str
    kind: str
    experiment: str
    target: str
    schema_version: int
    text: str

    @cached_property
    def payload(self) -> dict[str, Any]:
        """What it says, in the words of this version. Raises RecordError for what says nothing."""
        try:
            payload = json.loads(self.text)
            if "\\u" in self.text:  # half a letter, which no file and no terminal takes
                json.dumps(payload, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise self.damaged(f"its payload is no JSON: {error}") from error
        if not isinstance(payload, dict):
            raise self.damaged("its payload is no object")
        try:
            return _forward(self.kind, self.schema_version, payload)
        except (KeyError, TypeError, AttributeError) as error:
            raise self.damaged(f"its payload lacks {error}") from error

    def damaged(self, why: str) -> RecordError:
        """The error of an event that does not hold together."""
        return RecordError(
            f"the journal is damaged at event {self.sequence} ({self.kind[:40]!r}): {why}; put "
            "back a copy of it"
        )

    def chained(self, before: str) -> str:
        """The digest of this event and, by way of the digest `before`, of all earlier ones."""
        row = (
            before, self.sequence, self.time, self.campaign, self.kind, self.experiment,
            self.target, self.schema_version,
        )  # fmt: skip
        digest = hashlib.sha256(ascii(row).encode())  # unambiguous, and fast
        digest.update(self.text.encode(errors="surrogatepass"))
        return digest.hexdigest()


def about(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    """Experiment and target that an event is about; empty where it is about none."""
    if kind == "finished":
        return str(payload["outcome"]["experiment_id"]), ""
    if kind == "decided":
        target = payload["suggestion"]["recipe"]["target"]["formula"]
        return str(payload["experiment_id"]), str(target)
    return str(payload.get("experiment_id") or ""), str(payload.get("target") or "")


def _forward(kind: str, version: int, payload: dict[str, Any]) -> dict[str, Any]:
    """A payload of an older version as this version would have written it."""
    if version > SCHEMA_VERSION:
        raise RecordError(
            f"the journal was written by a newer version (schema {version}, this one reads "
            f"{SCHEMA_VERSION}): update Athanor"
        )
    if version < 2 and kind == "started" and "target" in payload:  # one target a campaign, then
        target = payload.pop("target")
        payload["targets"] = [target]
        for name in ("candidates", "unavailable"):
            payload[name] = {target["formula"]: payload.get(name)}
        payload["seed"] = (payload.get("settings") or {}).get("seed")
    return payload
