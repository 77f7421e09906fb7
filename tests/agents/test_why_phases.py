"""The urn against brute force over all products, and what counts as which phase."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.why.phases import (
    A_DRAW,
    OTHER_SOLIDS,
    SOLIDS_OF_A_KIND,
    UNIDENTIFIED,
    Urn,
    known_as,
    poorer,
    richer,
    seen_phases,
)
from knowledge.outcome import Outcome, PhaseFraction
from tests.agents.why_cases import recipe

BATIO3 = recipe("BaTiO3", ("BaCO3", "TiO2"), 900)


def drawn_one_by_one(balls: list[float], kinds: list[int]) -> float:
    """Probability of a sequence of draws, each put back with another of its kind."""
    now, probability = list(balls), 1.0
    for kind in kinds:
        probability *= now[kind] / sum(now)
        now[kind] += 1
    return probability


@pytest.mark.parametrize("counts", [(1, 0, 0), (2, 1, 0), (0, 3, 1), (1, 1, 1), (4, 0, 0)])
def test_as_if_drawn_one_by_one(counts: tuple[int, int, int]) -> None:
    urn = Urn({"A": 2.0}, unidentified=0.5, others=1.2)
    other = 1.2 / OTHER_SOLIDS
    balls = [2.0, 0.5, other, 1.2 - other]  # the last: all other solids but the one seen
    kinds = [kind for kind, count in enumerate(counts) for _ in range(count)]
    seen = {n: c * A_DRAW for n, c in zip(("A", UNIDENTIFIED, "B"), counts, strict=True)}
    expected = math.log(drawn_one_by_one(balls, kinds))
    assert urn.log_likelihood(seen) == pytest.approx(expected, abs=1e-9)


def test_all_products_together_are_certain() -> None:
    """Three draws of an urn with two phases and the unidentified: every sequence, summed up."""
    urn = Urn({"A": 0.7, "B": 1.9}, unidentified=0.4, others=1e-12)
    names = ("A", "B", UNIDENTIFIED)
    total = 0.0
    for sequence in product(names, repeat=3):
        seen = {n: sequence.count(n) * A_DRAW for n in set(sequence)}
        total += math.exp(urn.log_likelihood(seen))
    assert total == pytest.approx(1, abs=1e-9)


def test_a_kind_of_phases_shares_its_balls() -> None:
    urn = Urn(leaning=2.4, leans=lambda f: f == "TiO2", others=0.6, unidentified=1.0)
    leaning = math.exp(urn.log_likelihood({"TiO2": A_DRAW}))
    assert leaning == pytest.approx(2.4 / SOLIDS_OF_A_KIND / 4.0)
    assert urn.expects("TiO2")
    assert not urn.expects("BaO")
    assert not urn.expects(UNIDENTIFIED)


@given(
    weights=st.dictionaries(
        st.sampled_from(["A", "B", "C", UNIDENTIFIED]), st.floats(0, 1), max_size=4
    )
)
def test_a_probability_is_never_above_one(weights: dict[str, float]) -> None:
    told = Urn({"A": 3.0, "B": 0.1}).log_likelihood(weights)
    assert math.isfinite(told)
    assert told <= 1e-9


def test_nothing_seen_says_nothing() -> None:
    assert Urn({"A": 3.0}).log_likelihood({}) == 0


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("BaTiO3", "BaTiO3"),
        ("Ba2Ti2O6", "BaTiO3"),  # the same, otherwise written
        ("BaCO3", "BaCO3"),
        ("BaO", "BaCO3"),  # what the carbonate leaves is no reaction with a partner
        ("Ti3O5", "TiO2"),
        ("Ba2TiO4", "Ba2TiO4"),
        ("Fe2O3", "Fe2O3"),
    ],
)
def test_what_a_solid_is_known_as(formula: str, name: str) -> None:
    assert known_as(formula, BATIO3) == name


def test_what_was_seen_adds_up() -> None:
    phases = (("BaTiO3", 0.5), ("BaCO3", 0.1), ("BaO", 0.1))
    outcome = Outcome(
        experiment_id="e",
        phases=tuple(PhaseFraction(formula=f, weight_fraction=w, sigma=0.01) for f, w in phases),
        unidentified_weight_fraction=0.3,
    )
    assert seen_phases(BATIO3, outcome) == {
        "BaTiO3": 0.5, "BaCO3": pytest.approx(0.2), UNIDENTIFIED: 0.3,
    }  # fmt: skip


def test_poorer_and_richer_by_framework_elements() -> None:
    """Oxygen counts for nothing: Ti3O5 and TiO2 are as free of barium."""
    assert poorer("BaTi2O5", "Ba", "BaTiO3")
    assert poorer("TiO2", "Ba", "BaTiO3")
    assert richer("Ba2TiO4", "Ba", "BaTiO3")
    assert not poorer("BaTiO3", "Ba", "BaTiO3")
    assert not richer("BaTiO3", "Ba", "BaTiO3")
