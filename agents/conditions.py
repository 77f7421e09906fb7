"""Under which conditions a campaign began, and whether it may go on under those of now."""

import hashlib
import platform
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agents.journal import Event
from knowledge.errors import RecordError

# What decisions are computed with: another version may round otherwise.
_LIBRARIES = ("numpy", "scipy", "torch", "gpytorch", "botorch", "pymatgen", "scikit-learn")
# What experiments were numbered and candidates gathered by: no campaign goes on under others.
_FIXED = ("targets", "settings.target", "settings.targets", "settings.yield_asked")
_FIXED_PART = "settings.candidates."
# What follows from other conditions, and is told by them.
_FOLLOWS = ("unavailable", "candidates")
_SHOWN = 3


@lru_cache(maxsize=1)
def code_version() -> str:
    """The version of Athanor, and a hash of the code that decides, measures and records."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ("agents", "knowledge", "lab"):
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return f"{_version('athanor')}+{digest.hexdigest()[:12]}"


def libraries() -> dict[str, str]:
    """Versions of Python and of the libraries that decisions are computed with."""
    return {"python": platform.python_version()} | {n: _version(n) for n in _LIBRARIES}


def changes(
    started: Event, conditions: Mapping[str, Any], now: Mapping[str, Any], accept: Iterable[str]
) -> dict[str, Any]:
    """What is otherwise now than when the campaign began, or than accepted since, by its name.

    Raises RecordError, naming what differs, unless `accept` names it: by its whole name such as
    settings.policy.objective, a part of it from either end (policy, objective), or `all`.
    """
    before = _flat(started.payload) | dict(conditions)
    after = _flat(now)
    differing = [k for k in sorted(before.keys() | after.keys()) if before.get(k) != after.get(k)]
    fixed = [k for k in differing if k in _FIXED or k.startswith(_FIXED_PART)]
    wanted = set() if fixed else set(accept)
    refused = [k for k in differing if not (wanted & _names(k))]
    if refused:
        told = ", ".join(f"{k} {before.get(k)}, now {after.get(k)}" for k in refused[:_SHOWN])
        more = f" and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
        if fixed:
            raise RecordError(
                f"this folder holds another campaign ({told}{more}): {fixed[0]} cannot be another "
                "in one that began; give another folder with hydra.run.dir=FOLDER"
            )
        raise RecordError(
            f"this folder holds another campaign ({told}{more}): go on with the same settings, "
            "code and tables, give another folder with hydra.run.dir=FOLDER, or go on all the "
            f"same with 'accept=[{','.join(dict.fromkeys(_short(k) for k in refused))}]'"
        )
    return {k: after.get(k) for k in differing}


def _names(key: str) -> set[str]:
    """All names under which a condition may be accepted."""
    parts = key.split(".")
    spans = [(i, j) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)]
    return {"all", *(".".join(parts[i:j]) for i, j in spans)}


def _short(key: str) -> str:
    return key.removeprefix("settings.").removeprefix("code.").split(".")[0]


def _flat(payload: Any, prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted keys."""
    if not isinstance(payload, dict):
        return {prefix: payload}
    flat: dict[str, Any] = {}
    for key, value in payload.items():
        if not prefix and key in _FOLLOWS:
            continue
        flat |= _flat(value, f"{prefix}.{key}" if prefix else str(key))
    return flat


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
