"""What pairwise reactions that were seen before would make of a mixture not tried yet.

Mixtures are moles of solids by identity. Amounts follow from the elements that stay in a furnace;
gases come and go. As in ARROWS3 (Szymanski et al., Nat. Commun. 14, 6956 (2023)), nothing is
predicted of a mixture until each of its pairs was seen, to react or not to, and it is clear which
of them is the first: that A reacts with B beside C does not mean that it does beside D.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from knowledge.balance import amounts
from knowledge.chemistry import framework, identity, molar_mass_g_per_mol, parse
from knowledge.kinetics import PairObservation
from knowledge.reactions.interface import reaction_of
from knowledge.reactions.phases import PhaseSet

Mixture = Mapping[str, float]
# Reactions of one mixture that are followed; longer sequences run in circles.
_MOST_STEPS = 50
_SPENT = 1e-9
# Two powders are the same where no weight fraction differs by more (as in the code of ARROWS3).
SAME_WITHIN = 0.1


@dataclass(frozen=True, eq=False)
class KnownReaction:
    """A pairwise reaction that was seen: moles used and made, and the lowest temperature of it."""

    used: Mapping[str, float]
    made: Mapping[str, float]
    seen_at_c: float

    def __str__(self) -> str:
        return f"{' + '.join(self.used)} -> {' + '.join(self.made)}"


def mixture_of(precursors: Mapping[str, float]) -> dict[str, float]:
    """Moles of solids by identity, from moles of formulas as written; carbon goes with the gas."""
    mixture: dict[str, float] = defaultdict(float)
    for formula, moles in precursors.items():
        if not _framework_atoms(formula):
            continue
        name = identity(formula)
        mixture[name] += moles * _framework_atoms(formula) / _framework_atoms(name)
    return dict(mixture)


def weight_fractions(mixture: Mixture) -> dict[str, float]:
    """Weight fraction of each solid, 0 to 1."""
    masses = {f: n * molar_mass_g_per_mol(f) for f, n in mixture.items()}
    total = sum(masses.values())
    return {f: m / total for f, m in masses.items()}


def same_powder(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two powders, as weight fractions, hold the same phases in about the same shares."""
    return one.keys() == other.keys() and all(
        abs(x - other[f]) <= SAME_WITHIN for f, x in one.items()
    )


def driving_force_to(phases: PhaseSet, mixture: Mixture, target: str) -> float | None:
    """Negative Gibbs energy change, eV/atom, of a mixture that becomes all target.

    None where a solid has no energy. Zero for the target itself.
    """
    if not {*mixture, target} <= phases.index.keys():
        return None
    row, change = phases.find(target), np.zeros(len(phases.phases))
    for formula, moles in mixture.items():
        atoms = moles * _framework_atoms(formula)
        change[phases.find(formula)] -= atoms / phases.framework_atoms[phases.find(formula)]
    change[row] += -float(change @ phases.framework_atoms) / phases.framework_atoms[row]
    if np.abs(change).max() <= _SPENT:
        return 0.0
    return reaction_of(phases, change).driving_force_ev_per_atom


@dataclass(frozen=True, eq=False)
class Known:
    """What was seen in one atmosphere: the reactions, coolest first, and every pair looked at."""

    reactions: tuple[KnownReaction, ...]
    pairs: frozenset[tuple[str, ...]]

    @classmethod
    def of(
        cls, observations: Iterable[PairObservation], atmosphere: str, phases: PhaseSet
    ) -> "Known":
        """From observations in any order.

        A pair that gave different solids at different times gives what it gave coolest. No
        reaction is what was seen not to happen, there or hotter, as often as to happen; what does
        not balance; and what has a solid without an energy among the phases.
        """
        by_pair: dict[tuple[str, ...], list[PairObservation]] = defaultdict(list)
        for each in observations:
            if each.atmosphere == atmosphere:
                by_pair[each.pair].append(each)
        found = [r for seen in by_pair.values() if (r := _coolest(seen, phases)) is not None]
        ordered = sorted(found, key=lambda r: (r.seen_at_c, str(r)))
        return cls(tuple(ordered), frozenset(by_pair))

    def unknown_pairs(self, mixture: Mixture) -> int:
        """How many pairs of solids in a mixture nobody has looked at."""
        return sum(pair not in self.pairs for pair in combinations(sorted(mixture), 2))

    def first(self, mixture: Mixture, temperature_c: float) -> KnownReaction | None:
        """What reacts first by a temperature; none where nothing does, or where it is not clear.

        Clear it is when all pairs are known and no other reaction, seen at the same temperature,
        takes the same solid.
        """
        if self.unknown_pairs(mixture):
            return None
        able = [
            r
            for r in self.reactions
            if r.seen_at_c <= temperature_c and r.used.keys() <= mixture.keys()
        ]
        rivals = [
            r for r in able[1:] if r.seen_at_c == able[0].seen_at_c and r.used.keys() & able[0].used
        ]
        return able[0] if able and not rivals else None

    def evolved(
        self, mixture: Mixture, temperature_c: float, before: str | None = None
    ) -> tuple[dict[str, float], tuple[KnownReaction, ...]]:
        """The mixture once known reactions have run by a temperature, and those that did.

        One after the other, each until a reactant is used up. `before` names a solid at whose
        forming reaction to stop, without it.
        """
        left, ran = dict(mixture), list[KnownReaction]()
        while len(ran) < _MOST_STEPS:
            following = self.first(left, temperature_c)
            if following is None or before in following.made:
                break
            ran.append(following)
            left = _run(left, following)
        return left, tuple(dict.fromkeys(ran))


def _coolest(seen: Sequence[PairObservation], phases: PhaseSet) -> KnownReaction | None:
    for each in sorted((o for o in seen if o.reacted), key=lambda o: (o.temperature_c, o.doubt)):
        for_it = sum(
            _weight(o) for o in seen if o.reacted and o.temperature_c <= each.temperature_c
        )
        against = sum(
            _weight(o) for o in seen if not o.reacted and o.temperature_c >= each.temperature_c
        )
        if for_it <= against or not each.products:
            continue
        first, *others = each.products
        moles = amounts(first, each.pair, others)
        if moles is None:
            continue
        used = {f: moles[f] for f in each.pair}
        made = {first: 1.0} | {f: moles[f] for f in others}
        if all(identity(f) in phases.index for f in (*used, *made)):
            return KnownReaction(used, made, each.temperature_c)
    return None


def _weight(observation: PairObservation) -> float:
    """How much an observation says: the logarithm of the odds that it is right."""
    return math.log((1 - observation.doubt) / observation.doubt)


def _run(mixture: Mixture, reaction: KnownReaction) -> dict[str, float]:
    """The mixture once the reaction has used up its scarcer reactant."""
    extent = min(mixture[f] / n for f, n in reaction.used.items())
    left = dict(mixture)
    for formula, moles in reaction.used.items():
        left[formula] -= extent * moles
    for formula, moles in reaction.made.items():
        left[formula] = left.get(formula, 0.0) + extent * moles
    least = _SPENT * sum(mixture.values())
    return {f: n for f, n in left.items() if n > least}


def _framework_atoms(formula: str) -> float:
    return float(sum(framework(parse(formula)).values()))
