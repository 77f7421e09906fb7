"""The recipes a policy may choose from, with what is known about each beforehand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.balance import amounts, precursor_sets
from knowledge.chemistry import charge_doubt, framework, identity, parse
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, NoEnergyError, RecordError, UnbalancedError
from knowledge.kinetics import TargetPriors
from knowledge.literature import FiringEstimate, Proposal, Proposer
from knowledge.reactions import Conditions, Pathway, ReactionGraph
from knowledge.recipe import HeatingStep, Recipe, Target, atmosphere
from knowledge.record import Record, content_hash
from lab import Refused


@dataclass(frozen=True)
class CandidateGrid:
    """Which conditions are tried with each precursor set.

    Temperatures lie `spacing_c` apart within `span_sigmas` of what literature would fire at, and
    within what the lab allows. At most `max_precursor_sets` sets are kept, likeliest first.
    """

    spacing_c: float = 50.0
    span_sigmas: float = 2.0
    hold_h: Sequence[float] = (4.0, 12.0)
    atmospheres: Sequence[str] = ("air",)
    ramp_c_per_min: float = 5.0
    max_precursor_sets: int = 40

    def __post_init__(self) -> None:
        for name in ("spacing_c", "span_sigmas", "ramp_c_per_min", "max_precursor_sets"):
            if not getattr(self, name) > 0:
                raise AthanorError(
                    f"candidates.{name} is {getattr(self, name)}: it must be above zero"
                )
        if not isinstance(self.max_precursor_sets, int):
            raise AthanorError(
                f"candidates.max_precursor_sets is {self.max_precursor_sets}: it must be whole"
            )
        if not self.atmospheres:
            raise AthanorError("candidates.atmospheres is empty: give one or more, such as [air]")
        if not self.hold_h or not all(h > 0 for h in self.hold_h):
            raise AthanorError(
                f"candidates.hold_h is {list(self.hold_h)}: give one or more hours above zero"
            )

    def temperatures_c(self, firing: FiringEstimate) -> list[float]:
        """The grid of temperatures, coolest first."""
        low = firing.mean_c - self.span_sigmas * firing.sigma_c
        high = firing.mean_c + self.span_sigmas * firing.sigma_c
        first, last = np.ceil(low / self.spacing_c), np.floor(high / self.spacing_c)
        return [float(k * self.spacing_c) for k in np.arange(first, last + 1)]


class Candidate(Record):
    """A recipe, the pathway it would take, and what literature says of it.

    `literature_probability` is that of its precursor set among the sets at hand, and
    `firing_z` its temperature in standard deviations from what literature would fire at.
    """

    recipe: Recipe
    pathway: Pathway
    literature_probability: float
    firing_z: float


class Candidates(Record):
    """All candidates for one target, and what the lab would need to do more."""

    target: Target
    items: tuple[Candidate, ...]
    firing: FiringEstimate
    unavailable: tuple[Proposal, ...]
    warnings: tuple[str, ...]
    knowledge: str

    @property
    def onset_priors(self) -> TargetPriors:
        """When each pair of solids gets mobile: by rule, and by literature's temperature."""
        return TargetPriors(self.firing.mean_c, self.firing.sigma_c)

    @property
    def fingerprint(self) -> str:
        """Hash of the recipes and of the knowledge behind them."""
        return content_hash([self.knowledge, [c.recipe.content_id for c in self.items]])


