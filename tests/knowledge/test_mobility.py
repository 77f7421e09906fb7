"""Rules of mobility: what chemists know of the order of things, and what must always hold."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.kinetics import onset_prior
from knowledge.mobility import (
    RULE_SIGMA_C,
    TAMMANN,
    Mobility,
    at_pressure_c,
    fraction_c,
    mobility,
    together,
)
from knowledge.recipe import AIR, ARGON, OXYGEN
from knowledge.transitions import Temperature, transitions

CELSIUS = st.floats(min_value=-50, max_value=3500)


@pytest.mark.parametrize("partner", ["TiO2", "CuO", "Y2O3", "ZrO2", "Fe2O3", "BaCuO2"])
def test_barium_oxide_reacts_before_its_carbonate(partner: str) -> None:
    oxide = onset_prior(("BaO", partner), "air")
    carbonate = onset_prior(("BaCO3", partner), "air")
    assert oxide.mean_c < carbonate.mean_c
    assert any("1360 C" in reason for reason in carbonate.source)


def test_refractory_oxides_come_last() -> None:
    slow = onset_prior(("Y2O3", "ZrO2"), "air").mean_c
    inventory = [row.formula for row in transitions().values() if row.formula != "CuO"]
    assert all(onset_prior(("CuO", f), "air").mean_c < slow for f in inventory)


def test_tammann_by_hand() -> None:
    """0.52 of 2116 K is 1100 K; two of one kind move together."""
    assert mobility("TiO2", AIR).moves.mean_c == pytest.approx(0.52 * 2116.15 - 273.15)
    assert mobility("Cu", AIR).moves.mean_c == pytest.approx(0.33 * 1358.15 - 273.15)


def test_three_parts_of_the_lower_and_one_of_the_higher() -> None:
    pair = onset_prior(("TiO2", "CuO"), "air")
    low, high = (mobility(f, AIR).moves.mean_c for f in ("CuO", "TiO2"))
    assert pair.mean_c == pytest.approx(0.75 * low + 0.25 * high)
    assert pair.sigma_c >= RULE_SIGMA_C


def test_order_and_spelling_do_not_matter() -> None:
    assert onset_prior(("TiO2", "BaCO3"), "air") == onset_prior(("BaCO3", "Ti2O4"), AIR)


@pytest.mark.parametrize(
    ("formula", "low_c", "high_c"),
    [  # Where reactions with common oxides in air are reported to begin
        ("BaCO3", 600, 950),
        ("SrCO3", 600, 950),
        ("CaCO3", 550, 900),
        ("Li2CO3", 350, 650),
        ("Na2CO3", 400, 750),
    ],
)
def test_carbonates_with_titania(formula: str, low_c: float, high_c: float) -> None:
    assert low_c < onset_prior((formula, "TiO2"), "air").mean_c < high_c


def test_a_transition_is_the_latest() -> None:
    """Hedvall: silver oxide is mobile when it falls apart at 200 C, whatever it might melt at."""
    assert mobility("Ag2O", AIR).moves.mean_c == pytest.approx(200)
    assert mobility("BaO", AIR).moves.mean_c == pytest.approx(500)
    assert mobility("BaO", ARGON).moves.mean_c == pytest.approx(fraction_c(1973, TAMMANN))


def test_gas_holds_a_decomposition_back() -> None:
    """CuO -> Cu2O: 1026 C in air; 1100 to 1140 C under 1 atm of oxygen, by phase diagrams."""
    in_oxygen = at_pressure_c(1026, 0.21, 1.0)
    assert 1100 < in_oxygen < 1145
    assert at_pressure_c(in_oxygen, 1.0, 0.21) == pytest.approx(1026)
    assert onset_prior(("BaCO3",), ARGON).mean_c < onset_prior(("BaCO3",), AIR).mean_c
    assert onset_prior(("BaCO3",), OXYGEN).source[0].endswith("in oxygen")


@given(low=CELSIUS, more=st.floats(min_value=0, max_value=2000), partner=CELSIUS, salt=CELSIUS)
def test_a_higher_melting_point_is_never_earlier(
    low: float, more: float, partner: float, salt: float
) -> None:
    def onset_c(melting_c: float) -> float:
        moves = Temperature(fraction_c(melting_c, TAMMANN), 10.0, "")
        waits = Temperature(salt, 10.0, "")
        other = Mobility(Temperature(fraction_c(partner, TAMMANN), 10.0, ""), waits)
        return together(Mobility(moves), other).mean_c

    assert onset_c(low + more) >= onset_c(low)


@given(celsius=CELSIUS, known=st.floats(1e-5, 1.0), here=st.floats(1e-5, 1.0))
def test_more_gas_is_never_earlier(celsius: float, known: float, here: float) -> None:
    shifted = at_pressure_c(celsius, known, here)
    assert (shifted >= celsius - 1e-9) if here >= known else (shifted <= celsius + 1e-9)


@given(st.sampled_from(sorted(transitions())), st.sampled_from(sorted(transitions())))
def test_every_pair_has_a_prior_with_reasons(first: str, second: str) -> None:
    for gas in (AIR, ARGON):
        found = onset_prior((first, second), gas)
        assert math.isfinite(found.mean_c)
        assert found.sigma_c >= RULE_SIGMA_C
        assert found.source
        assert all(reason for reason in found.source)
