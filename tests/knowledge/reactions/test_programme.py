"""The strongest reaction of a pair against scipy's linear programmes, sample by sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from knowledge.reactions.hull import Hull
from knowledge.reactions.programme import InterfaceProgramme
from tests.knowledge.reactions.systems import entry_sets

ROUNDING_EV = 1e-6  # what the dust of a ten-millionth of an atom may shift


def deepest(fractions: np.ndarray, potential: np.ndarray, first: int, second: int) -> float:
    """The programme as its module states it: energy of the products less that of the reactants."""
    products = fractions.T
    reactants = -fractions[[first, second]].T
    found = linprog(
        np.concatenate([potential, -potential[[first, second]]]),
        A_eq=np.vstack(
            [
                np.hstack([products, reactants]),
                np.concatenate([np.zeros(len(fractions)), np.ones(2)]),
            ]
        ),
        b_eq=np.append(np.zeros(fractions.shape[1]), 1.0),
        method="highs",
    )
    assert found.status == 0
    return float(found.fun)


def check(fractions: np.ndarray, potential: np.ndarray, first: int, second: int) -> None:
    programme = InterfaceProgramme(fractions)
    vertices, place = programme.solve(first, second, potential)
    assert place.shape == (potential.shape[1],)
    for sample, where in enumerate(place):
        change = vertices[where].change
        # Nothing but the two is used up, at most one atom of them, and elements stay.
        assert (
            change[[i for i in range(len(change)) if i not in (first, second)]].min(initial=0) >= 0
        )
        assert -np.minimum(change, 0).sum() <= 1 + 1e-9
        assert np.abs(change @ fractions).max() < 1e-5
        expected = deepest(fractions, potential[:, sample], first, second)
        assert change @ potential[:, sample] == pytest.approx(expected, abs=1e-5)
        if not vertices[where].is_reaction:
            assert expected == pytest.approx(0.0, abs=1e-5)


SAMPLES = st.integers(1, 5)


@given(entry_sets(compounds=8), st.data())
@settings(max_examples=50, deadline=None)
def test_pairs_are_linear_programmes(entries: object, data: st.DataObject) -> None:
    hull = Hull.of(entries)  # type: ignore[arg-type]
    generator = np.random.default_rng(data.draw(st.integers(0, 1000)))
    spread = data.draw(st.sampled_from([0.0, 0.01, 0.3]))
    noise = generator.normal(size=(len(hull.fractions), data.draw(SAMPLES))) * spread
    row = st.integers(0, len(hull.fractions) - 1)
    check(hull.fractions, hull.ev_per_atom[:, None] + noise, data.draw(row), data.draw(row))


def random_system(seed: int, phases: int = 12, elements: int = 4) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    counts = generator.integers(0, 4, size=(phases, elements)).astype(float)
    counts[counts.sum(axis=1) == 0] = 1.0
    counts = np.vstack([np.eye(elements), counts])
    fractions = counts / counts.sum(axis=1, keepdims=True)
    return fractions, generator.normal(scale=0.5, size=(len(fractions), 40))


@pytest.mark.parametrize("seed", range(4))
def test_many_samples_at_once_are_as_one_at_a_time(seed: int) -> None:
    fractions, potential = random_system(seed)
    together = InterfaceProgramme(fractions)
    for pair in ((0, 1), (4, 5), (6, 6), (7, 2)):
        vertices, place = together.solve(*pair, potential)
        for sample in range(potential.shape[1]):
            one, (where,) = InterfaceProgramme(fractions).solve(*pair, potential[:, [sample]])
            assert vertices[place[sample]].change == pytest.approx(one[where].change, abs=1e-9)
            assert one[where].change @ potential[:, sample] == pytest.approx(
                deepest(fractions, potential[:, sample], *pair), abs=ROUNDING_EV
            )


def test_which_samples_came_before_changes_nothing() -> None:
    """Vertices are kept, and a later walk starts from them: it ends where it would have."""
    fractions, potential = random_system(7)
    kept = InterfaceProgramme(fractions)
    kept.solve(4, 5, potential[:, :20])
    vertices, place = kept.solve(5, 4, potential[:, 20:])
    fresh, other = InterfaceProgramme(fractions).solve(4, 5, potential[:, 20:])
    for a, b in zip(place, other, strict=True):
        assert vertices[a].change == pytest.approx(fresh[b].change, abs=1e-9)


def test_two_phases_of_one_composition() -> None:
    """The higher turns into the lower, with whatever pair it is asked for."""
    fractions = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.5, 0.5]])
    potential = np.array([[0.0], [0.0], [-1.0], [-1.2]])
    for first, second, expected in ((2, 3, -0.2), (2, 2, -0.2), (3, 3, 0.0), (0, 1, -1.2)):
        vertices, (place,) = InterfaceProgramme(fractions).solve(first, second, potential)
        change = vertices[place].change
        assert change @ potential[:, 0] == pytest.approx(expected)
        check(fractions, potential, first, second)
    assert InterfaceProgramme(fractions).above_others(2, potential) == pytest.approx([0.2])
    assert InterfaceProgramme(fractions).above_others(3, potential) == pytest.approx([-0.2])


def test_a_pair_that_does_not_react() -> None:
    fractions = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    vertices, (place,) = InterfaceProgramme(fractions).solve(0, 1, np.array([[0.0], [0.0], [0.1]]))
    assert not vertices[place].is_reaction
    assert not vertices[place].change.any()


def test_everything_at_one_composition_and_energy() -> None:
    """As degenerate as it gets: the walk ends, and finds that nothing can be gained."""
    fractions = np.vstack([np.eye(3), np.full((6, 3), 1 / 3)])
    check(fractions, np.zeros((9, 2)), 3, 4)
    potential = np.append(np.zeros(3), np.full(6, -1.0))[:, None]
    check(fractions, potential, 0, 4)
    check(fractions, potential, 0, 1)


@given(entry_sets(compounds=8), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_above_others_is_a_linear_programme(entries: object, seed: int) -> None:
    hull = Hull.of(entries)  # type: ignore[arg-type]
    count = len(hull.fractions)
    noise = np.random.default_rng(seed).normal(size=(count, 3)) * 0.2
    potential = hull.ev_per_atom[:, None] + noise
    programme = InterfaceProgramme(hull.fractions)
    for row in range(count):
        others = [i for i in range(count) if i != row]
        found = programme.above_others(row, potential)
        for sample in range(3):
            best = linprog(
                potential[others, sample],
                A_eq=hull.fractions[others].T,
                b_eq=hull.fractions[row],
                method="highs",
            )
            if best.status == 2:  # infeasible: no others have its elements
                assert found[sample] == -np.inf
            else:
                assert found[sample] == pytest.approx(potential[row, sample] - best.fun, abs=1e-5)
