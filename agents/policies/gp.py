"""Gaussian process and expected improvement over one-hot recipes: the usual black box.

A Gaussian process with a Matern 5/2 kernel (BoTorch, hyperparameters at their maximum a
posteriori) learns the yield from which precursors a recipe has, how hot and how long. The untried
recipe with the largest expected improvement over the best yield so far comes next (its logarithm:
Ament et al., NeurIPS 2023). Experiments under way are believed to give what the model expects of
them (the kriging believer of Ginsbourger, Le Riche and Carraro, 2010). It is what ARROWS3 was
compared with (Szymanski et al., Nat. Commun. 14, 6956 (2023)).
"""

import contextlib

import numpy as np
import torch
from botorch.exceptions import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from gpytorch.mlls import ExactMarginalLogLikelihood
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.special import erfcx, ndtr

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.policies.onehot import OneHot, Rows, Vector, whole
from agents.policies.protocol import Choice, generator, suggestions
from knowledge.threads import one_thread

# Hyperparameters are fitted to at most this many outcomes; predictions use them all.
_FITTED = 256
_ITERATIONS = 60
# In units of the yields' own variance; rounding leaves less, or less than zero.
_LEAST_VARIANCE = 1e-12
# Standard deviations below the best from which on rounding takes more than the expansion does.
_FAR_BELOW = -1e4
# Rows predicted together: kernel matrices of some 100 MB with 2,000 outcomes.
_CHUNK = 4096
# Hyperparameters are good enough when a step gains so few nats for each outcome.
_ENOUGH = 1e-4
# A batch is chosen one after the other among so many, and at most so many of them.
_NEAR, _BELIEVED = 512, 24


