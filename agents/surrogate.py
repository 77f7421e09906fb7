"""The Gaussian process over recipes: a prior mean from knowledge, and what outcomes correct.

Features of a recipe, all of order one: literature log-probability of its precursors, temperature
relative to literature, log hold time, driving force of the whole and of the target-forming step,
mobility of its least mobile pair, and which precursors it uses. The mean is the yield that
knowledge alone expects; the GP models the difference.
"""

import contextlib
import math
from dataclasses import dataclass

import gpytorch
import numpy as np
import torch
from botorch.exceptions import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.kernels import MaternKernel, RBFKernel, ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior, LogNormalPrior
from numpy.typing import NDArray

from agents.candidates import Candidate, Candidates
from agents.history import CompletedExperiment, History
from agents.reactivity import Reactivity, learn

# What one recipe's yield varies by when it is made again, beside what refinement reports.
REPEATABILITY = 0.05
# Before any experiment: how far a yield lies from what knowledge expects.
PRIOR_SIGMA = 0.3
# A target is made by most published recipes at the published temperature, not by all.
_PEAK_YIELD = 0.85
# Precursor probabilities span decades while yields do not: their fourth root weighs them.
_LITERATURE_POWER = 0.25
# What is left of the yield expected where the pathway is not predicted to reach the target.
_NO_PATHWAY = 0.3

_CONDITIONS = 6  # features before the precursor indicators
_NO_INFORMATION = 1e6  # variance of an observation that says nothing
_FIT_FROM = 3  # experiments from which hyperparameters are fitted


@dataclass(frozen=True)
class Features:
    """Rows for candidates. `x` shape (n, d); the last column is the prior mean of the yield."""

    x: NDArray[np.float64]

    @property
    def prior_mean(self) -> NDArray[np.float64]:
        """Yield that knowledge alone expects, 0 to 1. shape: (n,)."""
        return np.asarray(self.x[:, -1])


class Featuriser:
    """Turns candidates into features, given what is believed about reactivity by now."""

    def __init__(self, candidates: Candidates) -> None:
        self._precursors = sorted({p for c in candidates.items for p in c.recipe.precursors})
        self._likeliest = max(c.literature_probability for c in candidates.items)

    def features(self, items: list[Candidate], reactivity: Reactivity) -> Features:
        """shape: (len(items), 6 + precursors + 1)."""
        return Features(np.array([self._row(c, reactivity) for c in items]))

    def _row(self, candidate: Candidate, reactivity: Reactivity) -> list[float]:
        step, pathway = candidate.recipe.hottest, candidate.pathway
        share = candidate.literature_probability / self._likeliest
        mobile = reactivity.probability_mobile(pathway, step.temperature_c)
        reaches = 1.0 if pathway.target_weight_fraction > 0.5 else _NO_PATHWAY
        expected = _PEAK_YIELD * share**_LITERATURE_POWER * mobile * reaches
        expected *= math.exp(-(candidate.firing_z**2) / 2)
        used = [0.5 * (p in candidate.recipe.precursors) for p in self._precursors]
        return [
            max(math.log10(share), -4.0) / 4,
            candidate.firing_z,
            math.log(step.hold_h + 1.0) / 3,
            pathway.driving_force_ev_per_atom * 5,
            pathway.driving_force_left_ev_per_atom * 10,
            mobile,
            *used,
            expected,
        ]


class _KnownMean(gpytorch.means.Mean):  # type: ignore[misc]
    """The prior mean, carried as the last feature."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., -1]


def fit(features: Features, experiments: list[CompletedExperiment]) -> SingleTaskGP:
    """The GP given experiments in the order of the feature rows; noise from each sigma.

    Hyperparameters are maximum a posteriori: with a handful of points the priors hold them. Without
    experiments, `features` is one row and the GP is the prior.
    """
    if experiments:
        y = [e.yield_fraction for e in experiments]
        sigma = [e.outcome.sigma(e.recipe.target.formula) for e in experiments]
        variance = [s**2 + REPEATABILITY**2 for s in sigma]
    else:
        y, variance = [float(features.prior_mean[0])], [_NO_INFORMATION]
    model = SingleTaskGP(
        torch.tensor(features.x, dtype=torch.double),
        torch.tensor(y, dtype=torch.double).unsqueeze(-1),
        train_Yvar=torch.tensor(variance, dtype=torch.double).unsqueeze(-1),
        mean_module=_KnownMean(),
        covar_module=_kernel(features.x.shape[-1]),
        outcome_transform=None,
    )
    if len(experiments) >= _FIT_FROM:
        # Where no optimum is found, what the search reached from the priors is good enough.
        with contextlib.suppress(ModelFittingError):
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model.eval()


def _kernel(dimensions: int) -> ScaleKernel:
    """Conditions with a length each, times how many precursors two recipes share."""
    conditions = MaternKernel(
        nu=2.5,
        ard_num_dims=_CONDITIONS,
        active_dims=tuple(range(_CONDITIONS)),
        lengthscale_prior=LogNormalPrior(0.0, 0.75),
    )
    precursors = RBFKernel(
        active_dims=tuple(range(_CONDITIONS, dimensions - 1)),
        lengthscale_prior=LogNormalPrior(0.0, 0.75),
    )
    conditions.lengthscale = 1.0
    precursors.lengthscale = 1.0
    kernel = ScaleKernel(
        conditions * precursors, outputscale_prior=GammaPrior(2.0, 2.0 / PRIOR_SIGMA**2)
    )
    kernel.outputscale = PRIOR_SIGMA**2
    return kernel


def predict(
    model: SingleTaskGP, features: Features
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the yield of each row, before measurement noise."""
    with torch.no_grad():
        posterior = model.posterior(torch.tensor(features.x, dtype=torch.double))
    return (
        posterior.mean.squeeze(-1).numpy(),
        posterior.variance.clamp_min(1e-12).sqrt().squeeze(-1).numpy(),
    )


def posterior(
    candidates: Candidates, history: History
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the yield of every candidate, given a history."""
    featuriser, reactivity = (
        Featuriser(candidates),
        learn(history.completed, candidates.onset_priors),
    )
    by_recipe = {c.recipe.content_id: c for c in candidates.items}
    measured = [e for e in history.measured if e.recipe.content_id in by_recipe]
    features = featuriser.features(list(candidates.items), reactivity)
    seen = [by_recipe[e.recipe.content_id] for e in measured]
    training = featuriser.features(seen, reactivity) if seen else Features(features.x[:1])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = fit(training, measured)
    return predict(model, features)
