"""Reactions of contacts, against null spaces found by SVD for every choice of products."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.simulated.interfaces import Array, Contacts, Options, options
from tests.lab.test_chemistry import chemistry

Reactions = dict[tuple[int, ...], tuple[float, ...]]


def by_brute_force(fractions: Array, first: int, second: int) -> Reactions:
    """Every balanced reaction with one or two products: phase numbers to their changes.

    A balance is a vector that the composition matrix takes to zero. Reactions whose phases balance
    in more ways than one are mixtures of simpler ones.
    """
    reactants = sorted({first, second})
    others = [i for i in range(len(fractions)) if i not in reactants]
    found: Reactions = {}
    for products in [*combinations(others, 1), *combinations(others, 2)]:
        phases = [*reactants, *products]
        matrix = fractions[phases].T
        _, sizes, rows = np.linalg.svd(matrix)
        used = rows[-1][: len(reactants)].sum()
        if len(phases) - (sizes > 1e-7).sum() != 1 or abs(used) < 1e-7:
            continue
        change = -rows[-1] / used
        signs = np.sign(np.where(np.abs(change) < 1e-4, 0.0, change))
        if (signs[: len(reactants)] < 0).all() and (signs[len(reactants) :] > 0).all():
            found[tuple(phases)] = tuple(change.tolist())
    return found


def as_told(found: Options) -> Reactions:
    """The same of options: what stands twice is added up."""
    told: Reactions = {}
    for phases, change in zip(found.phases.tolist(), found.change.tolist(), strict=True):
        amounts: dict[int, float] = {}
        for side in (sorted(zip(phases[:2], change[:2], strict=True)),
                     sorted(zip(phases[2:], change[2:], strict=True))):  # fmt: skip
            for phase, amount in side:
                amounts[phase] = amounts.get(phase, 0.0) + amount
        assert tuple(amounts) not in told
        told[tuple(amounts)] = tuple(amounts.values())
    return told


def check_same(fractions: Array, first: int, second: int) -> int:
    told = as_told(options(fractions, first, second, np.arange(len(fractions))))
    true = by_brute_force(fractions, first, second)
    assert set(told) == set(true)
    for phases, change in told.items():
        # Balances are held to 1e-9 and solved from them to a few digits less.
        assert change == pytest.approx(true[phases], abs=1e-7)
    return len(true)


@pytest.mark.parametrize(
    "formulas",
    [
        ("BaTiO3", "BaCO3", "TiO2", "BaO2"),
        ("YBa2Cu3O7", "BaCO3", "CuO", "Y2O3"),
        ("NaTeMoO6", "Na2CO3", "TeO2", "MoO3"),
    ],
)
def test_all_reactions_of_true_systems(formulas: tuple[str, ...]) -> None:
    """Phases of two and of three framework elements, hidden ones and vapours too."""
    fractions = chemistry(1, *formulas).system.fractions
    found = sum(
        check_same(fractions, first, second)
        for first in range(len(fractions))
        for second in range(first, len(fractions))
    )
    assert found > 100


whole = st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any)


@given(phases=st.lists(whole, min_size=3, max_size=7, unique_by=tuple), pair=st.data())
@settings(deadline=None)
def test_all_reactions_of_any_phases(phases: list[list[int]], pair: st.DataObject) -> None:
    """Any compounds of three elements, several of one composition among them."""
    fractions = np.array(phases, dtype=float)
    fractions /= fractions.sum(axis=1, keepdims=True)
    number = st.integers(0, len(phases) - 1)
    check_same(fractions, pair.draw(number), pair.draw(number))


def test_reactions_by_hand() -> None:
    """A, B, AB and A2B: A + B -> 2 AB and 2 A + B -> 3 A2B, in atoms; A2B -> A + AB or A + B."""
    fractions = np.array([[1, 0], [0, 1], [1 / 2, 1 / 2], [2 / 3, 1 / 3]])
    both = as_told(options(fractions, 0, 1, np.arange(4)))
    assert both == {
        (0, 1, 2): pytest.approx((-1 / 2, -1 / 2, 1)),
        (0, 1, 3): pytest.approx((-2 / 3, -1 / 3, 1)),
    }
    alone = as_told(options(fractions, 3, 3, np.arange(4)))
    assert alone == {
        (3, 0, 1): pytest.approx((-1, 2 / 3, 1 / 3)),
        (3, 0, 2): pytest.approx((-1, 1 / 3, 2 / 3)),
    }


@pytest.mark.parametrize("formulas", [("BaTiO3", "BaCO3", "TiO2"), ("LaMnO3", "La2O3", "MnO2")])
def test_every_row_balances_and_uses_one_framework_atom(formulas: tuple[str, ...]) -> None:
    fractions = chemistry(0, *formulas).system.fractions
    size, rows = len(fractions), 0
    for first in range(size):
        for second in range(first, size):
            found = options(fractions, first, second, np.arange(size))
            balance = (found.change[:, :, None] * fractions[found.phases]).sum(axis=1)
            assert np.abs(balance).max(initial=0) < 1e-9
            assert found.change[:, :2].sum(axis=1) == pytest.approx(-1)
            assert found.change[:, 2:].sum(axis=1) == pytest.approx(1)
            assert (found.change[:, :2] < 0).all()
            assert (found.change[:, 2:] > 0).all()
            rows += len(found.phases)
    assert rows > 100


def test_only_what_may_form_forms() -> None:
    fractions = np.array([[1, 0], [0, 1], [1 / 2, 1 / 2], [2 / 3, 1 / 3]])
    found = options(fractions, 0, 1, np.array([0, 1, 3]))
    assert found.phases.tolist() == [[0, 1, 3, 3]]
    assert not len(options(fractions, 0, 1, np.array([], dtype=int)).phases)


def test_two_of_one_composition_do_not_react() -> None:
    fractions = np.array([[1 / 2, 1 / 2], [1 / 2, 1 / 2], [1, 0], [0, 1]])
    assert not len(options(fractions, 0, 1, np.arange(4)).phases)


def test_what_a_reaction_gains() -> None:
    """2 A + B -> 3 A2B with energies 0, 0 and -1 gains 1; with 2 atoms to each A it uses 5/3."""
    fractions = np.array([[1, 0], [0, 1], [2 / 3, 1 / 3]])
    found = options(fractions, 0, 1, np.arange(3))
    assert found.forces(np.array([0.0, 0.0, -1.0])) == pytest.approx([1.0])
    assert found.atoms(np.array([2.0, 1.0, 7.0])) == pytest.approx([5 / 3])
    assert not len(found.only(np.array([False])).phases)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_contacts_together_give_what_each_gives_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fractions = rng.dirichlet(np.ones(2), size=6)
    atoms, potential = rng.uniform(1, 3, 6), rng.normal(0.0, 0.1, 6)
    pairs = [(i, j) for i in range(6) for j in range(i, 6)]
    each = [options(fractions, i, j, np.arange(6)) for i, j in pairs]
    found = Contacts(each, atoms).strongest(potential, 0.05)
    expected = []
    for ways in each:
        if len(ways.phases):
            best = int(np.argmax(ways.forces(potential) / ways.atoms(atoms)))
            if ways.forces(potential)[best] > 0.05:
                expected.append(
                    (ways.phases[best], ways.change[best], ways.forces(potential)[best])
                )
    assert found.phases.tolist() == [phases.tolist() for phases, _, _ in expected]
    assert found.change.tolist() == [change.tolist() for _, change, _ in expected]
    assert found.gained.tolist() == [gain for _, _, gain in expected]


def test_no_contact_has_no_strongest_reaction() -> None:
    found = Contacts([], np.ones(2)).strongest(np.zeros(2), 0.0)
    assert found.phases.shape == (0, 4)
    assert found.gained.tolist() == found.per_atom.tolist() == []
