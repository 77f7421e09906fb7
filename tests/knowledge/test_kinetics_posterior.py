"""The posterior of an onset, against sums by brute force and by what must always hold."""

import math
import time
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from knowledge.kinetics import OnsetPrior, PairObservation, PairwiseBelief
from knowledge.kinetics_posterior import EDGES_C, SHARED_DOUBT, interpolated

PRIOR = OnsetPrior(800.0, 100.0)


def seen(
    temperature_c: float, reacted: bool, number: int = 0, doubt: float = 0.02
) -> PairObservation:
    return PairObservation(
        pair=("BaCO3", "TiO2"),
        atmosphere="air",
        temperature_c=temperature_c,
        reacted=reacted,
        source=f"e{number}",
        doubt=doubt,
    )


def belief(*observations: PairObservation) -> PairwiseBelief:
    return PRIOR.belief(("BaCO3", "TiO2"), "air", observations)


def by_brute_force(observations: list[PairObservation], at_c: float) -> float:
    """P(onset <= T) as the docstring of the module says it, one onset a tenth of a degree."""
    onset = np.arange(-4000.0, 6000.0, 0.1) + 0.05
    weight = 0.9 * norm.pdf(onset, 800, 100) + 0.1 * norm.pdf(onset, 800, math.hypot(100, 300))
    weight = np.append(0.9 * weight / weight.sum(), 0.1)
    for verdict in (True, False):
        for low, high in pairwise((0.0, 0.08, 0.16, 0.28, 1.0)):  # about as doubtful
            alike = [o for o in observations if o.reacted is verdict and low <= o.doubt < high]
            shared = max(low, 0.002) / (1 - max(low, 0.002))
            product = np.ones_like(weight)
            for each in alike:
                by_then = np.append(norm.cdf((each.temperature_c - onset) / 25), 0.0)
                right = by_then if verdict else 1 - by_then
                rest = (each.doubt / (1 - each.doubt) - shared) / (1 - shared)
                product *= rest + (1 - rest) * right
            weight *= shared + (1 - shared) * product
    return float(weight[:-1][onset <= at_c].sum() / weight.sum())


@pytest.mark.parametrize(
    "observations",
    [
        [seen(700.0, False)],
        [seen(900.0, True)],
        [seen(700.0, False), seen(1000.0, True, 1, doubt=0.2)],
        [seen(900.0, False), seen(800.0, True, 1)],  # they contradict each other
        [seen(400.0, True, i) for i in range(3)],  # far from what the rule says
        [seen(1300.0, False, i, doubt=0.3) for i in range(9)],
        [seen(600.0, True, i, doubt=0.2 + i / 100) for i in range(9)],
    ],
)
def test_it_is_bayes(observations: list[PairObservation]) -> None:
    for t in (500.0, 750.0, 850.0, 900.0, 1200.0):
        # Cells of 10 C are summed at their middle: off by (10 / 25)^2 / 24 of a weight at most.
        expected = by_brute_force(observations, t)
        assert belief(*observations).probability_mobile(t) == pytest.approx(expected, abs=0.007)


def test_a_surprise_is_doubted_and_believed_when_it_comes_again() -> None:
    once = belief(seen(350.0, True)).probability_mobile(350.0)
    thrice = belief(*(seen(350.0, True, i) for i in range(3))).probability_mobile(350.0)
    assert once < 0.4 < 0.7 < thrice


def test_contradictions_leave_it_open() -> None:
    torn = belief(seen(900.0, False), seen(800.0, True, 1))
    assert 0.3 < torn.probability_mobile(850.0) < 0.7
    assert torn.probability_mobile(500.0) < 0.05
    assert torn.probability_mobile(1300.0) > 0.85


def test_many_repeats_are_fast_and_never_certain() -> None:
    same = [[seen(900.0, verdict, i) for i in range(10_000)] for verdict in (True, False)]
    mixed = [seen(700.0 + i / 10, i % 2 == 0, i) for i in range(10_000)]
    start = time.process_time()
    sure, never, torn = belief(*same[0]), belief(*same[1]), belief(*mixed)
    for known in (sure, never, torn):
        for t in (100.0, 700.0, 900.0, 1500.0):
            assert 0 < known.probability_mobile(t) < 1
    assert time.process_time() - start < 1.0  # 0.2 s where nothing else runs
    assert sure.probability_mobile(900.0) > 0.99
    assert never.probability_mobile(900.0) < 0.05


