"""Differences that are what they say, and verdicts that are seldom wrong."""

import numpy as np
import pytest

from experiments.comparison.validity import (
    SHAPES,
    check_by_the_rule,
    decisions,
    effort,
    errors,
    main,
    t_test,
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mean", [0.0, 0.05, 0.2])
def test_differences_of_a_shape_have_the_mean_asked_for(shape: str, mean: float) -> None:
    drawn = SHAPES[shape](np.random.default_rng(0), mean, (200, 200))
    assert np.abs(drawn).max() <= 1
    # 4 standard errors: of 18 fixed draws none is farther by chance
    assert abs(drawn.mean() - mean) < 4 * drawn.std() / 200


@pytest.mark.parametrize("shape", SHAPES)
def test_verdicts_that_are_looked_at_after_every_seed_are_seldom_wrong(shape: str) -> None:
    found = errors(shape, runs=300, seeds=150)
    assert found.at_zero <= 0.05
    assert found.at_margin <= 0.05
    assert found.left_out <= 0.05


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_measured_is_what_the_rule_decides(shape: str) -> None:
    check_by_the_rule(shape, runs=1, seeds=60)


def test_a_run_that_is_decided_is_decided_as_by_hand() -> None:
    """A gain of 0.6 each time is found after twelve, see test_words; of nothing nothing is."""
    drawn = np.stack([np.full(30, 0.6), np.full(30, -0.6), np.zeros(30)], axis=1)
    assert decisions(drawn) == [("better", 12), ("worse", 12), ("undecided", None)]


def test_a_difference_is_found_the_sooner_the_larger_it_is() -> None:
    small, large = (effort("wide", mean, runs=100, seeds=300) for mean in (0.1, 0.2))
    assert large.decided == 1
    assert large.seeds < small.seeds < 200


def test_the_seeds_of_a_t_test_are_those_of_the_textbook() -> None:
    # (1.96 + 0.84)^2 / 0.5^2 = 31.4 pairs, and two for the variance that is estimated
    assert t_test(0.5, 1.0) == 34


def test_what_was_measured_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["validity", "--runs", "20", "--seeds", "10"])
    main()
    told = capsys.readouterr().out
    assert "20 comparisons of up to 10 seeds" in told
    assert "120 of them decided by the whole rule too" in told
    assert all(shape in told for shape in SHAPES)