def gather(
    target: Target,
    inventory: Sequence[str],
    check: Callable[[Recipe], None],
    energies: EnergyStack,
    proposer: Proposer,
    grid: CandidateGrid,
) -> Candidates:
    """Every balanced recipe from the inventory that the lab would run, with its pathway.

    Raises NoEnergyError or UnbalancedError where there is none to be had, saying why.
    """
    energies.require(target.formula)
    sets, warnings = _with_energies(_sets(target, inventory), energies)
    if not sets:
        raise NoEnergyError(warnings[0])
    weights = dict(zip(sets, proposer.probabilities(target.formula, sets), strict=True))
    sets.sort(key=lambda s: (-weights[s], s))
    sets = sets[: grid.max_precursor_sets]
    total = sum(weights[s] for s in sets)

    doubt = charge_doubt(target.formula)
    firing = proposer.firing(target.formula)
    used = [p for s in sets for p in s]
    graph = ReactionGraph(energies, target.formula, used, firing.mean_c)
    items: list[Candidate] = []
    refused: AthanorError | None = None
    for recipe in _recipes(target, sets, firing, grid):
        step = recipe.hottest
        try:
            check(recipe)
            conditions = Conditions(step.temperature_c, step.atmosphere)
            pathway = graph.pathway(recipe.precursors, conditions)
        except (Refused, RecordError) as error:  # beyond the lab, or beyond the energies
            refused = error
            continue
        items.append(
            Candidate(
                recipe=recipe,
                pathway=pathway,
                literature_probability=weights[tuple(recipe.precursors)] / total,
                firing_z=(step.temperature_c - firing.mean_c) / firing.sigma_c,
            )
        )
    if not items:
        raise refused or UnbalancedError(
            f"no temperature for {target.formula}: widen candidates.span_sigmas or refine "
            "candidates.spacing_c"
        )
    return Candidates(
        target=target,
        items=tuple(items),
        firing=firing,
        unavailable=_unavailable(target, inventory, proposer),
        warnings=(*([doubt] if doubt else []), *warnings, *items[0].pathway.labels),
        knowledge=f"{energies.fingerprint}-{proposer.fingerprint}",
    )


def _sets(target: Target, inventory: Sequence[str]) -> list[tuple[str, ...]]:
    sets = precursor_sets(target.formula, inventory)
    if sets:
        return sets
    needed = set(framework(parse(target.formula)))
    held = {
        e
        for p in inventory
        if set(framework(parse(p))) <= needed and identity(p) != target.identity
        for e in framework(parse(p))
    }
    missing = ", ".join(sorted(needed - held)) or "the right ratio of elements"
    raise UnbalancedError(
        f"no precursors in the inventory balance to {target.formula}: nothing there brings "
        f"{missing}; add some with 'lab.extra_precursors=[A,B]' (in stock: "
        f"{', '.join(inventory)})"
    )


def _with_energies(
    sets: Iterable[tuple[str, ...]], energies: EnergyStack
) -> tuple[list[tuple[str, ...]], list[str]]:
    """The sets all of whose precursors have an energy, and a warning for each that has none."""
    lacking: dict[str, str] = {}
    kept = []
    for precursors in sets:
        for formula in precursors:
            try:
                energies.energy(formula)
            except NoEnergyError as error:
                lacking[formula] = str(error)
        if not lacking.keys() & set(precursors):
            kept.append(precursors)
    return kept, [f"left out {formula}: {reason}" for formula, reason in lacking.items()]


def _recipes(
    target: Target, sets: Sequence[tuple[str, ...]], firing: FiringEstimate, grid: CandidateGrid
) -> Iterable[Recipe]:
    gases = [atmosphere(name) for name in grid.atmospheres]
    for precursors in sets:
        for temperature_c in grid.temperatures_c(firing):
            for hold_h in grid.hold_h:
                for gas in gases:
                    step = HeatingStep(
                        temperature_c=temperature_c,
                        hold_h=hold_h,
                        ramp_c_per_min=grid.ramp_c_per_min,
                        atmosphere=gas,
                    )
                    yield Recipe.balanced(target, precursors, (step,))


def _unavailable(
    target: Target, inventory: Sequence[str], proposer: Proposer
) -> tuple[Proposal, ...]:
    """What literature would use and the lab lacks: worth buying."""
    held = {identity(p) for p in inventory}
    return tuple(
        p
        for p in proposer.propose(target.formula, 10)
        if not {identity(f) for f in p.precursors} <= held
        and amounts(target.formula, p.precursors) is not None
    )
