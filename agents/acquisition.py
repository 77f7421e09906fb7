"""Which candidate to try next: expected improvement, and what success looks like."""

import numpy as np
import torch
from botorch.acquisition.logei import qLogExpectedImprovement
from botorch.models import SingleTaskGP
from botorch.sampling.normal import SobolQMCNormalSampler
from numpy.typing import NDArray
from scipy.stats import norm

from agents.surrogate import REPEATABILITY, Features

_SAMPLES = 256
_CHUNK = 1024


def best_batch(
    model: SingleTaskGP,
    candidates: Features,
    pending: Features | None,
    best_yield: float,
    count: int,
    seed: int,
) -> list[int]:
    """Rows of the candidates to try, by greedy qLogEI (Ament et al., NeurIPS 2023).

    Pending experiments, and those already chosen, are fantasised: their unknown outcomes are
    sampled jointly with the candidate's, so a near copy of one promises little.
    """
    x = torch.tensor(candidates.x, dtype=torch.double)
    acquisition = qLogExpectedImprovement(
        model,
        best_f=best_yield,
        sampler=SobolQMCNormalSampler(torch.Size([_SAMPLES]), seed=seed),
        X_pending=None if pending is None else torch.tensor(pending.x, dtype=torch.double),
    )
    chosen: list[int] = []
    left = torch.arange(len(x))
    for _ in range(min(count, len(x))):
        parts = torch.split(x[left], _CHUNK)
        with torch.no_grad():
            values = torch.cat([acquisition(part.unsqueeze(1)) for part in parts])
        chosen.append(int(left[values.argmax()]))
        left = left[left != chosen[-1]]
        taken = x[chosen]
        if pending is not None:
            taken = torch.cat([torch.tensor(pending.x, dtype=torch.double), taken])
        acquisition.set_X_pending(taken)
    return chosen


def probability_of_success(
    mean: NDArray[np.float64], sigma: NDArray[np.float64], yield_asked: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """5 %, mean and 95 % of the probability that an experiment reaches the yield asked for.

    The interval is over what the model does not know (the latent yield); each bound, and the
    mean, still averages over what repeating the same recipe varies by.
    """
    mean_probability = norm.cdf((mean - yield_asked) / np.hypot(sigma, REPEATABILITY))
    low, high = (
        norm.cdf((mean + q * sigma - yield_asked) / REPEATABILITY) for q in norm.ppf([0.05, 0.95])
    )
    low, high = np.minimum(low, mean_probability), np.maximum(high, mean_probability)
    return low, mean_probability, high
