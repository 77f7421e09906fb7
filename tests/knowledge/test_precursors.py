"""Which precursors are nearly the same experiment."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knowledge.precursors import likeness, probability_gone

BOTTLES = ("BaCO3", "BaO", "BaO2", "CuCO3", "CuO", "Cu2O", "Y2O3", "Y2(CO3)3", "Li2CO3", "LiOH")


def alike(first: str, second: str, firing_c: float = 900.0) -> float:
    return float(likeness([first, second], firing_c)[0, 1])


def test_a_carbonate_that_falls_apart_early_is_its_oxide() -> None:
    """Copper carbonates are oxide by 300 C (CRC Handbook); barium carbonate holds beyond 1000 C."""
    assert alike("CuCO3", "CuO") > alike("Cu2O", "CuO") > 0.5
    assert alike("BaCO3", "BaO") < 0.5


def test_two_spellings_are_one_solid() -> None:
    assert alike("TiO2", "Ti2O4") > 0.95
    assert alike("BaCO3", "Ba(CO3)") > 0.95


def test_other_metals_are_nothing_alike() -> None:
    assert alike("BaO", "SrO") == 0
    assert alike("BaCuO2", "CuO") == 0


def test_a_hotter_firing_leaves_less_of_the_difference() -> None:
    assert alike("SrCO3", "SrO", 800) < alike("SrCO3", "SrO", 1400) <= 1


def test_salts_let_go_with_heat_and_oxides_have_nothing_to_let_go() -> None:
    assert probability_gone("TiO2", 20) == 1.0
    assert probability_gone("CaCO3", 500) < 0.1 < 0.9 < probability_gone("CaCO3", 1200)


@given(st.lists(st.sampled_from(BOTTLES), min_size=1, max_size=8, unique=True))
def test_is_a_correlation_matrix(formulas: list[str]) -> None:
    found = likeness(formulas, 900)
    assert np.allclose(np.diag(found), 1)
    assert np.allclose(found, found.T)
    assert np.linalg.eigvalsh(found).min() > -1e-9
