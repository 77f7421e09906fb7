"""A study as its settings describe it: its plan, its folder, and how it is cut into jobs."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.conditions import code_version, libraries
from agents.settings_check import refusal
from experiments.study.axes import Arms, policies_of, seeds_of, targets_in, worlds_of
from experiments.study.manifest import Manifest
from experiments.study.own_code import digest_of_own_code
from experiments.study.parts import knowledge_of
from experiments.study.plan import Block, Cell, Plan
from experiments.study.related import LEAST_SHARED, related
from experiments.study.settings import (
    campaign_settings,
    check_keys,
    check_lists_alone,
    resolved,
)
from knowledge.chemistry import identity
from knowledge.errors import AthanorError
from knowledge.record import content_hash

_USUAL_SHARD, _LARGEST_SHARD, _SOME_SHARDS = 200, 10_000, 8
_SWITCHES = ("keep_journals", "again")


@dataclass(frozen=True)
class Study:
    """What is run, and where. `again`: campaigns that failed are run again."""

    folder: Path
    plan: Plan
    entry: Callable[[], Manifest]
    shard_size: int | None
    keep_journals: bool
    again: bool
    accept: tuple[str, ...]

    @cached_property
    def manifest(self) -> Manifest:
        """What is compared. Reads the tables and models that its campaigns will know."""
        return self.entry()

    @cached_property
    def shards(self) -> list[list[Block]]:
        """The blocks of each job: by default some, so that a small study uses several cores too."""
        least = math.ceil(self.plan.size / _SOME_SHARDS)
        return self.plan.shards(self.shard_size or min(_USUAL_SHARD, least))

    @property
    def journals(self) -> Path | None:
        """Where journals are kept, if they are."""
        return self.folder / "journals" if self.keep_journals else None


def study_of(overrides: Sequence[str], policies: Arms | None = None) -> Study:
    """The study that overrides of conf/study.yaml describe, of other policies if some are given.

    Raises AthanorError if it is none.
    """
    settings = resolved(tuple(overrides))
    check_keys(settings)
    own = _own(settings["study"])
    policies = policies_of(own["policies"]) if policies is None else policies
    worlds = worlds_of(own["worlds"])
    check_lists_alone(overrides, worlds, policies)
    arms = {
        (policy, world): campaign_settings(overrides, worlds[world], policies[policy])
        for world in worlds
        for policy in policies
    }
    _check_apart(arms)
    cells = _cells(arms, own["targets"], policies, worlds)
    formulas = tuple(dict.fromkeys(cell.target for cell in cells))

    def entry() -> Manifest:
        return Manifest(
            name=own["name"],
            policies=tuple(policies),
            worlds=tuple(worlds),
            targets=formulas,
            common=_common(overrides),
            arms={f"{policy} in {world}": arm for (policy, world), arm in arms.items()},
            made_with=_made_with(arms),
        )

    return Study(
        folder=Path(own["folder"]),
        plan=Plan(cells, seeds_of(own["seeds"])),
        entry=entry,
        shard_size=own["shard_size"],
        keep_journals=own["keep_journals"],
        again=own["again"],
        accept=tuple(settings["accept"]),
    )


def _own(given: Mapping[str, Any]) -> dict[str, Any]:
    own = {str(key): value for key, value in given.items()}
    for key in _SWITCHES:
        if not isinstance(own[key], bool):
            raise refusal(f"study.{key}", own[key], "true or false")
    size = own["shard_size"]
    fits = isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= _LARGEST_SHARD
    if size is not None and not fits:
        raise refusal("study.shard_size", size, f"campaigns a job, from 1 to {_LARGEST_SHARD}")
    for key in ("name", "folder"):
        if not isinstance(own[key], str) or not own[key].strip():
            raise refusal(f"study.{key}", own[key], "a name")
    if not re.fullmatch(r"\w[\w .+-]*", own["name"]):
        raise refusal("study.name", own["name"], "a name without /; study.folder says where")
    return own


def _cells(
    arms: Mapping[tuple[str, str], dict[str, Any]], targets: object, policies: Arms, worlds: Arms
) -> list[Cell]:
    """Every policy for every target in every world, target by target."""
    shares = {arm["yield_asked"] for arm in arms.values()}
    formulas = [t.formula for t in targets_in(targets, next(iter(shares)))]
    first = {arm: _before(settings.get("after"), formulas) for arm, settings in arms.items()}
    # What one policy cannot learn on, no other is tried on.
    tried = [f for f in formulas if all(of is None or f in of for of in first.values())]
    if not tried:
        raise AthanorError(
            f"study.after: none of {len(formulas)} targets has another to learn on; targets are "
            f"related when they share {LEAST_SHARED} elements beside oxygen"
        )
    cells = []
    for formula in tried:
        for world in worlds:
            for policy in policies:
                settings = dict(arms[policy, world]) | {"target": formula}
                before = first[policy, world]
                if before is not None:
                    settings["after"] = before[formula]
                cells.append(Cell(policy, formula, world, settings))
    return cells


def _before(after: object, formulas: Sequence[str]) -> Mapping[str, str] | None:
    """The target that is made before each one: as named, or the one most like it."""
    if after is None:
        return None
    if after == "related":
        return related(formulas)
    if isinstance(after, Mapping) and after:
        named = {str(target): str(first) for target, first in after.items()}
        for target, first in named.items():
            if identity(target) == identity(first):
                raise AthanorError(
                    f"study.after: {target} after {first} is the same target: it would know the "
                    "answers"
                )
        return named
    raise refusal("study.after", after, "related, or targets by target: {SrTiO3: BaTiO3}")


def _check_apart(arms: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Two names for one thing would give rows that are counted twice.

    And what is compared is asked for the same: the yield everywhere, experiments in each world.
    """
    seen: dict[str, tuple[str, str]] = {}
    (first, *_), common = arms, dict[str, Any]()
    for arm, settings in arms.items():
        terms = {
            "yield_asked": settings["yield_asked"],
            f"budget.experiments in {arm[1]}": settings["budget"]["experiments"],
            f"budget.stop_at_success in {arm[1]}": settings["budget"]["stop_at_success"],
        }
        for name, value in terms.items():
            if common.setdefault(name, value) != value:
                raise AthanorError(
                    f"{name} is {common[name]} for {first[0]} and {value} for {arm[0]} in "
                    f"{arm[1]}: what is compared has the same"
                )
        name = content_hash(settings)
        if name in seen:
            told = " and ".join(f"{policy} in {world}" for policy, world in (seen[name], arm))
            raise AthanorError(f"{told} have the same settings: leave one out")
        seen[name] = arm


def _common(overrides: Sequence[str]) -> dict[str, Any]:
    """What the study gives all campaigns, whatever its worlds and policies change."""
    base = campaign_settings(overrides, (), ())
    return {k: v for k, v in base.items() if k not in ("policy", "lab", "literature", "after")}


def _made_with(arms: Mapping[tuple[str, str], dict[str, Any]]) -> dict[str, str]:
    used = {knowledge_of(arm) for arm in arms.values()}
    versions = ",".join(f"{name} {version}" for name, version in libraries().items())
    return {
        "code": f"{code_version()}-{_study_code()}",
        "libraries": versions,
        "knowledge": content_hash(sorted(used)),
        "policies": digest_of_own_code(arms.values()),
    }


def _study_code() -> str:
    """A hash of the code that makes rows of campaigns."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:6]
