"""A procedure as tasks of AlabOS, by rules that a lab writes in its configuration. Pure functions.

    rules:
      - pattern: [heat, cool]       kinds of actions, a run of one kind counting as one
        repeats: true               the pattern may come several times in one task
        type: Heating               the task that does it
        parameters: {profile: profile, furnace: {literal: box}}

The first rule whose pattern matches at a place takes the actions there, as many as it can. What a
parameter says is the name of a quantity (lab.alabos.quantities); a number, true or false; a text as
{literal: text}; {each: powders, give: {...}} for a list whose entries the server calls otherwise;
or a map or list of those. What a rule takes it must tell, or name as `unsaid`: [heat.hold_h].
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from knowledge.errors import RecordError
from lab.alabos.quantities import ALL_FIELDS, FIELDS, LISTS, SCALARS, Field, entries, scalar, tells
from lab.procedure import Action, Procedure

_KEYS = {"pattern", "type", "parameters", "repeats", "unsaid"}


@dataclass(frozen=True)
class Rule:
    """Which actions become which task. Made by `rules`, which checks it."""

    pattern: tuple[str, ...]
    type: str
    parameters: Mapping[str, Any]
    repeats: bool = False
    unsaid: frozenset[Field] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Task:
    """One task: its type and parameters, as AlabOS gets them, and the actions that it does."""

    type: str
    parameters: dict[str, Any]
    actions: tuple[Action, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its actions, each once."""
        return tuple(dict.fromkeys(a.kind for a in self.actions))


class Unmapped(RecordError):
    """A procedure of which some action is no task's by the rules of a lab."""


def rules(given: object, task_types: object) -> tuple[Rule, ...]:
    """The rules in a configuration. Raises RecordError, naming the rule, for what is none.

    A type that is not among `task_types` is none: AlabOS takes any on, and its experiment manager
    dies of one that it does not know.
    """
    known = _list_of_text("lab.task_types", task_types)
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise RecordError("lab.tasks is no list of rules: see conf/lab/alabos.yaml")
    return tuple(_rule(f"lab.tasks.{n}", each, known) for n, each in enumerate(given))


def tasks(procedure: Procedure, rules: Sequence[Rule]) -> tuple[Task, ...]:
    """The tasks that do a procedure, in order: each action in exactly one of them.

    Raises Unmapped, naming the action, where no rule takes one or its parameters cannot be told.
    """
    found: list[Task] = []
    here = 0
    while here < len(procedure.actions):
        left = procedure.actions[here:]
        rule, taken = next(((r, n) for r in rules if (n := _taken(r, left))), (None, 0))
        if rule is None:
            coming = ", ".join(a.kind for a in left[:4])
            raise Unmapped(
                f"no rule of lab.tasks takes action {here + 1}, {left[0].kind} (then comes: "
                f"{coming}): add one to lab.tasks"
            )
        try:
            said = {k: _said(v, left[:taken], procedure) for k, v in rule.parameters.items()}
        except RecordError as error:
            raise Unmapped(f"the task {rule.type} cannot be told: {error}") from None
        found.append(Task(rule.type, said, left[:taken]))
        here += taken
    return tuple(found)


def _taken(rule: Rule, actions: Sequence[Action]) -> int:
    """How many actions from the first on a rule takes; 0 where its pattern does not match."""
    taken = 0
    while True:
        here = taken
        for kind in rule.pattern:
            run = here
            while run < len(actions) and actions[run].kind == kind:
                run += 1
            if run == here:
                return taken
            here = run
        taken = here
        if not rule.repeats:
            return taken


def _said(value: Any, actions: Sequence[Action], whole: Procedure) -> Any:
    """A parameter with its quantities filled in."""
    if isinstance(value, str):
        return entries(value, actions) if value in LISTS else scalar(value, actions, whole)
    if isinstance(value, Mapping):
        if value.keys() == {"literal"}:
            return value["literal"]
        if "each" in value:
            return [
                {key: each.get(name) for key, name in value["give"].items()}
                for each in entries(value["each"], actions)
            ]
        return {key: _said(inner, actions, whole) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_said(inner, actions, whole) for inner in value]
    return value


