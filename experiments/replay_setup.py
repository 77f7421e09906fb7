"""What a replay of a table is made of: its settings, the table, and each seed's case."""

import inspect
from dataclasses import dataclass, replace
from pathlib import Path

from agents.candidates import Candidates
from agents.past.tables import Table, candidates_of, permuted, read_table
from agents.policies.registry import policy_class
from agents.replay import Truth
from experiments.contenders import Contender
from knowledge.energies import default_energies
from knowledge.errors import AthanorError
from knowledge.literature import (
    Proposer,
    UninformedProposer,
    frequency_proposer,
    literature_model,
)
from knowledge.recipe import Target
from lab.recorded import Missing, RecordedLab

LITERATURE = ("model", "none", "frequency")
DEFAULT_POLICIES = "random,hottest,literature,thermo,arrows,genetic,gp,forest,athanor"


@dataclass(frozen=True)
class Setup:
    """The settings of a replay. `success` is in percent by weight; seeds are 0 to seeds - 1."""

    table: Path
    target: str
    policies: tuple[Contender, ...]
    success: float = 99.5
    seeds: int = 50
    literature: str = LITERATURE[0]
    permuted: bool = False
    missing: Missing = "refuse"
    batch: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.success <= 100:
            raise AthanorError(
                f"--success is {self.success:g}: give percent by weight above 0, to 100"
            )
        for name in ("seeds", "batch"):
            if getattr(self, name) < 1:
                raise AthanorError(f"--{name} is {getattr(self, name)}: it must be above zero")


def with_settings(
    policies: list[Contender], objective: str | None, without: tuple[str, ...]
) -> tuple[Contender, ...]:
    """The policies, those that have an objective or sources of knowledge with these.

    Raises AthanorError for a setting that no policy takes.
    """
    given = {"objective": objective} if objective is not None else {}
    settings = given | ({"without": without} if without else {})
    takes = {p.name: set(inspect.signature(policy_class(p.name)).parameters) for p in policies}
    for name in settings:
        if not any(name in taken for taken in takes.values()):
            raise AthanorError(
                f"--{name}: none of {', '.join(c.name for c in policies)} takes it; it is for "
                "athanor"
            )
    changed = []
    for policy in policies:
        more = {k: v for k, v in settings.items() if k in takes[policy.name]}
        own = dict(policy.settings)  # what its label says stands above what is said for all
        changed.append(replace(policy, settings=tuple(sorted((more | own).items()))))
    return tuple(changed)


def table_of(setup: Setup) -> Table:
    """The table, with the yield that counts as success."""
    return read_table(setup.table, Target(formula=setup.target, yield_asked=setup.success / 100))


def knowledge_of(setup: Setup, table: Table) -> Candidates:
    """Every recipe that a policy may choose with any seed, and what is known of it beforehand."""
    beyond = setup.missing == "nearest"
    shuffled = [permuted(table, seed) for seed in range(setup.seeds)] if setup.permuted else []
    also = (r.recipe for other in shuffled for r in other.results)
    return candidates_of(table, default_energies(), _proposer(setup.literature), beyond, also)


def _proposer(name: str) -> Proposer:
    if name == "none":
        return UninformedProposer()
    return frequency_proposer() if name == "frequency" else literature_model()


@dataclass(frozen=True)
class Case:
    """What one replay has: the candidates for the policy, the results for the lab, the truth."""

    candidates: Candidates
    table: Table
    truth: Truth
    missing: Missing

    def lab(self) -> RecordedLab:
        """A lab with these results, in which nothing was done yet."""
        return RecordedLab(self.table.results, self.missing)


def case_of(setup: Setup, table: Table, known: Candidates, seed: int) -> Case:
    """The case of a seed: the same for all seeds, unless names are permuted."""
    if setup.permuted:
        table = permuted(table, seed)
    if setup.permuted and setup.missing == "refuse":
        measured = {r.recipe.content_id for r in table.results}
        items = tuple(c for c in known.items if c.recipe.content_id in measured)
        known = known.model_copy(update={"items": items})
    return Case(known, table, Truth(table.yields(), table.target.yield_asked), setup.missing)
