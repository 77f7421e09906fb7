"""Distributions over conditions: quantiles with a closed form, and what papers call gases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.literature.answers import ANSWERS, Spread, atmosphere_of, quantiles, year_feature


def test_quantiles_of_an_even_spread() -> None:
    """Three equal cells of width 10 around 10, 20, 30 are even from 5 to 35."""
    spread = Spread([10.0, 20.0, 30.0], np.full(3, 1 / 3))
    for share in (0.0, 0.05, 0.5, 0.95):
        assert spread.quantile(share) == pytest.approx(5 + 30 * share)
    assert spread.mean == pytest.approx(20)
    assert spread.sigma == pytest.approx(np.sqrt(200 / 3))


def test_quantiles_of_one_certain_value_stay_in_its_cell() -> None:
    spread = Spread([10.0, 20.0, 30.0], np.array([0.0, 1.0, 0.0]))
    assert spread.quantile(0.05) == pytest.approx(15.5)
    assert spread.quantile(0.5) == pytest.approx(20)


def test_the_shortest_interval_leaves_the_thin_end_out() -> None:
    """Nine tenths lie in the first two of ten equal cells, the rest evenly in the others."""
    spread = Spread([5.0 + 10 * i for i in range(10)], np.array([0.45, 0.45] + [0.0125] * 8))
    assert spread.interval(0.9) == pytest.approx((0, 20))
    assert spread.quantile(0.95) > 50


@given(
    st.lists(st.floats(1e-6, 1), min_size=73, max_size=73), st.floats(0, 0.99), st.floats(0, 0.99)
)
def test_quantiles_rise(weights: list[float], low: float, high: float) -> None:
    grid = np.array(ANSWERS["temperature_c"], dtype=float)
    shares = np.array([weights]) / sum(weights)
    first, second = (quantiles(grid, shares, q)[0] for q in sorted((low, high)))
    assert grid[0] - 12.5 <= first <= second <= grid[-1] + 12.5


@pytest.mark.parametrize(
    ("text", "gas"),
    [
        ("air", "air"),
        ("ambient", "air"),
        ("hydrogen;nitrogen", "reducing"),
        ("argon;hydrogen", "reducing"),
        ("thermal carbon", "reducing"),
        ("Oxygen", "oxygen"),
        ("air;oxygen", None),
        ("air;hydrogen;nitrogen", None),
        ("PbO", None),
        ("", None),
    ],
)
def test_what_papers_call_gases(text: str, gas: str | None) -> None:
    assert atmosphere_of(text) == gas


def test_years() -> None:
    assert year_feature(2016) == 1.0
    assert year_feature(float("nan")) == year_feature(2010)
