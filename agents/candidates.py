"""The recipes a policy may choose from, with what is known about each beforehand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from agents.settings_check import is_list, is_number
from knowledge.balance import amounts, precursor_sets
from knowledge.chemistry import charge_doubt, framework, identity, parse
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, NoEnergyError, RecordError, UnbalancedError
from knowledge.kinetics import PairObservation, TargetPriors, distinct, fingerprint
from knowledge.literature import FiringEstimate, Proposal, Proposer
from knowledge.reactions import Conditions, Pathway, ReactionGraph
from knowledge.recipe import HeatingStep, Recipe, Target, atmosphere
from knowledge.record import Record, content_hash
from lab import Refused
from lab.procedure import furnace_hours, procedure

_NO_PATHWAY = "no pathway"  # how the label begins that says why there is none
_LEAST_SPACING_C = 1.0  # no furnace is more exact


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
        for name, most in (("spacing_c", 2000.0), ("span_sigmas", 20.0), ("ramp_c_per_min", 1e3)):
            given = getattr(self, name)
            least = _LEAST_SPACING_C if name == "spacing_c" else 0.0
            if not (is_number(given) and least <= given <= most and given > 0):
                from_ = f"{least:g} to" if least else "above zero, at most"
                raise AthanorError(f"candidates.{name} is {given!r}: it must be {from_} {most:g}")
        most_sets = self.max_precursor_sets
        if not isinstance(most_sets, int) or isinstance(most_sets, bool) or most_sets < 1:
            raise AthanorError(
                f"candidates.max_precursor_sets is {most_sets!r}: it must be a whole number above "
                "zero"
            )
        if not is_list(self.atmospheres) or not all(isinstance(a, str) for a in self.atmospheres):
            raise AthanorError(
                f"candidates.atmospheres is {self.atmospheres!r}: give one or more, such as [air]"
            )
        if not is_list(self.hold_h) or not all(
            is_number(h) and 0 < h < np.inf for h in self.hold_h
        ):
            raise AthanorError(
                f"candidates.hold_h is {self.hold_h!r}: give one or more hours above zero, such as "
                "[4,12]"
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
    `furnace_h` is how long it keeps a furnace, cooling included; `price` what its precursors
    cost, none where the lab's books do not say.
    """

    recipe: Recipe
    pathway: Pathway
    literature_probability: float
    firing_z: float
    furnace_h: float = 0.0
    price: float | None = None

    @property
    def pathway_is_known(self) -> bool:
        """Whether the pathway is a prediction; else an energy is lacking, and it has no steps."""
        return not any(label.startswith(_NO_PATHWAY) for label in self.pathway.labels)


class Candidates(Record):
    """All candidates for one target, and what the lab would need to do more.

    `observations`: what earlier experiments have shown of pairs of solids, if anything.
    """

    target: Target
    items: tuple[Candidate, ...]
    firing: FiringEstimate
    unavailable: tuple[Proposal, ...]
    warnings: tuple[str, ...]
    knowledge: str
    observations: tuple[PairObservation, ...] = ()

    @property
    def onset_priors(self) -> TargetPriors:
        """When each pair of solids gets mobile: by rule, literature's temperature, and if seen."""
        return TargetPriors(self.firing.mean_c, self.firing.sigma_c, self.observations)

    def with_observations(self, observations: Iterable[PairObservation]) -> Self:
        """The same candidates, with what earlier experiments have shown of pairs added."""
        every = tuple(distinct([*self.observations, *observations]))
        return self.model_copy(update={"observations": every})

    @property
    def fingerprint(self) -> str:
        """Hash of the recipes and of the knowledge behind them."""
        seen = [fingerprint(self.observations)] if self.observations else []
        return content_hash([self.knowledge, [c.recipe.content_id for c in self.items], *seen])


