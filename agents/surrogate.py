"""The surrogate: what is believed of the yield of every candidate, after every outcome so far.

An ensemble of Gaussian processes on the probit of the yield (agents.kernel), one for each setting
of what nobody knows beforehand, weighed by how well each foretold the outcomes. Outcomes at the
ends of the scale count one-sidedly (agents.censoring); several of one recipe count as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import gpytorch
import numpy as np
import torch
from botorch.models import SingleTaskGP
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import norm
from torch import Tensor

from agents.censoring import LIMIT, Fit, Observed, fit, to_probit
from agents.features import Features
from agents.kernel import ENSEMBLE, ExpectedYield, Layout, Member, RecipeKernel, inputs

# A recipe made again, on the probit scale where it is steep neither way.
REPEATED = 0.3
# A yield asked for beyond what is told apart counts as reached just short of the end.
_PURE = LIMIT - 0.15
_WORTH_SECONDS = 0.1  # of the weight of the best, where outcomes are very many
_LEAST_WEIGHT = 1e-3  # members below it are not asked
_NOTHING_SEEN = 1e6
# Beyond these many recipes the members are weighed, and candidates screened, by a part of them.
_WEIGHED_BY = 200
_MOST_RECIPES = 2500
_AT_A_TIME = 4096  # candidates


@dataclass(frozen=True)
class Outcomes:
    """Measured recipes: their rows among the candidates, yields and sigmas, one row a recipe."""

    rows: NDArray[np.intp]
    yields: NDArray[np.float64]
    sigmas: NDArray[np.float64]

    @classmethod
    def of(cls, rows: list[int], yields: list[float], sigmas: list[float]) -> "Outcomes":
        """Replicates put together: their mean, and no better known than replicates agree."""
        at, value, spread = np.array(rows, dtype=np.intp), np.array(yields), np.array(sigmas)
        unique, which, counts = np.unique(at, return_inverse=True, return_counts=True)
        mean = np.bincount(which, value, len(unique)) / np.maximum(counts, 1)
        within = np.bincount(which, (value - mean[which]) ** 2 + spread**2, len(unique))
        return cls(unique, mean, np.sqrt(within / np.maximum(counts, 1)))

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, count: int) -> "Outcomes":
        """At most so many: the best half of them, and others evenly from the rest."""
        if len(self) <= count:
            return self
        order = np.argsort(-self.yields, kind="stable")
        best, rest = order[: count // 2], order[count // 2 :]
        spaced = rest[np.linspace(0, len(rest) - 1, count - len(best)).astype(int)]
        kept = np.sort(np.concatenate([best, spaced]))
        return Outcomes(self.rows[kept], self.yields[kept], self.sigmas[kept])


class Surrogate:
    """The posterior over the yields of all candidates."""

    def __init__(
        self, features: Features, outcomes: Outcomes, members: tuple[Member, ...] = ENSEMBLE
    ) -> None:
        self._x = inputs(features)
        self._layout = Layout.of(features)
        outcomes = outcomes.part(_MOST_RECIPES)
        self._measured = outcomes.rows
        weighed = outcomes.part(_WEIGHED_BY)
        weights = self._weigh(members, weighed)
        kept = weights >= _LEAST_WEIGHT * weights.max()
        if len(outcomes) > len(weighed):  # each costs seconds by then, and the rest moves little
            kept &= weights >= _WORTH_SECONDS * weights.max()
        self.members = tuple(m for m, k in zip(members, kept.tolist(), strict=True) if k)
        self.weights = weights[kept] / weights[kept].sum()
        self._screen = self._model(weighed)
        self._model_of_all = self._screen if weighed is outcomes else self._model(outcomes)

    @cached_property
    def screened(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`marginals` of all candidates, from a part of the outcomes where there are very many.

        Good enough to tell which candidates deserve a closer look, and no more.
        """
        return self._marginals(self._screen, self._x)

    def marginals(
        self, rows: Sequence[int] | NDArray[np.intp] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the probit of all or of some candidates. shapes: (members, n)."""
        if rows is None:
            return self._marginals(self._model_of_all, self._x)
        return self._marginals(self._model_of_all, self._x[torch.as_tensor(list(rows))])

    def _marginals(
        self, model: SingleTaskGP, candidates: Tensor
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rasmussen & Williams, 2006, algorithm 2.1."""
        kernel, mean = model.covar_module, model.mean_module
        x, y = model.train_inputs[0], model.train_targets
        with torch.no_grad():
            noisy = kernel(x).to_dense() + torch.diag_embed(model.likelihood.noise)
            factor = torch.linalg.cholesky(noisy)
            away = torch.linalg.solve_triangular(factor, (y - mean(x)).unsqueeze(-1), upper=False)
            means, variances = [], []
            for part in candidates.split(_AT_A_TIME):
                rows = part.expand(len(self.members), *part.shape)
                seen = torch.linalg.solve_triangular(
                    factor, kernel(x, rows).to_dense(), upper=False
                )
                means.append(mean(rows) + (seen * away).sum(dim=-2))
                variances.append(kernel(rows, diag=True) - seen.square().sum(dim=-2))
        found = torch.cat(means, dim=-1), torch.cat(variances, dim=-1).clamp_min(1e-9)
        return found[0].numpy(), found[1].numpy()

    def joint(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and covariance of the probit of some candidates, from all outcomes.

        shapes: (members, k), (members, k, k).
        """
        x = self._x[torch.as_tensor(rows)]
        exact = gpytorch.settings.fast_computations(False, False, False)
        unchecked = gpytorch.settings.debug(False)  # candidates may be those measured
        with torch.no_grad(), exact, unchecked:
            found = self._model_of_all(x.expand(len(self.members), *x.shape))
            return found.mean.numpy(), found.covariance_matrix.numpy()

    @property
    def log_weights(self) -> NDArray[np.float64]:
        """Of the members. shape: (members,)."""
        return np.asarray(self.weights.log().numpy())

    def nearest(self, rows: Sequence[int], count: int) -> list[list[int]]:
        """For each row, the measured rows whose yields go with its own, closest first."""
        if not len(self._measured):
            return [[] for _ in rows]
        kernel = RecipeKernel(self._layout, self.members[:1])
        with torch.no_grad():
            x, seen = (self._x[torch.as_tensor(i)] for i in (list(rows), self._measured))
            together = kernel(x[None], seen[None]).to_dense()[0].numpy()
            own, theirs = (kernel(v[None], diag=True)[0].numpy() for v in (x, seen))
        alike = together / np.sqrt(own[:, None] * theirs[None, :])
        order = np.argsort(-alike, axis=1, kind="stable")[:, :count]
        return [[int(self._measured[j]) for j in near] for near in order]

    def _weigh(self, members: tuple[Member, ...], outcomes: Outcomes) -> Tensor:
        if not len(outcomes):
            return torch.full((len(members),), 1 / len(members), dtype=torch.double)
        return torch.softmax(self._fit(members, outcomes).log_evidence, dim=0)

    def _fit(self, members: tuple[Member, ...], outcomes: Outcomes) -> Fit:
        x = self._x[torch.as_tensor(outcomes.rows)]
        x = x.expand(len(members), *x.shape)
        with torch.no_grad():
            covariance = RecipeKernel(self._layout, members)(x).to_dense()
            mean = ExpectedYield(members)(x)
        return fit(covariance, mean, Observed.of(outcomes.yields, outcomes.sigmas))

    def _model(self, outcomes: Outcomes) -> SingleTaskGP:
        """BoTorch's model of what was seen; without any outcome it is the prior."""
        if len(outcomes):
            x = self._x[torch.as_tensor(outcomes.rows)]
            y = torch.tensor(to_probit(outcomes.yields), dtype=torch.double)
            variance = self._fit(self.members, outcomes).variance
        else:
            x, y = self._x[:1], torch.zeros(1, dtype=torch.double)
            variance = torch.full((len(self.members), 1), _NOTHING_SEEN, dtype=torch.double)
        many = len(self.members)
        return SingleTaskGP(
            x.expand(many, *x.shape),
            y.expand(many, len(y)).unsqueeze(-1),
            train_Yvar=variance.unsqueeze(-1),
            mean_module=ExpectedYield(self.members),
            covar_module=RecipeKernel(self._layout, self.members),
            outcome_transform=None,
        ).eval()


def chance(
    mean: NDArray[np.float64], variance: NDArray[np.float64], yield_asked: float
) -> NDArray[np.float64]:
    """Log probability that an experiment reaches a yield, by member, of probits. Any shape."""
    asked = threshold(yield_asked)
    return np.asarray(norm.logsf((asked - mean) / np.sqrt(variance + REPEATED**2)))


def mixed(log_values: NDArray[np.float64], log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of the weighted mean over members. shapes: (members, n), (members,) -> (n,)."""
    return np.asarray(logsumexp(log_values + log_weights[:, None], axis=0))


def threshold(yield_asked: float) -> float:
    """The probit that counts as a yield; one beyond the end of the scale is at its end."""
    return min(float(to_probit(yield_asked)), _PURE)
