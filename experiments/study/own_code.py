"""The code of policies that are not part of Athanor, told from what it was when rows were made."""

import hashlib
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agents.policies.registry import GROUP

_OURS = ("agents", "experiments", "knowledge", "lab", "hydra")


def digest_of_own_code(arms: Iterable[Mapping[str, Any]]) -> str:
    """A hash of all source files of the packages that policies come from; `none` without any."""
    packages = {p for arm in arms for p in [_package(arm.get("policy") or {})] if p}
    digest = hashlib.sha256()
    for package in sorted(packages):
        for path in _sources(package):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12] if packages else "none"


def _package(policy: Mapping[str, Any]) -> str | None:
    """The package, or module, that a policy comes from, if it is none of ours."""
    where = str(policy.get("_target_", ""))
    if where.endswith(".named_policy"):
        added = {e.name: e for e in entry_points(group=GROUP)}
        entry: EntryPoint | None = added.get(str(policy.get("name")))
        where = entry.module if entry else ""
    package = where.partition(".")[0]
    return package if package and package not in _OURS else None


def _sources(package: str) -> list[Path]:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    folders = [Path(f) for f in spec.submodule_search_locations or ()]
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return files or ([Path(spec.origin)] if spec.origin and Path(spec.origin).is_file() else [])
