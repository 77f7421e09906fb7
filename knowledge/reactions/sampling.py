"""Pathways as a distribution: many draws of what is uncertain, all walked at once.

Each sample has energies of its own, with their correlated errors, and a mobility of its own. In
each, the pair with the largest driving force among those that are mobile reacts until one of the
two runs out, then the next; a heating profile is walked stage by stage, each from what the last
one left. Samples that hold the same phases are treated together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from knowledge.balance import gas_balance
from knowledge.chemistry import VOLATILE_ELEMENTS, identity, molecular_groups, parse
from knowledge.reactions.entries import Vector
from knowledge.reactions.phases import PhaseSet
from knowledge.reactions.programme import Indices, InterfaceProgramme, Vertex, groups

# A reaction weaker than this does not run: a tenth of kT at room temperature.
MIN_DRIVING_FORCE_EV_PER_ATOM = 0.002
MAX_STEPS = 30
_SPENT = 1e-9

# A reaction that was seen runs, even where its energy says it should not.
_SEEN_EV_PER_ATOM = 2 * MIN_DRIVING_FORCE_EV_PER_ATOM
# Places of vertices that make only what was seen count down from here.
_OF_SEEN = -2

Mobile = Callable[[tuple[str, ...]], float]
# Products that a pair was seen to give, and how far they are trusted, 0 to 1; or nothing.
Seen = Callable[[tuple[str, ...]], tuple[tuple[str, ...], float] | None]


@dataclass(eq=False)
class Walk:
    """Where all samples stand. Arrays over samples come first in every shape.

    `moles`: of each phase, shape (samples, phases). `formed`: phases that were ever made.
    `force_left_ev_per_atom`: driving force of the first step that made the target; zero where none
    did. `steps`: the reactions of each sample in order, as keys of `reactions`.
    """

    moles: Vector
    formed: NDArray[np.bool_]
    force_left_ev_per_atom: Vector
    steps: list[list[int]]
    reactions: list[tuple[PhaseSet, Vector]]
    whole: float  # moles at the start

    @classmethod
    def of(cls, start: Vector, samples: int) -> "Walk":
        """All samples at the same start, moles of each phase. shape of start: (phases,)."""
        return cls(
            moles=np.tile(start, (samples, 1)),
            formed=np.zeros((samples, len(start)), dtype=bool),
            force_left_ev_per_atom=np.zeros(samples),
            steps=[[] for _ in range(samples)],
            reactions=[],
            whole=float(start.sum()),
        )


class Stage:
    """One temperature and gas of a heating profile: the energies of all samples there."""

    def __init__(
        self,
        phases: PhaseSet,
        potential: Vector,
        programme: InterfaceProgramme,
        seen: Seen | None = None,
        trust: Vector | None = None,
    ) -> None:
        """`potential`: grand potentials per framework atom, shape (phases, samples).

        Where `seen` trusts products more than a sample's `trust` (0 to 1, shape (samples,)), the
        pair gives these in it, whatever the energies say.
        """
        self._phases, self._potential, self._programme = phases, potential, programme
        self._seen = seen
        self._trust = np.ones(potential.shape[1]) if trust is None else trust
        self._content = _volatile_content(phases)
        self._forces: dict[tuple[int, int], Vector] = {}
        self._places: dict[tuple[int, int], Indices] = {}
        self._vertices: dict[tuple[int, int], list[Vertex]] = {}
        self._seen_vertices: dict[tuple[int, int], list[Vertex]] = {}
        self._atoms: dict[tuple[int, int, int], float] = {}
        self._known: dict[bytes, int] = {}

    def walk(self, walk: Walk, target: int, mobile: Mobile, luck: Vector) -> None:
        """Let every sample react until nothing mobile has a driving force left.

        `mobile`: probability that a pair of formulas is mobile here. `luck`: one number between 0
        and 1 a sample; pairs whose probability is above it are mobile, so that what makes one
        pair slow makes its neighbours slow.
        """
        samples = np.arange(len(walk.moles))
        chances: dict[tuple[int, int], float] = {}
        for _ in range(MAX_STEPS):
            if not len(samples):
                return
            kinds = _same_phases(walk.moles[samples])
            wanted: dict[tuple[int, int], list[Indices]] = {}
            for rows, members in kinds:
                for pair in combinations_with_replacement(rows, 2):
                    if pair not in chances:
                        chances[pair] = mobile(self._formulas(pair))
                    able = samples[members][luck[samples[members]] < chances[pair]]
                    if len(able):
                        wanted.setdefault(pair, []).append(able)
            best = np.full(len(walk.moles), MIN_DRIVING_FORCE_EV_PER_ATOM)
            choice: dict[int, tuple[int, int]] = {}
            chosen = np.full(len(walk.moles), -1)
            for number, (pair, parts) in enumerate(wanted.items()):
                able = np.concatenate(parts)
                force = self._force(pair, able)
                better = force > best[able]
                best[able[better]] = force[better]
                chosen[able[better]] = number
                choice[number] = pair
            samples = samples[chosen[samples] >= 0]
            for number, members in groups(chosen[samples]):
                pair, here = choice[number], samples[members]
                for place, some in groups(self._places[pair][here]):
                    same = here[some]
                    self._react(walk, same, (*pair, place), best[same], target)

    def _formulas(self, pair: tuple[int, int]) -> tuple[str, ...]:
        return tuple(self._phases.phases[i].formula for i in sorted(set(pair)))

    def _force(self, pair: tuple[int, int], samples: Indices) -> Vector:
        """Driving force of a pair's strongest reaction in some samples, eV/atom."""
        if pair not in self._forces:
            count = self._potential.shape[1]
            self._forces[pair], self._places[pair] = np.full(count, np.nan), np.full(count, -1)
        forces, places = self._forces[pair], self._places[pair]
        new = samples[np.isnan(forces[samples])]
        if len(new):
            potential = self._potential[:, new]
            vertices, place = self._programme.solve(*pair, potential)
            self._vertices[pair] = vertices
            for each, some in groups(place):
                change = vertices[each].change
                gain = -(change @ potential[:, some])
                forces[new[some]] = gain / self._atoms_of((*pair, each), change)
            places[new] = place
            self._make_what_was_seen(pair, new)
        return forces[samples]

    def _make_what_was_seen(self, pair: tuple[int, int], samples: Indices) -> None:
        """Put the products that a pair was seen to give in the place of those of the energies."""
        known = self._seen(self._formulas(pair)) if self._seen else None
        if known is None:
            return
        formulas, trusted = known
        rows = {self._phases.index.get(identity(f)) for f in formulas} - set(pair)
        samples = samples[self._trust[samples] < trusted]
        if None in rows or not rows or not len(samples):
            return
        potential = self._potential[:, samples]
        products = frozenset(int(r) for r in rows if r is not None)
        vertices, place = self._programme.solve(*pair, potential, products)
        self._seen_vertices[pair] = vertices
        for each, some in groups(place):
            if vertices[each].is_whole and vertices[each].is_reaction:
                change = vertices[each].change
                gain = -(change @ potential[:, some])
                key = (*pair, _OF_SEEN - each)
                force = np.maximum(gain / self._atoms_of(key, change), _SEEN_EV_PER_ATOM)
                self._forces[pair][samples[some]] = force
                self._places[pair][samples[some]] = _OF_SEEN - each

    def _vertex(self, key: tuple[int, int, int]) -> Vertex:
        first, second, place = key
        if place <= _OF_SEEN:
            return self._seen_vertices[first, second][_OF_SEEN - place]
        return self._vertices[first, second][place]

    def _atoms_of(self, key: tuple[int, int, int], change: Vector) -> float:
        """Atoms on one side of a reaction, gases included, per atom of the mixture."""
        if key not in self._atoms:
            units = change / self._phases.framework_atoms
            content = -(units @ self._content)
            excess = dict(zip(sorted(VOLATILE_ELEMENTS), content[:4].tolist(), strict=True))
            gases = gas_balance(excess, max(content[4], 0.0), max(content[5], 0.0))
            made = np.maximum(units, 0.0) @ self._content[:, 6]
            made += sum(n * parse(g).num_atoms for g, n in gases.items() if n > 0)
            self._atoms[key] = float(made) if made > 0 else np.inf
        return self._atoms[key]

    def _react(
        self,
        walk: Walk,
        rows: Indices,
        key: tuple[int, int, int],
        force: Vector,
        target: int,
    ) -> None:
        change = self._vertex(key).change / self._phases.framework_atoms
        name = np.sign(change).tobytes()  # it balances in one way only
        if name not in self._known:
            self._known[name] = len(walk.reactions)
            walk.reactions.append((self._phases, change))
        taking_part = np.flatnonzero(change)
        change = change[taking_part]
        used, made = change < 0, taking_part[change > 0]
        where = np.ix_(rows, taking_part)
        moles = walk.moles[where]
        extent = (moles[:, used] / -change[used]).min(axis=1)
        moles = moles + extent[:, None] * change
        moles[moles < _SPENT * walk.whole] = 0.0
        walk.moles[where] = moles
        walk.formed[np.ix_(rows, made)] = True
        if target in made:
            first = walk.force_left_ev_per_atom[rows] == 0.0
            walk.force_left_ev_per_atom[rows[first]] = force[first]
        for row in rows:
            walk.steps[row].append(self._known[name])


