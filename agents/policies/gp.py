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
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.exceptions import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.models import ExactGP

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.policies.onehot import OneHot, Rows, Vector, whole
from agents.policies.protocol import Choice, generator, suggestions
from knowledge.threads import one_thread

# Hyperparameters are fitted to at most this many outcomes; predictions use them all.
_FITTED = 256
_ITERATIONS = 60
# Rows predicted together: kernel matrices of some 100 MB with 2,000 outcomes.
_CHUNK = 4096
# Believed one after another; beyond, the rest of a batch follows the last ranking.
_BELIEVED = 24


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
        process = _Process(self._table.x[seen.rows], seen.yields, chance)
        pending = self._table.pending(history)
        if len(pending):
            process.believe(self._table.x[pending])
        choices: list[Choice] = []
        while len(choices) < count:
            mean, sigma, improvement = process.predict(self._table.x[left])
            best = np.argsort(-improvement, kind="stable")
            # One at a time while each changes what is expected of the others.
            taken = best[: 1 if len(choices) < _BELIEVED else count - len(choices)]
            for i in taken:
                why = (
                    "largest expected improvement of a Gaussian process over precursors, "
                    f"temperature and time: yield {np.clip(mean[i], 0, 1):.2f} +- {sigma[i]:.2f}"
                )
                choices.append(
                    self._table.choice(
                        int(left[i]), why, mean[i], sigma[i], history.target.yield_asked
                    )
                )
            process.believe(self._table.x[left[taken]])
            left = np.delete(left, taken)
        return choices


class _Process:
    """A fitted Gaussian process, and what is believed beside what was seen."""

    def __init__(self, x: Vector, y: Vector, chance: np.random.Generator) -> None:
        self._mean, self._scale = float(y.mean()), float(y.std()) or 1.0
        self._best = float(y.max())
        inputs = torch.tensor(x)
        outputs = torch.tensor((y - self._mean) / self._scale).unsqueeze(-1)
        some = np.arange(len(x))
        if len(x) > _FITTED:
            some = np.sort(chance.choice(some, _FITTED, replace=False))
        dimensions = x.shape[1]
        self._model = SingleTaskGP(
            inputs[some],
            outputs[some],
            covar_module=get_covar_module_with_dim_scaled_prior(
                ard_num_dims=dimensions, use_rbf_kernel=False
            ),
            outcome_transform=None,
        )
        # Where no optimum is found, what the search reached from the priors is good enough.
        with contextlib.suppress(ModelFittingError):
            fit_gpytorch_mll(
                ExactMarginalLogLikelihood(self._model.likelihood, self._model),
                optimizer_kwargs={"options": {"maxiter": _ITERATIONS}},
                max_attempts=1,
            )
        self._model.eval()
        self._condition(inputs, outputs.squeeze(-1))

    def believe(self, x: Vector) -> None:
        """Take the expected yields of these for seen."""
        if not len(x):
            return
        more = torch.tensor(x)
        with torch.no_grad():
            expected = self._model.posterior(more).mean.squeeze(-1)
        self._condition(torch.cat([self._inputs, more]), torch.cat([self._outputs, expected]))

    def predict(self, x: Vector) -> tuple[Vector, Vector, Vector]:
        """Mean and standard deviation of the yield, and log expected improvement. (len(x),)"""
        acquisition = LogExpectedImprovement(
            self._model, best_f=(self._best - self._mean) / self._scale
        )
        means, sigmas, values = [], [], []
        with torch.no_grad():
            for part in torch.tensor(x).split(_CHUNK):
                posterior = self._model.posterior(part)
                means.append(posterior.mean.squeeze(-1))
                sigmas.append(posterior.variance.clamp_min(1e-12).sqrt().squeeze(-1))
                values.append(acquisition(part.unsqueeze(1)))
        mean, sigma, value = (torch.cat(v).numpy() for v in (means, sigmas, values))
        return self._mean + self._scale * mean, self._scale * sigma, value

    def _condition(self, inputs: torch.Tensor, outputs: torch.Tensor) -> None:
        self._inputs, self._outputs = inputs, outputs
        ExactGP.set_train_data(self._model, inputs, outputs, strict=False)
