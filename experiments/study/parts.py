"""The settings of a cell as objects. What does not depend on the seed is made once a process.

Energies, the literature model and gathered candidates take seconds; a world takes milliseconds.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from hydra.errors import HydraException
from hydra.utils import get_class, instantiate

from agents.budget import Budget
from agents.candidates import CandidateGrid, Candidates, gather, knowledge_behind
from agents.one_line import in_one_line
from agents.past.published import EMBEDDED, embedded_table
from agents.past.tables import Table, candidates_of, permuted, read_table
from agents.policies import Policy
from agents.policies.registry import made
from agents.settings_check import check_part, refusal
from agents.workplace import Workplace
from experiments.checks.own_code import own
from experiments.study.plan import Cell
from experiments.subset_replays import part_of
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError
from knowledge.literature import Proposer
from knowledge.recipe import Target
from knowledge.record import canonical_json
from lab import Lab
from lab.recorded import RecordedLab
from lab.simulated import SimulatedLab
from lab.wrapped import Wrapped

Settings = Mapping[str, Any]
# What of a lab no recipe and no limit depends on: what happens in it, and what it is called.
_HAPPENS = ("world", "measurement", "faults", "name", "seed", "polls_until_done", "batch_wait_h")

_KINDS: Mapping[str, type] = {"energies": EnergyStack, "candidates": CandidateGrid}


class Setting(Protocol):
    """Where campaigns of a cell take place: a lab and candidates for each seed."""

    def lab(self, seed: int) -> Lab:
        """A lab in which nothing was done yet."""

    def candidates(self, formula: str, seed: int) -> Candidates:
        """What an agent may choose from. Raises AthanorError where there is nothing."""


@dataclass(frozen=True)
class Simulated:
    """Labs in the worlds of seeds."""

    settings: Settings

    def lab(self, seed: int) -> Lab:
        """A lab in the world of a seed."""
        return _lab_maker(canonical_json(self.settings["lab"]), _energies_json(self.settings))(seed)

    def candidates(self, formula: str, seed: int) -> Candidates:  # noqa: ARG002  the same in all
        """What an agent knows beforehand: the same in all worlds."""
        kept = {k: self.settings[k] for k in ("energies", "literature", "candidates")}
        kept["lab"] = _without_chance(self.settings["lab"])
        kept["target"] = [formula, self.settings["yield_asked"]]
        return _gathered(canonical_json(kept))


@dataclass(frozen=True)
class Recorded:
    """A table of past syntheses: the same for all seeds, unless they vary it."""

    settings: Settings

    def lab(self, seed: int) -> Lab:
        """A lab that answers from the table."""
        return RecordedLab(self._table(seed).results)

    def candidates(self, formula: str, seed: int) -> Candidates:  # noqa: ARG002  that of the table
        """The recipes of the table."""
        table = self._table(seed)
        kept = {k: self.settings[k] for k in ("energies", "literature")}
        if self.settings.get("vary") == "names":
            return candidates_of(table, _part("energies", kept), _part("literature", kept))
        known = _tabulated(canonical_json({**kept, "table": self._named()}))
        measured = {r.recipe.content_id for r in table.results}
        items = tuple(c for c in known.items if c.recipe.content_id in measured)
        return (
            known if len(items) == len(known.items) else known.model_copy(update={"items": items})
        )

    def _table(self, seed: int) -> Table:
        whole = _read(*self._named())
        match self.settings.get("vary"):
            case None:
                return whole
            case "names":
                return permuted(whole, seed)
            case "parts":
                return part_of(whole, seed + 1)
            case other:
                raise refusal("study.vary", other, "names or parts")

    def _named(self) -> tuple[str, float, str]:
        return (
            str(self.settings["table"]),
            float(self.settings["yield_asked"]),
            str(self.settings["target"]),
        )


@dataclass(frozen=True)
class Parts:
    """What the campaigns of a cell are made of. No policy: the limit of what could be had.

    `learns_on` is the target that the same agent makes first, in the same world, if there is one.
    """

    cell: Cell
    setting: Setting
    budget: Budget
    policy: Callable[..., Policy] | None
    learns_on: str | None = None

    @property
    def same_for_all_seeds(self) -> bool:
        """Whether there is no chance in it: neither in the policy nor in what it meets."""
        settings = self.cell.settings
        fixed = bool(settings.get("table")) and not settings.get("vary")
        return fixed and (self.policy is None or self._is_deterministic)

    @property
    def _is_deterministic(self) -> bool:
        kind = getattr(self.policy, "func", self.policy)
        return bool(getattr(kind, "deterministic", False))

    def make(self, candidates: Candidates, seed: int) -> Policy:
        """The policy for candidates."""
        assert self.policy is not None
        return made(self.policy, candidates, seed=seed)


def parts_of(cell: Cell) -> Parts:
    """The parts of a cell. Raises AthanorError, in one line, for one that cannot be made."""
    settings = cell.settings
    setting: Setting = Recorded(settings) if settings.get("table") else Simulated(settings)
    policy = None if settings.get("oracle") else _made("policy", settings["policy"])
    budget = _made("budget", settings["budget"], Budget)
    return Parts(cell, setting, budget, policy, settings.get("after"))


def knowledge_of(settings: Settings) -> str:
    """What the campaigns of a cell know beforehand, as a hash of tables and models."""
    return knowledge_behind(_part("energies", settings), _part("literature", settings))


def _made(name: str, settings: Any, kind: type | None = None) -> Any:
    try:
        found = instantiate(settings, _convert_="all")  # lists of parts stay parts
    except HydraException as error:
        if name == "policy":
            own(str(settings["_target_"]))  # tells better why a class of one's own cannot be had
        raise in_one_line(error, ", study.*") from error
    if kind is not None:
        check_part(name, found, kind)
    return found


@lru_cache(maxsize=32)
def _shared(name: str, settings: str) -> Any:
    """A part that many cells have in common."""
    found = _made(name, json.loads(settings), _KINDS.get(name))
    # Asking whether it is a Proposer would work out its fingerprint, which takes a second.
    if name == "literature" and not hasattr(type(found), "probabilities"):
        check_part(name, found, Proposer)
    return found


def _part(name: str, settings: Settings) -> Any:
    return _shared(name, canonical_json(settings[name]))


def _energies_json(settings: Settings) -> str:
    return canonical_json(settings["energies"])


@lru_cache(maxsize=64)
def _lab_maker(lab: str, energies: str) -> Callable[[int], Lab]:
    """What makes the lab of these settings in the world of a seed.

    Raises AthanorError for a lab that is not simulated: a study has nobody to wait for.
    """
    settings = json.loads(lab)
    kind = get_class(settings["_target_"])
    if issubclass(kind, Wrapped):
        inner = _lab_maker(canonical_json(settings["lab"]), energies)
        changes = _made("lab.changes", settings["changes"])
        name = settings.get("name")
        return lambda seed: kind(inner(seed), changes, seed=seed, name=name)
    if not issubclass(kind, SimulatedLab):
        raise AthanorError(
            f"lab={settings.get('name', kind.__name__)}: a study runs in simulated labs (easy, "
            "simulated, realistic, hostile, noisy) or in a table of the past (study.table=ybco)"
        )
    shared = _shared("energies", energies)
    parts = {
        key: _made(f"lab.{key}", value) if isinstance(value, dict) else value
        for key, value in settings.items()
        if key not in ("_target_", "_convert_", "world_seed", "energies")
    }
    return lambda seed: kind(seed, energies=shared, **parts)


def _without_chance(lab: Settings) -> dict[str, Any]:
    """The settings that say what may be fired."""
    kept = {k: v for k, v in lab.items() if k not in _HAPPENS}
    return {k: _without_chance(v) if k == "lab" else v for k, v in kept.items()}


@lru_cache(maxsize=4)  # a study goes target by target, and candidates are large
def _gathered(settings: str) -> Candidates:
    given = json.loads(settings)
    energies = _part("energies", given)
    # A lab of those limits, in whatever world: it is only asked what it has and would fire.
    lab = _lab_maker(canonical_json(given["lab"]), canonical_json(given["energies"]))(0)
    formula, share = given["target"]
    return gather(
        Target(formula=formula, yield_asked=share),
        lab.inventory,
        lab.check,
        energies,
        _part("literature", given),
        _part("candidates", given),
        Workplace.of(lab).price,
    )


@lru_cache(maxsize=8)
def _tabulated(settings: str) -> Candidates:
    given = json.loads(settings)
    table = _read(*given["table"])
    return candidates_of(table, _part("energies", given), _part("literature", given))


@lru_cache(maxsize=8)
def _read(name: str, yield_asked: float, formula: str) -> Table:
    """A table by its name or file. Raises AthanorError where it is none of the target."""
    if name in EMBEDDED:
        table = embedded_table(name, yield_asked)
        if Target(formula=formula).identity != table.target.identity:
            raise AthanorError(
                f"study.table={name} is of {table.target.formula}, not {formula}: give "
                f"study.targets=[{table.target.formula}]"
            )
        return table
    if not Path(name).is_file():
        raise AthanorError(
            f"study.table is {name!r}: there is no such file; give one, or {', '.join(EMBEDDED)}"
        )
    return read_table(Path(name), Target(formula=formula, yield_asked=yield_asked))
