"""One-sided outcomes: never pulled inwards, and the mode that a general optimiser finds."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_normal, norm

from agents.censoring import LIMIT, Observed, fit, to_probit


def posterior_mode(covariance: np.ndarray, mean: np.ndarray, yields: np.ndarray) -> np.ndarray:
    """The mode of the probits at the outcomes, as `fit` leaves it."""
    observed = Observed.of(yields, np.full(len(yields), 0.02))
    cov, mu = torch.tensor(covariance)[None], torch.tensor(mean)[None]
    variance = fit(cov, mu, observed).variance[0].numpy()
    residual = observed.value.numpy() - mean
    gain = np.linalg.solve(covariance + np.diag(variance), residual)
    return np.asarray(mean + covariance @ gain)


def by_optimiser(covariance: np.ndarray, mean: np.ndarray, yields: np.ndarray) -> np.ndarray:
    """The same by minimising the penalised loss, with one-sided terms at the ends of the scale."""
    observed = Observed.of(yields, np.full(len(yields), 0.02))
    value, end = observed.value.numpy(), observed.end.numpy()
    precision, noise = np.linalg.inv(covariance), observed.variance.numpy()

    def loss(probit: np.ndarray) -> float:
        missed = value - probit
        missed = np.where(end == 0, missed, np.where(end > 0, missed.clip(0), missed.clip(None, 0)))
        away = probit - mean
        return float(0.5 * away @ precision @ away + 0.5 * (missed**2 / noise).sum())

    return np.asarray(minimize(loss, mean, method="BFGS", options={"gtol": 1e-9}).x)


def covariance_of(places: list[float]) -> np.ndarray:
    x = np.array(places)
    return np.asarray(1.5 * np.exp(-((x[:, None] - x[None]) ** 2) / 2) + 0.05 * np.eye(len(x)))


CASES = st.integers(2, 7).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(0, 4), min_size=n, max_size=n),
        st.lists(st.floats(-4, 4), min_size=n, max_size=n),
        st.lists(st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.9, 1.0, 1.0]), min_size=n, max_size=n),
    )
)


@given(CASES)
@settings(max_examples=60, deadline=None)
def test_the_mode_is_that_of_one_sided_likelihoods(
    case: tuple[list[float], list[float], list[float]],
) -> None:
    places, mean, yields = case
    cov, mu, y = covariance_of(places), np.array(mean), np.array(yields)
    # Numerical gradients of BFGS leave errors of this size.
    assert posterior_mode(cov, mu, y) == pytest.approx(by_optimiser(cov, mu, y), abs=2e-3)


def test_nothing_where_nothing_is_expected_changes_nothing() -> None:
    """A yield of zero agrees with a probit far below the scale: it must not pull it up."""
    mode = posterior_mode(np.eye(1), np.array([-5.0]), np.array([0.0]))
    assert mode == pytest.approx([-5.0], abs=1e-4)


def test_nothing_where_much_is_expected_pulls_down() -> None:
    mode = posterior_mode(np.eye(1), np.array([1.0]), np.array([0.0]))
    assert -LIMIT < mode[0] < -1.0


def test_evidence_is_the_marginal_likelihood_of_what_lies_inside_the_scale() -> None:
    """Scipy's multivariate normal."""
    cov, mean = covariance_of([0.0, 0.5, 2.0]), np.array([0.1, -0.2, 0.4])
    yields = np.array([0.3, 0.6, 0.8])
    observed = Observed.of(yields, np.full(3, 0.02))
    found = fit(torch.tensor(cov)[None], torch.tensor(mean)[None], observed).log_evidence
    noisy = cov + np.diag(observed.variance.numpy())
    assert float(found) == pytest.approx(
        multivariate_normal(mean, noisy).logpdf(observed.value.numpy()), abs=1e-9
    )


def test_evidence_of_an_outcome_beyond_the_scale_is_the_probability_of_its_side() -> None:
    observed = Observed.of(np.array([0.0]), np.array([0.02]))
    found = fit(torch.tensor([[[0.5]]]).double(), torch.tensor([[-4.0]]).double(), observed)
    spread = np.sqrt(0.5 + float(observed.variance))
    assert float(found.log_evidence) == pytest.approx(norm.logcdf((4 - LIMIT) / spread), abs=1e-3)


def test_probits_keep_the_order_of_yields_and_end_at_the_limit() -> None:
    assert to_probit(np.array([0.0, 0.5, 1.0])) == pytest.approx([-LIMIT, 0.0, LIMIT])