def _rule(where: str, given: Any, known: Sequence[str]) -> Rule:
    if not isinstance(given, Mapping) or not {"pattern", "type"} <= given.keys() <= _KEYS:
        raise RecordError(f"{where} is no rule: it has a pattern, a type and parameters")
    pattern = _list_of_text(f"{where}.pattern", given["pattern"])
    strange = [kind for kind in pattern if kind not in FIELDS]
    if strange or any(a == b for a, b in pairwise(pattern)):
        raise RecordError(
            f"{where}.pattern is {list(pattern)}: it names kinds of actions, none twice in a row: "
            f"{', '.join(FIELDS)}"
        )
    if given["type"] not in known:
        raise RecordError(
            f"{where}.type is {given['type']!r}, which is not among lab.task_types "
            f"({', '.join(known)}): a type that AlabOS does not know kills its experiment manager, "
            "and every later experiment waits for ever"
        )
    repeats = given.get("repeats", False)
    if not isinstance(repeats, bool):
        raise RecordError(f"{where}.repeats is {repeats!r}: it must be true or false")
    parameters = given.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise RecordError(f"{where}.parameters is {parameters!r}: it must be a map")
    told = _check(f"{where}.parameters", parameters)
    unsaid = _unsaid(where, given.get("unsaid") or [])
    silent = {(k, f) for k, f in ALL_FIELDS if k in pattern} - told - unsaid
    if silent:
        kind, name = min(silent)
        raise RecordError(
            f"{where} takes {kind} and says nothing of its {name}: give it in parameters, or name "
            f"it in unsaid ([{kind}.{name}]) where that station has it of its own"
        )
    return Rule(tuple(pattern), str(given["type"]), dict(parameters), repeats, unsaid)


def _unsaid(where: str, given: object) -> frozenset[Field]:
    found = []
    for text in _list_of_text(f"{where}.unsaid", given, least=0):
        kind, _, name = text.partition(".")
        if (kind, name) not in ALL_FIELDS:
            every = ", ".join(sorted(f"{k}.{f}" for k, f in ALL_FIELDS))
            raise RecordError(f"{where}.unsaid is {text!r}: it must be one of {every}")
        found.append((kind, name))
    return frozenset(found)


def _check(where: str, value: Any) -> frozenset[Field]:
    """The fields that a parameter tells. Raises RecordError for one that cannot be said."""
    if isinstance(value, Mapping):
        for key in _keys(value):
            if not isinstance(key, str) or not key or "$" in key or "." in key:
                raise RecordError(
                    f"{where} has the key {key!r}: MongoDB takes text without $ and ."
                )
        if value.keys() == {"literal"}:
            return _check_plain(where, value["literal"])
        if "each" in value:
            return _check_each(where, value)
        return frozenset().union(*(_check(f"{where}.{k}", v) for k, v in value.items()))
    if isinstance(value, str):
        if value not in SCALARS and value not in LISTS:
            raise RecordError(
                f"{where} is {value!r}, no quantity: give one of {', '.join((*SCALARS, *LISTS))}, "
                f"or {{literal: {value}}} for this text"
            )
        return tells(value)
    if isinstance(value, Sequence):
        return frozenset().union(*(_check(f"{where}.{n}", v) for n, v in enumerate(value)))
    return _check_plain(where, value)


def _check_plain(where: str, value: Any) -> frozenset[Field]:
    """Nothing is told by what is always the same; it must be something that JSON has."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise RecordError(f"{where} is {value!r}: it must be something that JSON has") from None
    return frozenset()


def _keys(value: Any) -> Iterator[Any]:
    """All keys in a value, at whatever depth."""
    if isinstance(value, Mapping):
        yield from value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _keys(inner)


def _check_each(where: str, value: Mapping[str, Any]) -> frozenset[Field]:
    names, give = LISTS.get(str(value["each"])), value.get("give")
    if not names or not isinstance(give, Mapping) or len(value) != 2:
        raise RecordError(
            f"{where} is no list: it must be {{each: powders, give: {{name: mass_g, ...}}}}, or "
            "each: profile"
        )
    for key, name in give.items():
        if name not in names or not isinstance(key, str) or "$" in key or "." in key:
            raise RecordError(f"{where}.{key} is {name!r}: it must be one of {', '.join(names)}")
    return frozenset().union(*(tells(name, str(value["each"])) for name in give.values()))


def _list_of_text(where: str, given: object, least: int = 1) -> tuple[str, ...]:
    fits = isinstance(given, Sequence) and not isinstance(given, str) and len(given) >= least
    if not fits or not all(isinstance(each, str) and each for each in given):  # type: ignore[attr-defined]
        raise RecordError(f"{where} is {given!r}: it must be a list of names")
    return tuple(given)  # type: ignore[arg-type]
