"""What is likely to go wrong beforehand: handbook limits, and what must rise with what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from agents.why import chances
from knowledge.kinetics import PairwiseBelief
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import HeatingStep
from tests.agents.why_cases import recipe

PAIR = PairwiseBelief(pair=("BaCO3", "TiO2"), atmosphere="air", onset_c=900, onset_sigma_c=50)
NOTHING = Outcome(experiment_id="e", unidentified_weight_fraction=1.0)
FORCES = st.floats(-0.5, 0.5)
SIGMAS = st.floats(0, 0.2)


def fault(kind: str) -> Fault:
    return Fault(kind=kind, stage="furnace", message="as told")


def test_a_pair_stalls_below_its_onset_and_not_above() -> None:
    told = [chances.stalls(PAIR, t) for t in (600, 900, 1200)]
    assert told[0] > 0.97  # 6 standard deviations below, but the rule for onsets may fail
    # At the onset half of the pairs that react at all are mobile.
    half = PAIR.probability_of_reacting / 2
    assert told[1] == pytest.approx(1 - chances.REACTS_TO_THE_END * half)
    assert told[2] < told[1]


def test_from_where_a_pair_is_likelier_mobile_than_not() -> None:
    """A little above the onset, because one pair in ten never reacts; to the next 5 C."""
    found = chances.mobile_from_c(PAIR)
    assert found is not None
    assert 900 <= found <= 925
    assert PAIR.probability_mobile(found) > 0.5 >= PAIR.probability_mobile(found - 5)
    assert chances.mobile_from_c(PAIR, up_to_c=800) is None


def test_driving_forces_that_are_too_small() -> None:
    """Half of the most at 50 meV/atom, below which the A-Lab found reactions slow."""
    least, at, most = (chances.starves(f, 0.01) for f in (0.2, 0.05, -0.2))
    assert least == pytest.approx(0, abs=1e-6)
    assert at == pytest.approx(most / 2, rel=1e-6)
    assert chances.is_none(0.0, 0.03) == 0.5
    assert chances.is_none(0.03, 0.03) == pytest.approx(norm.cdf(-1))


@given(force=FORCES, more=st.floats(0, 0.3), sigma=SIGMAS)
def test_more_driving_force_is_never_worse(force: float, more: float, sigma: float) -> None:
    for chance in (chances.starves, chances.is_none):
        assert 0 <= chance(force + more, sigma) <= chance(force, sigma) <= 1


def test_lead_leaves_from_where_labs_say_and_barium_never() -> None:
    """lab/data: PbO leaves a charge from 1085 C; as a free powder 200 C below."""
    bound = recipe("PbTiO3", ("PbCO3", "TiO2"), 1000)
    assert chances.leaving(bound) == chances.leaving(recipe("PbTiO3", ("PbO", "TiO2"), 1000))
    (what, from_c) = chances.leaving(bound)["Pb"]
    assert (what, from_c) == ("PbO", 1085 - 200)
    cold, half, hot = (chances.evaporates(bound, t)["Pb"] for t in (400, from_c, 1400))
    assert cold < 0.01 < half < hot
    assert half == pytest.approx(hot / 2, rel=1e-3)
    assert chances.evaporates(recipe("BaTiO3", ("BaCO3", "TiO2"), 1400), 1400) == {}


def test_a_compound_holds_on_to_what_a_free_oxide_lets_go() -> None:
    """Bismuth from Bi2MoO6 stays 200 C longer than from Bi2O3."""
    free = chances.leaving(recipe("BiFeO3", ("Bi2O3", "Fe2O3"), 800))["Bi"][1]
    held = chances.leaving(recipe("BiFeO3", ("Bi2Fe4O9", "Bi2O3"), 800))["Bi"][1]
    bound = chances.leaving(recipe("Bi4Fe2O9", ("BiFeO3", "Bi3FeO6"), 800))
    assert free == held == 900
    assert bound["Bi"][1] == 1100


def test_ybco_melts_near_1015_c() -> None:
    """Its peritectic in air; BaCO3 is a salt, which falls apart instead."""
    fired = recipe("YBa2Cu3O7", ("Y2O3", "BaCO3", "CuO"), 950)
    below, above = (chances.melts(fired, (), t)["YBa2Cu3O7"] for t in (950, 1080))
    assert below[1].mean_c == above[1].mean_c == 1015
    assert below[0] < 0.01
    assert above[0] > 0.6
    assert "BaCO3" not in chances.melts(fired, (), 1080)
    # A precursor that melts does less harm than the target: CuO, above its melting point.
    hot = chances.melts(fired, (), 1390)
    assert hot["CuO"][0] < hot["YBa2Cu3O7"][0]


def test_glass_formers_stay_unnamed_more_often() -> None:
    oxide = recipe("BaTiO3", ("BaCO3", "TiO2"), 900)
    phosphate = recipe("LiTi2(PO4)3", ("Li2CO3", "TiO2", "NH4H2PO4"), 900)
    assert chances.stays_unnamed(phosphate) > chances.stays_unnamed(oxide)


def test_what_was_reported_counts() -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 900)
    tripped = NOTHING.model_copy(update={"faults": (fault("furnace trip"),)})
    assert chances.faulty(fired, tripped) > 0.5 > chances.faulty(fired, NOTHING)
    assert chances.weighed_wrongly(fired, (fault("wrong mass"),)) > 0.5
    assert chances.weighed_wrongly(fired, tripped.faults) < 0.1
    # A scan made again changes no sample, and weighing is told apart.
    for kind in ("failed scan", "wrong mass"):
        told = NOTHING.model_copy(update={"faults": (fault(kind),)})
        assert chances.faulty(fired, told) == chances.faulty(fired, NOTHING)


def test_the_recorded_profile_tells_more_than_a_word_of_it() -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 900)

    def recorded(temperature_c: float, hold_h: float) -> Outcome:
        step = HeatingStep(temperature_c=temperature_c, hold_h=hold_h)
        return Outcome(
            experiment_id="e", unidentified_weight_fraction=1.0, profile=(step,),
            faults=(fault("overshoot"),),
        )  # fmt: skip

    assert chances.off_profile(fired, recorded(903, 12)) == ""
    assert chances.faulty(fired, recorded(903, 12)) < 0.1
    assert "960 C, not 900 C" in chances.off_profile(fired, recorded(960, 12))
    assert "held 2 h, not 12 h" in chances.off_profile(fired, recorded(900, 2))
    assert chances.faulty(fired, recorded(960, 12)) > 0.5
    assert chances.off_profile(fired, NOTHING) == ""
