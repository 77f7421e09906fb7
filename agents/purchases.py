"""Worth buying: what powders that the shelf lacks would unlock, and how much that would gain.

For each set of precursors that literature proposes and the shelf cannot make, the candidates are
gathered as if what is missing were there, and the same posterior as a campaign's gives the chance
of the best recipe left to try. So what is promised is what a campaign would say after the purchase:
powders are judged by everything that they unlock, not by that one set alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.candidates import Candidate, CandidateGrid, Candidates, gather
from agents.history import History
from agents.literature import is_odd
from agents.posterior import Posterior
from agents.stocked import Shelf, ids
from knowledge.balance import amounts
from knowledge.chemistry import identity, molar_mass_g_per_mol
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, NoEnergyError
from knowledge.kinetics import PairObservation
from knowledge.literature import Proposer
from knowledge.recipe import Recipe, Target
from lab import Refused
from lab.procedure import Bench

# Gains below a twentieth of a point are none.
LEAST_GAIN = 5e-4
_PROPOSALS = 10


@dataclass(frozen=True)
class Known:
    """What chances are judged by: as for a campaign, and what one has seen, if any has."""

    energies: EnergyStack
    proposer: Proposer
    grid: CandidateGrid = field(default_factory=CandidateGrid)
    history: History | None = None
    observations: Sequence[PairObservation] = ()


@dataclass(frozen=True)
class Promising:
    """The most promising recipe left to try of some, and its chance to reach the yield asked."""

    recipe: Recipe
    chance: float


@dataclass(frozen=True)
class Purchase:
    """Powders bought together, in grams for a batch, and what for.

    `best` is the best recipe with a powder that was bought, `gain` by how much its chance is above
    the best chance now, and `then` the best chance of all recipes after the purchase. `sets` are
    those of literature that it completes, `literature` the probability that papers would take one
    of them; where it completes none, that they would take the best recipe's.
    """

    grams: Mapping[str, float]
    sets: tuple[tuple[str, ...], ...]
    literature: float
    best: Promising
    gain: float
    then: float

    @property
    def worth_it(self) -> bool:
        """Whether it gains anything."""
        return self.gain >= LEAST_GAIN


@dataclass(frozen=True)
class Wanted:
    """What is worth buying for a target: highest gain first; `useless` says what is not, and why.

    `now` is the best that can be made of the shelf; none, and `why_none`, where nothing can.
    """

    target: Target
    now: Promising | None
    why_none: str
    purchases: tuple[Purchase, ...]
    useless: Mapping[str, str]

    @property
    def chance_now(self) -> float:
        """The best chance of success of what can be made now, 0 where nothing can."""
        return self.now.chance if self.now else 0.0


def wanted(target: Target, shelf: Shelf, known: Known, count: int = _PROPOSALS) -> Wanted:
    """What would be worth buying for a target, of the `count` sets likeliest in literature.

    Raises NoEnergyError where nothing is known of the target, FormulaError for no compound.
    """
    known.energies.require(target.formula)
    outlook, lacks = _Outlook(target, shelf, known), _lacks(target, shelf, known.proposer, count)
    now, why_none = outlook.best(())
    useless = dict[str, str]()
    found: dict[frozenset[str], Purchase] = {}
    for lack in lacks:
        doubt = _doubt(lack.grams, known.energies)
        if doubt:
            useless[_named(lack.grams)] = doubt
            continue
        powders = tuple(lack.grams)
        best = outlook.best_with(powders)
        if best is not None and (used := _used(powders, best.recipe)) != powders:
            powders = used  # the rest of it need not be bought for that
            best = outlook.best_with(powders)
        if best is None:
            useless[_named(lack.grams)] = outlook.best(powders)[1]
            continue
        then, _ = outlook.best(powders)
        assert then is not None
        gain = best.chance - (now.chance if now else 0.0)
        completed = [x for x in lacks if set(ids(x.grams)) <= set(ids(powders))]
        found[ids(powders)] = Purchase(
            grams=_grams(powders, best.recipe, completed, shelf.bench),
            sets=tuple(x.precursors for x in completed),
            literature=sum(x.probability for x in completed)
            or known.proposer.probabilities(target.formula, [tuple(best.recipe.precursors)])[0],
            best=best,
            gain=gain,
            then=then.chance,
        )
    ranked = sorted(found.values(), key=lambda p: (-round(p.gain, 4), len(p.grams), -p.literature))
    kept = [p for p in ranked if not _is_padded(p, ranked)]
    useless |= {_named(p.grams): "no better than a part of it" for p in ranked if p not in kept}
    return Wanted(target, now, why_none, tuple(kept), useless)


@dataclass(frozen=True)
class _Lack:
    """A set of literature, how likely it is, and the powders that the shelf lacks for a batch."""

    precursors: tuple[str, ...]
    probability: float
    grams: Mapping[str, float]


def _lacks(target: Target, shelf: Shelf, proposer: Proposer, count: int) -> list[_Lack]:
    """Those of the likeliest sets for which the shelf lacks anything."""
    moles = shelf.bench.batch_g / molar_mass_g_per_mol(target.formula)
    found = []
    for proposal in proposer.propose(target.formula, count):
        needed = amounts(target.formula, proposal.precursors) or {}
        masses_g = {f: n * moles * molar_mass_g_per_mol(f) for f, n in needed.items()}
        grams = shelf.missing(masses_g)
        if grams:
            found.append(_Lack(tuple(proposal.precursors), proposal.probability, grams))
    return found


def _doubt(powders: Iterable[str], energies: EnergyStack) -> str:
    """Why powders are not considered, if they are not: a campaign leaves out what has no energy."""
    for formula in powders:
        if is_odd(formula):
            return f"no common oxidation states balance in {formula}: is there such a bottle?"
        try:
            energies.energy(formula)
        except NoEnergyError:
            return f"no table has an energy of {formula}: give one with ATHANOR_ENERGIES"
    return ""


def _named(powders: Iterable[str]) -> str:
    return " + ".join(powders)


def _used(powders: Sequence[str], recipe: Recipe) -> tuple[str, ...]:
    """Those of the powders that a recipe takes."""
    return tuple(f for f in powders if identity(f) in ids(recipe.precursors))


def _grams(
    powders: Sequence[str], recipe: Recipe, completed: Sequence[_Lack], bench: Bench
) -> dict[str, float]:
    """The most of each powder that any of the recipes takes for a batch."""
    found = dict.fromkeys(powders, 0.0)
    for masses_g in (recipe.masses_g(bench.batch_g), *(lack.grams for lack in completed)):
        for formula, grams in masses_g.items():
            for powder in powders:
                if identity(powder) == identity(formula):
                    found[powder] = max(found[powder], grams)
    return found


class _Outlook:
    """What could be tried with a shelf and a purchase, and how likely it succeeds."""

    def __init__(self, target: Target, shelf: Shelf, known: Known) -> None:
        self.target, self.shelf, self.known = target, shelf, known
        self.history = known.history or History(target=target)
        self._judged: dict[tuple[str, ...], tuple[list[tuple[float, Candidate]], str]] = {}

    def best(self, bought: tuple[str, ...]) -> tuple[Promising | None, str]:
        """The best recipe left to try, or why there is none."""
        left, reason = self._left(bought)
        return _best(left), reason

    def best_with(self, bought: tuple[str, ...]) -> Promising | None:
        """The best of those recipes that need what was bought, if any."""
        left, _ = self._left(bought)
        return _best((c, x) for c, x in left if ids(bought) & ids(x.recipe.precursors))

    def _left(self, bought: tuple[str, ...]) -> tuple[list[tuple[float, Candidate]], str]:
        """Recipes not tried yet with their chances, and why those with the purchase are refused."""
        if bought not in self._judged:
            self._judged[bought] = self._judge(bought)
        return self._judged[bought]

    def _judge(self, bought: tuple[str, ...]) -> tuple[list[tuple[float, Candidate]], str]:
        new, refused = ids(bought), dict[float, str]()
        measured = {e.recipe.content_id: e.recipe for e in self.history.measured}
        formulas = self.shelf.stocked(
            (*bought, *(p for r in measured.values() for p in r.precursors))
        )

        def check(recipe: Recipe) -> None:
            if recipe.content_id in measured:  # to learn from, whatever is left of its powders
                return
            try:
                self.shelf.check(recipe, bought)
            except Refused as refusal:
                if not new or new & ids(recipe.precursors):
                    refused.setdefault(recipe.hottest.temperature_c, str(refusal))
                raise

        try:
            found = self._gathered(formulas, check)
        except AthanorError as error:
            return [], _coolest(refused) or str(error)
        chances = Posterior(found, self.history).probability.tolist()
        left = [
            (chance, candidate)
            for chance, candidate in zip(chances, found.items, strict=True)
            if candidate.recipe.content_id not in self.history.tried
        ]
        if any(not new or new & ids(c.recipe.precursors) for c in found.items):
            return left, "all that it makes possible was tried"
        return left, _coolest(refused) or "nothing balances with it"

    def _gathered(self, formulas: Sequence[str], check: Callable[[Recipe], None]) -> Candidates:
        known = self.known
        found = gather(self.target, formulas, check, known.energies, known.proposer, known.grid)
        return found.with_observations(known.observations)


def _coolest(refused: Mapping[float, str]) -> str:
    """Why the coolest recipe was refused: hotter ones are refused for their heat, too."""
    return refused[min(refused)] if refused else ""


def _best(left: Iterable[tuple[float, Candidate]]) -> Promising | None:
    """The first of the most promising."""
    best = max(left, key=lambda each: each[0], default=None)
    return None if best is None else Promising(best[1].recipe, min(best[0], 1.0))


def _is_padded(purchase: Purchase, others: Sequence[Purchase]) -> bool:
    """Whether a part of it, bought alone, does as well."""
    return any(
        ids(other.grams) < ids(purchase.grams) and purchase.gain < other.gain + LEAST_GAIN
        for other in others
    )