class GpPolicy:
    """Implements Policy. The first `random_first` experiments are drawn at random."""

    name = "gp"

    def __init__(self, candidates: Candidates, seed: int, random_first: int = 3) -> None:
        self._candidates, self._seed = candidates, seed
        self._random_first = whole("random_first", random_first)
        self._table = OneHot(candidates)

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The largest expected improvement first."""
        left = self._table.left(history)
        chance = generator(self._seed, history)
        shuffled = chance.permutation(left)
        if len(self._table.observed(history)) < self._random_first:
            choices = self._table.drawn(shuffled, count, self._random_first)
        elif count > 0 and len(left):
            with one_thread(), torch.random.fork_rng(devices=[]):
                torch.manual_seed(int(chance.integers(2**31)))
                choices = self._improving(history, shuffled, min(count, len(left)), chance)
        else:
            choices = []
        return suggestions(self.name, self._candidates, history, choices)

    def _improving(
        self, history: History, left: Rows, count: int, chance: np.random.Generator
    ) -> list[Choice]:
        seen = self._table.observed(history)
        process = Process(self._table.x[seen.rows], seen.yields, chance)
        process.believe(self._table.x[self._table.pending(history)])
        mean, sigma = process.predict(self._table.x[left])
        best = float(seen.yields.max())
        value = log_expected_improvement(mean, sigma, best)
        order = np.argsort(-value, kind="stable")
        # Belief makes no expected improvement larger: the next of a batch is among the first.
        near, ranked = order[:_NEAR], list[tuple[int, float]]()
        while len(ranked) < min(count, len(near), _BELIEVED):
            reached = process.predict(self._table.x[left[near]])[1]
            values = log_expected_improvement(mean[near], reached, best)
            values[np.isin(near, [i for i, _ in ranked])] = -np.inf
            i = int(values.argmax())
            ranked.append((int(near[i]), float(reached[i])))
            process.believe(self._table.x[left[near[i : i + 1]]])
        chosen = {i for i, _ in ranked}
        rest = [(int(i), float(sigma[i])) for i in order if int(i) not in chosen]
        asked = history.target.yield_asked
        return [
            self._table.choice(int(left[i]), _why(mean[i], spread), mean[i], spread, asked)
            for i, spread in [*ranked, *rest][:count]
        ]


def _why(mean: float, sigma: float) -> str:
    return (
        "largest expected improvement of a Gaussian process over precursors, temperature and "
        f"time: yield {np.clip(mean, 0, 1):.2f} +- {sigma:.2f}"
    )


def log_expected_improvement(mean: Vector, sigma: Vector, best: float) -> Vector:
    """Logarithm of the expectation of max(y - best, 0) over normal y, finite however small.

    It is sigma (phi(u) + u Phi(u)) with u = (mean - best) / sigma (Jones, Schonlau and Welch, J.
    Global Optim. 13, 455 (1998)); far below the best, where this is lost to rounding, its first
    term of expansion, sigma phi(u) / u^2.
    """
    u = (mean - best) / sigma
    log_density = -0.5 * u**2 - 0.5 * np.log(2 * np.pi)
    below = np.minimum(u, 0.0)
    # 1 + u Phi(u) / phi(u), which tends to 1 / u^2.
    share = 1 + below * np.sqrt(np.pi / 2) * erfcx(-below / np.sqrt(2))
    share = np.where(u < _FAR_BELOW, 1 / np.minimum(u, -1.0) ** 2, share)
    above = np.exp(log_density) + np.maximum(u, 0.0) * ndtr(u)
    reached = np.where(u < 0, log_density + np.log(share), np.log(np.where(u < 0, 1.0, above)))
    return np.asarray(np.log(sigma) + reached)


class Process:
    """A fitted Gaussian process over features, and what is believed beside what was seen.

    `x`: shape (n, d), from 0 to 1. `y`: yields, shape (n,). `chance` draws those that a long
    history is fitted to.
    """

    def __init__(self, x: Vector, y: Vector, chance: np.random.Generator) -> None:
        self._scale = float(y.std()) or 1.0
        standard = (y - y.mean()) / self._scale
        some = np.arange(len(x))
        if len(x) > _FITTED:
            some = np.sort(chance.choice(some, _FITTED, replace=False))
        model = _fitted(x[some], standard[some])
        self._kernel = model.covar_module
        with torch.no_grad():
            self._noise = model.likelihood.noise.item()
            constant = model.mean_module(torch.tensor(x[:1])).item()
        self._mean = float(y.mean()) + self._scale * constant
        self._seen = self._known = x
        self._lower = cholesky(self._covariance(x, x) + self._noise * np.eye(len(x)), lower=True)
        self._weights = cho_solve((self._lower, True), standard - constant)

    def believe(self, x: Vector) -> None:
        """Take what is expected of these for seen. shape: (m, d).

        That changes what is expected of no other, for nothing was unexpected; it only shrinks
        what is uncertain.
        """
        if not len(x):
            return
        across = solve_triangular(self._lower, self._covariance(self._known, x), lower=True)
        own = self._covariance(x, x) + self._noise * np.eye(len(x)) - across.T @ across
        above = np.zeros((len(self._known), len(x)))
        self._lower = np.block([[self._lower, above], [across.T, cholesky(own, lower=True)]])
        self._known = np.concatenate([self._known, x])

    def predict(self, x: Vector) -> tuple[Vector, Vector]:
        """Mean and standard deviation of the yield, before what repeats vary by. (len(x),)"""
        mean, variance = np.empty(len(x)), np.empty(len(x))
        for start in range(0, len(x), _CHUNK):
            part = slice(start, start + _CHUNK)
            across = self._covariance(self._known, x[part])
            mean[part] = self._weights @ across[: len(self._seen)]
            explained = solve_triangular(self._lower, across, lower=True, overwrite_b=True)
            variance[part] = self._own(x[part]) - np.einsum("nm,nm->m", explained, explained)
        sigma = np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
        return self._mean + self._scale * mean, self._scale * sigma

    def _covariance(self, one: Vector, other: Vector) -> Vector:
        with torch.no_grad():
            found = self._kernel(torch.tensor(one), torch.tensor(other)).to_dense()
        return np.asarray(found.numpy(), dtype=np.float64)

    def _own(self, x: Vector) -> Vector:
        with torch.no_grad():
            return np.asarray(self._kernel(torch.tensor(x), diag=True).numpy(), dtype=np.float64)


def _fitted(x: Vector, y: Vector) -> SingleTaskGP:
    model = SingleTaskGP(
        torch.tensor(x),
        torch.tensor(y).unsqueeze(-1),
        covar_module=get_covar_module_with_dim_scaled_prior(
            ard_num_dims=x.shape[1], use_rbf_kernel=False
        ),
        outcome_transform=None,
    )
    # Where no optimum is found, what the search reached from the priors is good enough.
    with contextlib.suppress(ModelFittingError):
        fit_gpytorch_mll(
            ExactMarginalLogLikelihood(model.likelihood, model),
            optimizer_kwargs={"options": {"maxiter": _ITERATIONS, "ftol": _ENOUGH}},
            max_attempts=1,
        )
    return model.eval()