@st.composite
def observations(draw: st.DrawFn) -> list[PairObservation]:
    told = st.tuples(st.floats(200, 1600), st.booleans(), st.integers(0, 5), st.floats(0.001, 0.5))
    return [seen(*each) for each in draw(st.lists(told, max_size=12))]


@given(observations(), st.randoms(use_true_random=False))
def test_the_order_makes_no_difference(told: list[PairObservation], random: Random) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)
    first, second = (PRIOR.belief(("BaCO3", "TiO2"), "air").after(x) for x in (told, shuffled))
    assert first == second
    assert first.probability_mobile(800.0) == second.probability_mobile(800.0)


@given(observations(), st.floats(-200, 2500), st.floats(-200, 2500))
def test_hotter_is_never_less_likely(told: list[PairObservation], one: float, other: float) -> None:
    low, high = sorted((one, other))
    known = belief(*told)
    assert 0 <= known.probability_mobile(low) <= known.probability_mobile(high) < 1


@given(observations(), st.floats(200, 1600), st.floats(0.001, 0.49))
def test_each_observation_moves_belief_its_way(
    told: list[PairObservation], temperature_c: float, doubt: float
) -> None:
    """Where none before it shares its doubt: its likelihood falls, or rises, with the onset.

    That of observations that share a doubt is a sum with what they share, and between onsets that
    it has left little weight, one more may shift some either way.
    """

    def step(each: float) -> float:
        return max(s for s in SHARED_DOUBT if s <= max(each, SHARED_DOUBT[0]))

    for verdict, sign in ((True, 1), (False, -1)):
        others = [o for o in told if o.reacted != verdict or step(o.doubt) != step(doubt)]
        new = seen(temperature_c, verdict, 99, doubt)
        before = belief(*others).probability_mobile(temperature_c)
        after = belief(*others, new).probability_mobile(temperature_c)
        assert sign * (after - before) >= -1e-9


def test_one_observation_is_as_sure_as_it_says() -> None:
    """Odds of having reacted by far: prior odds 9 times those of being wrong, for inert at 1900 C.

    At 1900 C every onset but none at all has passed, so only `never` explains it.
    """
    for doubt in (0.02, 0.1, 0.2, 0.4):
        told = belief(seen(1900.0, False, doubt=doubt)).posterior.reacts
        # A thousandth of the wide part of the prior lies around 1900 C.
        assert told / (1 - told) == pytest.approx(9 * doubt / (1 - doubt), rel=0.02)


def test_the_same_guess_again_is_wrong_for_the_same_reason() -> None:
    guesses = belief(*(seen(1900.0, False, i, doubt=0.2) for i in range(50))).posterior.reacts
    measured = belief(*(seen(1900.0, False, i, doubt=0.02) for i in range(50))).posterior.reacts
    assert guesses > 0.5  # 9 times 0.16 / 0.84 to 1
    assert measured < 0.05


def test_half_wrong_says_nothing() -> None:
    told = belief(seen(700.0, True, doubt=0.5)).probability_mobile(700.0)
    # The grid against the closed form: rounding alone, since 700 is an edge.
    assert told == pytest.approx(belief().probability_mobile(700.0), abs=1e-9)


def test_quantiles_invert_the_distribution() -> None:
    known = belief(seen(700.0, False), seen(950.0, True, 1)).posterior
    for share in (0.05, 0.5, 0.95):
        assert known.at(known.onset_c(share)) == pytest.approx(share * known.reacts, abs=1e-9)


def test_many_at_once_are_the_same() -> None:
    known = [belief(seen(t, True)).posterior for t in (700.0, 900.0)]
    at = np.array([-300.0, 0.0, 612.3, 900.0, 1999.0, 4000.0])
    for row, each in enumerate(known):
        rows = np.full(len(at), row)
        found = interpolated(np.array([k.by_edge for k in known]), rows, at)
        assert found == pytest.approx(np.interp(at, EDGES_C, each.by_edge), abs=1e-12)
