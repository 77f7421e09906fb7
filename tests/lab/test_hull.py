"""The hull that worlds are pruned by, against pymatgen's and in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from lab.simulated.hull import above_hull

ELEMENTS = ("Ba", "Cu", "Ti", "Y")


def mixtures(rng: np.random.Generator, elements: int, count: int) -> np.ndarray:
    """Fractions of all elements alone and of some whole-number formulas, many twice."""
    amounts = rng.integers(0, 4, size=(count, elements))
    amounts = amounts[amounts.sum(axis=1) > 0]
    formulas = np.vstack([np.eye(elements), amounts, amounts[::2]])
    return np.asarray(formulas / formulas.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("elements", [1, 2, 3, 4])
def test_distances_are_those_of_a_phase_diagram(elements: int) -> None:
    rng = np.random.default_rng(elements)
    for _ in range(5):
        fractions = mixtures(rng, elements, 20)
        energies = rng.normal(0.0, 0.3, len(fractions))
        entries = [
            PDEntry(Composition(dict(zip(ELEMENTS, x, strict=False))), e)
            for x, e in zip(fractions.tolist(), energies, strict=True)
        ]
        diagram = PhaseDiagram(entries)
        known = [diagram.get_e_above_hull(entry) for entry in entries]
        # Both solve for the same plane, in another way: they differ by rounding.
        assert above_hull(fractions, energies) == pytest.approx(known, abs=1e-9)


def test_a_phase_between_two_is_as_far_as_it_lies_over_their_line() -> None:
    fractions = np.array([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75], [0.5, 0.5]])
    found = above_hull(fractions, np.array([1.0, 3.0, -1.0, 0.5]))
    # The line from the first to the third passes the half at -1/3.
    assert found == pytest.approx([0.0, 0.0, 0.0, 0.5 + 1 / 3], abs=1e-12)


@given(st.integers(0, 10_000), st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_a_plane_added_to_all_energies_moves_nothing(seed: int, plane: list[float]) -> None:
    rng = np.random.default_rng(seed)
    fractions = mixtures(rng, 3, 8)
    energies = rng.normal(0.0, 0.3, len(fractions))
    tilted = above_hull(fractions, energies + fractions @ np.array(plane))
    # Rounding of energies near 5, through planes whose slopes are of that size.
    assert tilted == pytest.approx(above_hull(fractions, energies), abs=1e-8)


@given(st.integers(0, 10_000))
def test_no_point_is_below_and_each_element_has_one_on_the_hull(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fractions = mixtures(rng, 3, 8)
    found = above_hull(fractions, rng.normal(0.0, 0.3, len(fractions)))
    assert found.min() > -1e-9
    for element in range(3):
        assert found[fractions[:, element] == 1].min() == pytest.approx(0.0, abs=1e-9)
