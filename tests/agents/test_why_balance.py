"""The balance of elements: worked by hand, and its likelihoods against quadrature."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import cauchy, norm

from agents.why import balance
from agents.why.balance import brought_alone, element_balance
from agents.why.records import ElementBalance
from knowledge.chemistry import molar_mass_g_per_mol
from knowledge.outcome import Outcome, PhaseFraction
from tests.agents.why_cases import recipe


def found(phases: dict[str, float], unidentified: float = 0.0, sigma: float = 0.0) -> Outcome:
    return Outcome(
        experiment_id="e",
        phases=tuple(
            PhaseFraction(formula=f, weight_fraction=w, sigma=sigma) for f, w in phases.items()
        ),
        unidentified_weight_fraction=unidentified,
    )


def test_nothing_is_lost_from_what_was_weighed_in() -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1000)
    masses = {f: molar_mass_g_per_mol(f) for f in ("BaCO3", "TiO2")}
    whole = sum(masses.values())
    told = element_balance(fired, found({f: m / whole for f, m in masses.items()}))
    assert [b.element for b in told] == ["Ba", "Ti"]
    assert [b.log_ratio for b in told] == pytest.approx([0, 0], abs=1e-4)
    assert [b.sigma for b in told] == [balance.LEAST_SIGMA] * 2


def test_a_third_of_the_lead_is_gone() -> None:
    """Two moles of PbTiO3 and one of TiO2: of three lead for three titanium, two are left."""
    fired = recipe("PbTiO3", ("PbO", "TiO2"), 1100)
    masses = {f: n * molar_mass_g_per_mol(f) for f, n in (("PbTiO3", 2), ("TiO2", 1))}
    whole = sum(masses.values())
    lead, titanium = element_balance(fired, found({f: m / whole for f, m in masses.items()}))
    assert lead.log_ratio == pytest.approx(math.log(2 / 3), abs=1e-4)
    assert lead.missing == pytest.approx(1 / 3, abs=1e-4)
    assert titanium.log_ratio == pytest.approx(math.log(3 / 2), abs=1e-4)


def test_errors_of_the_refinement_are_carried_over() -> None:
    """d ln(n/m) by finite differences, phase by phase."""
    fired = recipe("PbTiO3", ("PbO", "TiO2"), 1100)
    phases, sigma, step = {"PbTiO3": 0.8, "TiO2": 0.2}, 0.015, 1e-3
    (told, _) = element_balance(fired, found(phases, sigma=sigma))
    gradient = [
        (
            element_balance(fired, found({**phases, f: w + step}))[0].log_ratio
            - element_balance(fired, found({**phases, f: w - step}))[0].log_ratio
        )
        / (2 * step)
        for f, w in phases.items()
    ]
    expected = math.hypot(balance.LEAST_SIGMA, *(g * sigma for g in gradient))
    # Log ratios are rounded to 1e-4, which is a twentieth of their difference over two steps.
    assert told.sigma == pytest.approx(expected, rel=0.05)


def test_what_is_unidentified_may_hide_anything() -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1000)
    (clear, _), (hidden, _) = (
        element_balance(fired, found({"BaTiO3": 1 - u}, unidentified=u)) for u in (0.0, 0.5)
    )
    assert clear.log_ratio == hidden.log_ratio == 0
    assert hidden.sigma > 10 * clear.sigma


def test_one_element_has_no_balance() -> None:
    assert element_balance(recipe("CuO", ("CuCO3",), 600), found({"CuO": 1.0})) == ()
    for phases in ({}, {"BaTiO3": 1e-300}):
        nothing = found(phases, unidentified=1.0)
        assert element_balance(recipe("BaTiO3", ("BaCO3", "TiO2"), 900), nothing) == ()


def density_if_lost(t: float, sigma: float) -> float:
    """The density of the docstring, by quadrature over the true loss."""
    some = quad(
        lambda x: math.exp(-x / balance.MEAN_LOG_LOSS)
        / balance.MEAN_LOG_LOSS
        * norm.pdf(t, -x, sigma),
        0, 6, points=[max(-t, 0.0)], limit=200,
    )[0]  # fmt: skip
    # Any loss up to the most, evenly: the far end is left sharp.
    most = norm.cdf(0, t, sigma) / balance._ALL_LOG if t > -balance._ALL_LOG else 0.0
    return (1 - balance._ALL_SHARE) * some + balance._ALL_SHARE * most


def with_wild(density: float, t: float) -> float:
    wild = cauchy.pdf(t, scale=balance._WILD_SCALE)
    return (1 - balance._WILD_SHARE) * density + balance._WILD_SHARE * wild


@pytest.mark.parametrize("t", [-4.6, -1.0, -0.3, -0.1, 0.0, 0.1, 0.5])
@pytest.mark.parametrize("sigma", [0.05, 0.2])
def test_likelihood_ratios_are_those_of_their_densities(t: float, sigma: float) -> None:
    told = ElementBalance(element="Pb", log_ratio=t, sigma=sigma)
    nothing = with_wild(norm.pdf(t, 0, sigma), t)
    lost = math.log(with_wild(density_if_lost(t, sigma), t) / nothing)
    assert balance.log_loss_ratio(told) == pytest.approx(lost, abs=1e-3)
    wider = norm.pdf(t, 0, math.hypot(sigma, balance.WEIGHING_SIGMA))
    weighed = math.log(with_wild(wider, t) / nothing)
    assert balance.log_weighing_ratio(told) == pytest.approx(weighed, abs=1e-6)


def test_what_is_missing_speaks_for_a_loss_and_what_is_too_much_against_it() -> None:
    ratios = [
        balance.log_loss_ratio(ElementBalance(element="Li", log_ratio=t, sigma=0.05))
        for t in (-0.5, -0.2, 0.0, 0.1)
    ]
    # Four standard deviations and more; it is not much more for ten, which may be a wild balance.
    assert min(ratios[:2]) > math.log(10)
    assert 0 > ratios[2] > ratios[3]


@given(t=st.floats(-20, 20), sigma=st.floats(balance.LEAST_SIGMA, 100))
def test_no_balance_is_proof(t: float, sigma: float) -> None:
    """However far off: a balance may be wild, so neither ratio passes a thousand."""
    told = ElementBalance(element="Li", log_ratio=t, sigma=sigma)
    for ratio in (balance.log_loss_ratio(told), balance.log_weighing_ratio(told)):
        assert math.isfinite(ratio)
        assert ratio < math.log(1000)
    mirrored = ElementBalance(element="Li", log_ratio=-t, sigma=sigma)
    weighed = balance.log_weighing_ratio(told)
    assert weighed == pytest.approx(balance.log_weighing_ratio(mirrored))


def test_which_powder_brings_what_alone() -> None:
    fired = recipe("LiMn2O4", ("Li2CO3", "MnO2"), 800)
    assert brought_alone(fired) == {"Li2CO3": ("Li",), "MnO2": ("Mn",)}
    shared = recipe("LiTi2(PO4)3", ("Li3PO4", "TiO2", "NH4H2PO4"), 800)
    assert brought_alone(shared) == {"Li3PO4": ("Li",), "TiO2": ("Ti",), "NH4H2PO4": ()}
