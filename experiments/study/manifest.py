"""What the folder of a study says it holds, and whether a study may go on in it.

A study may grow: more seeds, targets, policies or worlds. It may not change: neither what all its
campaigns have in common, nor what a policy or a world stands for, nor the code, libraries and
tables behind its rows, unless that is accepted.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock
from pydantic import ValidationError

from agents.files import write_whole
from knowledge.errors import RecordError
from knowledge.record import Record, content_hash

MANIFEST = "study.json"
_SHOWN = 3


class Manifest(Record):
    """What is compared. `arms` are resolved settings by policy and world, without target and seed.

    `common` are the settings that the study gives all its campaigns; `made_with` is code, libraries
    and knowledge by the name under which another may be accepted, `before` what rows were made with
    until another was.
    """

    name: str
    policies: tuple[str, ...]
    worlds: tuple[str, ...]
    targets: tuple[str, ...]
    common: dict[str, Any]
    arms: dict[str, Any]
    made_with: dict[str, str]
    before: tuple[dict[str, str], ...] = ()

    def joined(self, other: "Manifest") -> "Manifest":
        """Both together, what is there already first."""
        return self.model_copy(
            update={
                "policies": tuple(dict.fromkeys((*self.policies, *other.policies))),
                "worlds": tuple(dict.fromkeys((*self.worlds, *other.worlds))),
                "targets": tuple(dict.fromkeys((*self.targets, *other.targets))),
                "arms": {**self.arms, **other.arms},
                "made_with": other.made_with,
                "before": self._before(other),
            }
        )

    def _before(self, other: "Manifest") -> tuple[dict[str, str], ...]:
        changed = self.made_with != other.made_with
        return (*self.before, *([self.made_with] if changed else []))

    def ordered(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows target by target, world by world, policy by policy, by their seeds."""
        places = {
            "target": {name: n for n, name in enumerate(self.targets)},
            "world": {name: n for n, name in enumerate(self.worlds)},
            "policy": {name: n for n, name in enumerate(self.policies)},
        }
        keys = pd.DataFrame({c: rows[c].map(of) for c, of in places.items()})
        keys["seed"] = rows["seed"]
        return rows.loc[keys.sort_values(list(keys)).index].reset_index(drop=True)


def entered(folder: Path, now: Manifest, accept: Sequence[str]) -> Manifest:
    """Enter a study in a folder; what the folder then holds.

    Raises RecordError for a folder that holds another study, or rows that something else made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{MANIFEST}.lock"):
        there = read(folder)
        if there is None:
            if any(folder.glob("*.parquet")) or any(folder.glob("rows/*.parquet")):
                raise RecordError(
                    f"{folder} has results without a {MANIFEST}: give another study.folder"
                )
            held = now
        else:
            _check(folder, there, now, accept)
            held = there.joined(now)
        if held != there:
            write_whole(folder / MANIFEST, held.to_json() + "\n")
    return held


def read(folder: Path) -> Manifest | None:
    """What a folder says it holds; none where it says nothing. Raises RecordError if damaged."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return Manifest.from_json(text)
    except (RecordError, ValidationError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{folder / MANIFEST} is damaged: give another study.folder, or bring it back"
        ) from error


def _check(folder: Path, there: Manifest, now: Manifest, accept: Sequence[str]) -> None:
    changed = [] if there.name == now.name else [f"name {there.name}, now {now.name}"]
    changed += _changes(there.common, now.common)
    for arm in there.arms.keys() & now.arms.keys():
        changed += [f"{arm}: {c}" for c in _changes(there.arms[arm], now.arms[arm])]
    if changed:
        raise RecordError(
            f"{folder} holds another study ({_listed(changed)}): give another study.folder, or "
            "the same settings"
        )
    same = {content_hash(v): k for k, v in there.arms.items()}
    for arm, settings in now.arms.items():
        known = same.get(content_hash(settings), arm)
        if known != arm:
            raise RecordError(f"{folder} has {arm} already, as {known}: call it so")
    other = [k for k in now.made_with if there.made_with.get(k) != now.made_with[k]]
    refused = [k for k in other if k not in accept and "all" not in accept]
    if refused:
        told = [f"{k} {there.made_with.get(k)}, now {now.made_with[k]}" for k in refused]
        raise RecordError(
            f"the rows in {folder} were made with other {' and '.join(refused)} "
            f"({_listed(told)}): give another study.folder, or keep them all the same with "
            f"'accept=[{','.join(refused)}]'"
        )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    flat, now = _flat(before), _flat(after)
    return [
        f"{key} {json.dumps(flat.get(key))}, now {json.dumps(now.get(key))}"
        for key in sorted(flat.keys() | now.keys())
        if flat.get(key) != now.get(key)
    ]


def _flat(settings: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(settings, dict) or not settings:
        return {prefix: settings}
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}.{key}" if prefix else str(key))
    return flat


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return "; ".join(words[:_SHOWN]) + more
