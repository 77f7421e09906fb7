"""What an outcome says of the probit of a yield, also one at the end of the scale.

A yield of nothing says that the probit lies at the end of the scale or anywhere below, so it may
pull a posterior down to there but never up; a pure product the other way round. Such an outcome
is left out of the fit wherever the model already agrees with it (the mode of the posterior with
one-sided likelihoods, an active-set search), and the evidence counts it by its probability.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import norm
from torch import Tensor

# Yields closer to 0 or 1 than this are not told apart: refinement does not see less either.
END = 0.01
LIMIT = float(ndtri(1 - END))
# What one recipe's yield varies by when it is made again, beside what refinement reports.
REPEATABILITY = 0.05
# The probit is steep at the ends; an outcome there is known no worse than this.
_MOST_NOISE = 0.6
_SAYS_NOTHING = 1e6  # variance of an outcome that is left out
_ROUNDS = 8


@dataclass(frozen=True)
class Observed:
    """Outcomes on the probit scale: value, noise variance, and the end it is at (-1, 0, 1)."""

    value: Tensor
    variance: Tensor
    end: Tensor

    @classmethod
    def of(cls, yields: NDArray[np.float64], sigmas: NDArray[np.float64]) -> "Observed":
        """From weight fractions, 0 to 1, and their standard deviations. shapes: (n,)."""
        value = to_probit(yields)
        slope = norm.pdf(value)
        noise = np.minimum(np.hypot(sigmas, REPEATABILITY) / slope, _MOST_NOISE)
        end = np.where(yields >= 1 - END, 1.0, np.where(yields <= END, -1.0, 0.0))
        tensors = (torch.tensor(v, dtype=torch.double) for v in (value, noise**2, end))
        return cls(*tensors)


@dataclass(frozen=True)
class Fit:
    """Noise variances with those left out made huge, and log evidence. shapes: (m, n), (m,)."""

    variance: Tensor
    log_evidence: Tensor


def to_probit(yields: "NDArray[np.float64] | float") -> NDArray[np.float64]:
    """The probit of yields, cut off at the ends of the scale."""
    return np.asarray(ndtri(np.clip(yields, END, 1 - END)))


def fit(covariance: Tensor, mean: Tensor, observed: Observed) -> Fit:
    """Which one-sided outcomes count, for each member m. shapes: (m, n, n), (m, n)."""
    residual = observed.value - mean
    one_sided = observed.end != 0
    counts = torch.ones_like(mean, dtype=torch.bool)
    for _ in range(_ROUNDS):
        variance = torch.where(counts, observed.variance, _SAYS_NOTHING)
        pull = _solve(covariance, variance, residual)
        # Dropped where it pulls inwards; taken back where the fit misses it.
        misses = observed.end * (residual - (covariance @ pull.unsqueeze(-1)).squeeze(-1)) > 0
        wanted = ~one_sided | torch.where(counts, observed.end * pull > 0, misses)
        if bool((wanted == counts).all()):
            break
        counts = wanted
    variance = torch.where(counts, observed.variance, _SAYS_NOTHING)
    return Fit(variance, _log_evidence(covariance, residual, variance, counts, observed))


def _solve(covariance: Tensor, variance: Tensor, residual: Tensor) -> Tensor:
    factor = torch.linalg.cholesky(covariance + torch.diag_embed(variance))
    solved: Tensor = torch.cholesky_solve(residual.unsqueeze(-1), factor).squeeze(-1)
    return solved


def _log_evidence(
    covariance: Tensor, residual: Tensor, variance: Tensor, counts: Tensor, observed: Observed
) -> Tensor:
    """Log marginal likelihood of what counts, and log probability of the side of the rest."""
    kept = torch.where(counts, residual, torch.zeros_like(residual))
    factor = torch.linalg.cholesky(covariance + torch.diag_embed(variance))
    alpha = torch.cholesky_solve(kept.unsqueeze(-1), factor).squeeze(-1)
    log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
    left_out = (~counts).sum(dim=-1).double()
    gaussian = -0.5 * (kept * alpha).sum(dim=-1) - log_det
    gaussian = gaussian + 0.5 * left_out * float(np.log(_SAYS_NOTHING))
    gaussian = gaussian - 0.5 * counts.sum(dim=-1).double() * float(np.log(2 * np.pi))
    fitted = (covariance @ alpha.unsqueeze(-1)).squeeze(-1)
    spread = _spread(covariance, factor) + observed.variance
    side = torch.special.log_ndtr(observed.end * (fitted - residual) / spread.sqrt())
    evidence: Tensor = gaussian + torch.where(counts, torch.zeros_like(side), side).sum(dim=-1)
    return evidence


def _spread(covariance: Tensor, factor: Tensor) -> Tensor:
    """Posterior variance of the probit at the outcomes themselves. shape: (m, n)."""
    whitened = torch.linalg.solve_triangular(factor, covariance, upper=False)
    explained = whitened.square().sum(dim=-2)
    variance: Tensor = (covariance.diagonal(dim1=-2, dim2=-1) - explained).clamp_min(0.0)
    return variance