def _same_phases(moles: Vector) -> list[tuple[list[int], Indices]]:
    """Phases present, and the samples (by place) in which just these are."""
    present = np.packbits(moles > 0, axis=1)
    kinds, group = np.unique(present, axis=0, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(kinds) + 1))
    found = []
    for i in range(len(kinds)):
        members = order[starts[i] : starts[i + 1]]
        found.append((np.flatnonzero(moles[members[0]] > 0).tolist(), members))
    return found


def _volatile_content(phases: PhaseSet) -> Vector:
    """C, H, N, O, ammonium, nitrate and all atoms per formula unit. shape: (phases, 7)."""
    rows = []
    for phase in phases.phases:
        composition, groups = parse(phase.formula), molecular_groups(phase.formula)
        rows.append(
            [
                *(float(composition[e]) for e in sorted(VOLATILE_ELEMENTS)),
                groups.get("ammonium", 0.0),
                groups.get("nitrate", 0.0),
                float(composition.num_atoms),
            ]
        )
    return np.array(rows)


def correlated(
    stages: Sequence[PhaseSet], samples: int, generator: np.random.Generator
) -> dict[tuple[str, str], Vector]:
    """One standard normal number a sample for every cause of error in any of the stages."""
    names = sorted({name for phases in stages for name in phases.causes})
    return dict(zip(names, generator.standard_normal((len(names), samples)), strict=True))


def sampled_potential(phases: PhaseSet, draws: dict[tuple[str, str], Vector]) -> Vector:
    """Grand potentials per framework atom with their errors. shape: (phases, samples)."""
    causes = np.array([draws[name] for name in phases.causes])
    errors = phases.errors @ causes / phases.framework_atoms[:, None]
    return np.asarray(phases.potential[:, None] + errors)