def gather(
    target: Target,
    inventory: Sequence[str],
    check: Callable[[Recipe], None],
    energies: EnergyStack,
    proposer: Proposer,
    grid: CandidateGrid,
    price: Callable[[Recipe], float | None] = lambda _: None,
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
    fired = _recipes(target, sets[: grid.max_precursor_sets], proposer.firing(target.formula), grid)
    found = assemble(target, fired, energies, proposer, check, price)
    return found.model_copy(
        update={
            "unavailable": _unavailable(target, inventory, proposer),
            "warnings": (*found.warnings, *warnings),
        }
    )


def assemble(
    target: Target,
    recipes: Iterable[Recipe],
    energies: EnergyStack,
    proposer: Proposer,
    check: Callable[[Recipe], None] = lambda _: None,
    price: Callable[[Recipe], float | None] = lambda _: None,
) -> Candidates:
    """The recipes that `check` lets pass, each with its pathway and what literature says of it.

    A recipe whose pathway cannot be told for want of an energy is kept, with an empty pathway
    that says so. Raises what `check` raised most, or UnbalancedError, where no recipe is left.
    """
    kept, refused = _passing(recipes, check)
    if not kept:
        raise refused or UnbalancedError(
            f"no recipe for {target.formula}: widen candidates.span_sigmas or refine "
            "candidates.spacing_c"
        )
    sets = list(dict.fromkeys(tuple(r.precursors) for r in kept))
    weights = dict(zip(sets, proposer.probabilities(target.formula, sets), strict=True))
    total = sum(weights.values())
    firing = proposer.firing(target.formula)
    pathways = _Pathways(target, energies, [p for s in sets for p in s], firing.mean_c)
    items = tuple(
        Candidate(
            recipe=recipe,
            pathway=pathways.of(recipe),
            literature_probability=weights[tuple(recipe.precursors)] / total,
            firing_z=(recipe.hottest.temperature_c - firing.mean_c) / firing.sigma_c,
            furnace_h=sum(map(furnace_hours, procedure(recipe).firings)),
            price=price(recipe),
        )
        for recipe in kept
    )
    doubt = charge_doubt(target.formula)
    untold = [c.pathway.labels[0] for c in items if not c.pathway_is_known]
    labels = dict.fromkeys([*items[0].pathway.labels, *untold])
    return Candidates(
        target=target,
        items=items,
        firing=firing,
        unavailable=(),
        warnings=(*([doubt] if doubt else []), *labels),
        knowledge=knowledge_behind(energies, proposer),
    )


def knowledge_behind(energies: EnergyStack, proposer: Proposer) -> str:
    """The fingerprint of where candidates come from."""
    return f"{energies.fingerprint}-{proposer.fingerprint}"


def _passing(
    recipes: Iterable[Recipe], check: Callable[[Recipe], None]
) -> tuple[list[Recipe], AthanorError | None]:
    """Those that pass, each once, and what most of the others were refused for."""
    kept: dict[str, Recipe] = {}
    refused: dict[str, list[AthanorError]] = {}
    for recipe in recipes:
        try:
            check(recipe)
        except (Refused, RecordError) as error:  # beyond the lab, or beyond the energies
            rule = error.rule if isinstance(error, Refused) else ""
            refused.setdefault(rule, []).append(error)
        else:
            kept[recipe.content_id] = recipe
    most = max(refused.values(), key=len, default=None)
    return list(kept.values()), most[-1] if most else None


class _Pathways:
    """The reaction graph of one target, for recipes of which some may lack an energy."""

    def __init__(
        self, target: Target, energies: EnergyStack, precursors: Sequence[str], firing_c: float
    ) -> None:
        self.target, self.lacking = target, dict[str, str]()
        self._known = dict[tuple[Any, ...], Pathway]()
        for formula in dict.fromkeys([target.formula, *precursors]):
            if not framework(parse(formula)):  # as carbon: the graph scores what stays with solids
                self.lacking[formula] = f"{formula} has no element besides O, C, H and N"
                continue
            try:
                energies.energy(formula)
            except NoEnergyError as error:
                self.lacking[formula] = str(error)
        known = [p for p in precursors if p not in self.lacking]
        if target.formula not in self.lacking:
            try:
                self.graph = ReactionGraph(energies, target.formula, known, firing_c)
            except NoEnergyError as error:  # an estimate of the target, and nothing beside it
                self.lacking[target.formula] = str(error)

    def of(self, recipe: Recipe) -> Pathway:
        """The pathway at the hottest firing; one without steps where something is not known.

        How long it is held does not change it, so recipes that differ in that share one.
        """
        step = recipe.hottest
        key = tuple(recipe.precursors.items()), step.temperature_c, step.atmosphere
        if key not in self._known:
            self._known[key] = self._found(recipe, step)
        return self._known[key]

    def _found(self, recipe: Recipe, step: HeatingStep) -> Pathway:
        unknown = self.lacking.keys() & {self.target.formula, *recipe.precursors}
        if unknown:
            return self._untold(recipe, self.lacking[min(unknown)])
        try:
            conditions = Conditions(step.temperature_c, step.atmosphere)
            return self.graph.pathway(recipe.precursors, conditions)
        except RecordError as error:  # beyond the temperatures of the energies
            return self._untold(recipe, str(error))

    def _untold(self, recipe: Recipe, reason: str) -> Pathway:
        return Pathway(
            temperature_c=recipe.hottest.temperature_c,
            atmosphere=recipe.hottest.atmosphere.name,
            target=self.target.identity,
            start=dict(recipe.precursors),
            steps=(),
            final=dict(recipe.precursors),
            target_weight_fraction=0.0,
            driving_force_ev_per_atom=0.0,
            sigma_ev_per_atom=0.0,
            driving_force_left_ev_per_atom=0.0,
            labels=(f"{_NO_PATHWAY}: {reason}",),
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
        f"{missing}; add some with lab.extra_precursors=[A,B], to a bench with athanor inventory "
        f"add (in stock: {', '.join(inventory)})"
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
