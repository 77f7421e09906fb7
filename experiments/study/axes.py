"""What a study compares, as it is named: policies and worlds, targets, seeds.

    study.policies=[athanor,thermo]                    each as in conf/policy
    study.policies=[athanor:without=[literature]]      with a setting of its own; several with ;
    study.policies=[my_module.MyPolicy]                a class of your own
    study.worlds=[easy,realistic,easy:faults.overshoot=0.2]          as in conf/lab
    study.seeds=20   study.seeds=[0-9,100-149,7000]                  how many, or which

or a name for any settings of `athanor run`:

    study.policies=[thermo,{nothing read:['policy=athanor','literature=none']}]
"""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from agents.gathering import targets_of
from agents.settings_check import is_list, refusal
from knowledge.errors import AthanorError
from knowledge.recipe import Target

# Not a policy: it knows what it could only measure.
ORACLE = "oracle"
_ORACLE_SETTINGS = ("study.oracle=true",)
_MOST_SEEDS = 10_000_000
Arms = dict[str, tuple[str, ...]]


def policies_of(given: object) -> Arms:
    """The settings of each policy by its name. Raises AthanorError for what names none."""
    return _arms("study.policies", given, _policy)


def worlds_of(given: object) -> Arms:
    """The settings of each world by its name. Raises AthanorError for what names none."""
    return _arms("study.worlds", given, lambda word: _of_group("lab", *_parted(word)))


def _arms(key: str, given: object, read: Callable[[str], Sequence[str]]) -> Arms:
    asked = "a list of names, as in [athanor,thermo], or of names with settings"
    if not is_list(given):
        raise refusal(key, given, asked)
    assert isinstance(given, list)
    found: Arms = {}
    for item in given:
        if isinstance(item, Mapping) and len(item) == 1:
            name, value = next((str(k), v) for k, v in item.items())
            settings = _settings(key, name, value)
        elif isinstance(item, str) and item:
            name = item.rpartition(".")[2] if _is_class(item) else item
            settings = tuple(read(item))
        else:
            raise refusal(key, given, asked)
        if name in found:
            raise AthanorError(f"{key} names {name} twice: name each once")
        found[name] = settings
    return found


def _settings(key: str, name: str, value: object) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(w, str) and "=" in w for w in words):
        raise refusal(f"{key}.{name}", value, "a list of settings, as in [policy=athanor]")
    return tuple(words)


def _policy(word: str) -> tuple[str, ...]:
    if word == ORACLE:
        return _ORACLE_SETTINGS
    name, settings = _parted(word)
    if _is_class(word):
        own = [f"+policy.{s}" for s in settings]
        return ("policy=random", f"policy._target_={name}", *own)
    if not (files("conf") / "policy" / f"{name}.yaml").is_file():
        return ("policy=plugin", f"policy.name={name}", *(f"+policy.{s}" for s in settings))
    return _of_group("policy", name, settings)


def _of_group(group: str, name: str, settings: Sequence[str]) -> tuple[str, ...]:
    return (f"{group}={name}", *(f"{group}.{setting}" for setting in settings))


def _parted(word: str) -> tuple[str, list[str]]:
    name, _, settings = word.partition(":")
    parts = [part.strip() for part in settings.split(";") if part.strip()]
    for part in parts:
        if "=" not in part:
            raise AthanorError(f"{word}: {part} is no setting: give NAME:SETTING=VALUE")
    return name.strip(), parts


def _is_class(word: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z_]\w*(\.\w+)+", word.partition(":")[0]))


def targets_in(given: object, yield_asked: float) -> list[Target]:
    """The targets of a study: formulas, a CSV file, or the name of a table that comes with it.

    Raises AthanorError for what names no compound, or one twice.
    """
    if isinstance(given, str) and given:
        tables = {p.name.removesuffix("_targets.csv"): p for p in _tables()}
        path = tables.get(given, Path(given))
        if given not in tables and path.suffix != ".csv":
            raise AthanorError(
                f"study.targets is {given!r}: give formulas, [BaTiO3,SrTiO3], a CSV file with a "
                f"column `target`, or one of {', '.join(sorted(tables))}"
            )
        return targets_of(None, str(path), yield_asked)
    if not is_list(given):
        raise refusal("study.targets", given, "formulas, as in [BaTiO3,SrTiO3], or a CSV file")
    found = targets_of(None, [str(f) for f in given], yield_asked)  # type: ignore[attr-defined]
    if len(found) < len(given):  # type: ignore[arg-type]
        raise AthanorError("study.targets names a compound twice: name each once")
    return found


def _tables() -> list[Path]:
    return sorted(Path(str(files("experiments") / "data")).glob("*_targets.csv"))


def seeds_of(given: object) -> list[int]:
    """The seeds, in order: so many from 0, or those of a list of numbers and ranges (10-19).

    Raises AthanorError for seeds that overlap, and for what are none.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        if not 1 <= given <= _MOST_SEEDS:
            raise refusal("study.seeds", given, f"a count from 1 to {_MOST_SEEDS:,}, or a list")
        return list(range(given))
    words = re.split(r"\s*,\s*", given) if isinstance(given, str) else given
    if not is_list(words):
        raise refusal("study.seeds", given, "a count, as in 20, or a list, as in [0-9,100-149]")
    spans = sorted(_span(word) for word in words)  # type: ignore[attr-defined]
    for (first, last), (next_, end) in pairwise(spans):
        if next_ <= last:
            raise AthanorError(
                f"study.seeds overlap: {_told(first, last)} and {_told(next_, end)} share "
                f"{_told(next_, min(last, end))}; name each seed once"
            )
    if sum(last - first + 1 for first, last in spans) > _MOST_SEEDS:
        raise refusal("study.seeds", given, f"at most {_MOST_SEEDS:,} seeds")
    return [seed for first, last in spans for seed in range(first, last + 1)]


def _span(word: object) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,15})(?:\s*-\s*(\d{1,15}))?", str(word).strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last or isinstance(word, bool):
        raise refusal("study.seeds", word, "numbers and ranges from 0 on, as in [0-9,100-149]")
    return first, last


def _told(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
