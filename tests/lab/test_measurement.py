"""What a diffractometer makes of a known mixture."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import RecordError
from knowledge.outcome import Outcome, PhaseFraction
from lab.simulated.interfaces import Array
from lab.simulated.measurement import Measurement, measure, weight_fractions
from lab.simulated.physics import Sample
from tests.lab.test_chemistry import chemistry

SYSTEM = chemistry(0, "BaTiO3", "BaCO3", "TiO2").system
NAMED = [i for i, p in enumerate(SYSTEM.phases) if not p.hidden]
HIDDEN = next(i for i, p in enumerate(SYSTEM.phases) if p.hidden)


def mixture(**shares: float) -> Array:
    """Weight fractions by formula; `hidden` is the hidden phase."""
    found = np.zeros(len(SYSTEM.phases))
    for formula, share in shares.items():
        found[HIDDEN if formula == "hidden" else SYSTEM.index[formula]] = share
    return found


def measured(
    fractions: Array, seed: int = 0, mislabel: float | None = None, **settings: float
) -> Outcome:
    rng = np.random.default_rng(seed)
    phases, rest = measure(SYSTEM, fractions, Measurement(**settings), rng, mislabel)
    return Outcome(experiment_id="e", phases=phases, unidentified_weight_fraction=rest)


@given(
    shares=st.lists(st.floats(0, 1), min_size=len(SYSTEM.phases), max_size=len(SYSTEM.phases)),
    glass=st.floats(0, 1),
    seed=st.integers(0, 1000),
    sigma=st.sampled_from((0.0, 0.015, 0.1, 0.9)),
    limit=st.sampled_from((0.0, 0.02, 0.5)),
)
def test_what_is_given_adds_up_to_one(
    shares: list[float], glass: float, seed: int, sigma: float, limit: float
) -> None:
    total = sum(shares) + glass
    fractions = np.array(shares) / total if total > 0 else np.zeros(len(shares))
    outcome = measured(fractions, seed, sigma=sigma, detection_limit=limit)
    given_out = [p.weight_fraction for p in outcome.phases]
    # Each is rounded to four decimals.
    slack = 5e-5 * (len(given_out) + 1)
    total = sum(given_out) + outcome.unidentified_weight_fraction
    assert total == pytest.approx(1.0, abs=slack + 1e-12)
    assert given_out == sorted(given_out, reverse=True)
    assert {p.sigma for p in outcome.phases} <= {sigma}
    # Normalising makes what was kept larger or, where noise was above, at most as much smaller.
    assert all(share > 0 for share in given_out)
    assert not [p for p in outcome.phases if "hidden" in p.formula]


def test_without_noise_the_truth_is_told() -> None:
    truth = mixture(BaTiO3=0.6, BaCO3=0.2, TiO2=0.1, hidden=0.05)  # and 0.05 of glass
    outcome = measured(truth, sigma=0, detection_limit=0)
    told = {p.formula: p.weight_fraction for p in outcome.phases}
    assert told == pytest.approx({"BaTiO3": 0.6, "BaCO3": 0.2, "TiO2": 0.1}, abs=5e-5)
    assert outcome.unidentified_weight_fraction == pytest.approx(0.1, abs=5e-5)


def test_little_is_not_seen() -> None:
    """Below the detection limit a phase is left out, and the others take its share."""
    outcome = measured(mixture(BaTiO3=0.985, TiO2=0.015), sigma=0, detection_limit=0.02)
    assert [(p.formula, p.weight_fraction) for p in outcome.phases] == [("BaTiO3", 1.0)]
    outcome = measured(mixture(BaTiO3=0.97, TiO2=0.03), sigma=0, detection_limit=0.02)
    assert outcome.weight_fraction("TiO2") == pytest.approx(0.03)


def test_only_glass_and_only_traces_are_unidentified() -> None:
    traces = np.full(len(SYSTEM.phases), 0.01)
    for fractions in (np.zeros(len(SYSTEM.phases)), mixture(hidden=1.0), traces):
        outcome = measured(fractions, sigma=0)
        assert outcome.phases == ()
        assert outcome.unidentified_weight_fraction == 1.0


def test_errors_are_as_large_as_told() -> None:
    """Over repeated scans the mean is the truth and the spread follows from sigma.

    Independent errors s of n fractions, scaled to add up to one, leave fraction x with a variance
    of s^2 ((1 - x)^2 + (n - 1) x^2), to first order in s.
    """
    truth, count = {"BaTiO3": 0.4, "BaCO3": 0.2, "TiO2": 0.2, "Ba2TiO4": 0.2}, 2000
    rng, sigma = np.random.default_rng(0), 0.015
    seen: dict[str, list[float]] = {formula: [] for formula in truth}
    for _ in range(count):
        phases, _ = measure(SYSTEM, mixture(**truth), Measurement(sigma=sigma), rng)
        for phase in phases:
            seen[phase.formula].append(phase.weight_fraction)
    for formula, x in truth.items():
        spread = sigma * math.sqrt((1 - x) ** 2 + 3 * x**2)
        # Four standard errors of a mean and of a standard deviation.
        assert np.mean(seen[formula]) == pytest.approx(x, abs=4 * spread / math.sqrt(count))
        assert np.std(seen[formula]) == pytest.approx(spread, rel=4 / math.sqrt(2 * count))
        # And that is near what is told.
        assert 0.8 < spread / sigma < 1.1


def test_traces_are_seldom_seen() -> None:
    """A phase of a thousandth of what can be seen is not reported, however noisy the scan."""
    truth = mixture(BaTiO3=1 - 4e-5, BaCO3=1e-5, TiO2=1e-5, Ba2TiO4=1e-5)
    rng, reported = np.random.default_rng(0), 0
    for _ in range(1000):
        phases, _ = measure(SYSTEM, truth, Measurement(), rng)
        reported += len(phases) > 1
    assert reported < 20  # two in a hundred


def mislabelled(truth: Array, draws: int) -> list[tuple[PhaseFraction, ...]]:
    return [
        measured(truth, sigma=0, mislabel=(n + 0.5) / draws).phases for n in range(draws)
    ]  # fmt: skip


def test_a_mislabelled_phase_is_another_of_the_system() -> None:
    """The largest is named as any of those not seen, each as often as any other."""
    truth = mixture(BaTiO3=0.7, TiO2=0.3)
    others = {SYSTEM.phases[i].formula for i in NAMED} - {"BaTiO3", "TiO2"}
    found = mislabelled(truth, 3 * len(others))
    assert Counter(phases[0].formula for phases in found) == dict.fromkeys(others, 3)
    for phases in found:
        assert phases[0].weight_fraction == pytest.approx(0.7)
        assert phases[1].formula == "TiO2"


def test_where_all_are_seen_none_can_be_mistaken() -> None:
    share = 1 / len(NAMED)
    truth = mixture(**{SYSTEM.phases[i].formula: share for i in NAMED})
    plain, swapped = measured(truth, sigma=0), measured(truth, sigma=0, mislabel=0.99)
    assert swapped == plain


@pytest.mark.parametrize("mislabel", [0.0, 1 - 2**-53])
def test_the_ends_of_the_draw(mislabel: float) -> None:
    [phase] = measured(mixture(BaTiO3=1.0), sigma=0, mislabel=mislabel).phases
    assert phase.formula != "BaTiO3"


def test_weight_fractions_count_glass() -> None:
    """Equal framework atoms of CaO crystals and CaO glass: half of the weight each."""
    made = chemistry(0, "CaO", "CaCO3").system
    lime = np.where(np.arange(len(made.phases)) == made.index["CaO"], 1.0, 0.0)
    nothing = np.zeros_like(lime)
    crystals, glass = weight_fractions(made, Sample(lime, lime, 5 * lime, nothing))
    assert glass == pytest.approx(0.5)
    assert crystals == pytest.approx(0.5 * lime)
    chalk = np.where(np.arange(len(made.phases)) == made.index["CaCO3"], 1.0, 0.0)
    crystals, glass = weight_fractions(made, Sample(lime + chalk, nothing, nothing, nothing))
    # CaO weighs 56.08 and CaCO3 100.09 g/mol.
    assert crystals[made.index["CaO"]] == pytest.approx(56.08 / 156.17, abs=1e-4)
    assert glass == 0


@pytest.mark.parametrize(
    "settings", [{"sigma": -0.1}, {"sigma": 1.0}, {"detection_limit": math.nan}]
)
def test_settings_that_are_none(settings: dict[str, Any]) -> None:
    name = next(iter(settings))
    with pytest.raises(RecordError, match=rf"lab\.measurement\.{name} is"):
        Measurement(**settings)
