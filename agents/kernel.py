"""How yields of two recipes go together: the mean and the covariance of the surrogate (GPyTorch).

The Gaussian process lives on the probit of the yield, which knows no bounds: its prior says that a
yield is often nearly nothing or nearly all, as real ones are. Its mean is what knowledge expects;
its covariance adds up what campaigns, knowledge and recipes can be wrong about:

    k = offset^2 + trust^2 knowledge . knowledge'
        + k_fired (spread^2 (sources + exact sources + same set + pathway) + warmth^2)

with k_fired a Matern-5/2 in temperature and in log hold time. The mean does not know hold times:
how much they help is for outcomes to say. One member of the ensemble differs from the next in
`trust`, `spread` and where in temperature the target begins to form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import gpytorch
import numpy as np
import torch
from torch import Tensor

from agents.features import KNOWLEDGE, USUAL_MARGIN, Features

# All in units of the probit: 1 takes a yield of 0.5 to 0.84, 2 to 0.98.
EXPECTED = 0.0  # at the temperature of literature, where all is well
PER_SIGMA_BELOW, PER_SIGMA_ABOVE = 1.2, 0.8  # of the temperature that literature fires at
PER_MOBILITY = 0.6  # of a probit of the probability that all pairs react
USUAL_MOBILITY = 0.84  # the probit of 0.8
PER_MARGIN = 0.3  # of a standard deviation by which the target outdoes its rivals
NOT_REACHED = 2.0  # where the pathway is not predicted to end in the target
WEIGHTS = dict(zip(KNOWLEDGE, (0.2, 0.4, 0.1, 0.2, 0.2), strict=True))  # per two deviations

_OFFSET = 1.0
_WARMTH = 0.4
_SOURCES, _EXACT, _SAME, _PATHWAY = 0.5, 0.5, 0.5, 0.2
_SAME_POWER = 6  # of the product over elements: only what is nearly the same set
_LENGTH_100_C = 2.5
_LENGTH_LOG_H = 1.5
_OTHER_GAS = 0.7  # correlation of the same firing in two atmospheres


_Pairing = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Member:
    """One setting of what nobody knows beforehand; see the module."""

    shift: float
    spread: float
    trust: float


# Published temperatures are those that sufficed: the best is as likely somewhat below.
_SHIFTS, _SPREADS, _TRUSTS = (-0.9, -0.3, 0.3), (0.7, 1.2), (0.2, 0.5)
ENSEMBLE = tuple(Member(*setting) for setting in product(_SHIFTS, _SPREADS, _TRUSTS))


@dataclass(frozen=True)
class Layout:
    """Where in a row of the surrogate's input which feature stands."""

    gases: int
    elements: int
    width: int
    reactions: int

    @classmethod
    def of(cls, features: Features) -> "Layout":
        """The layout of features; all candidates of a campaign have the same."""
        _, elements, width = features.sources.shape
        gases, reactions = features.conditions.shape[1] - 2, features.pathway.shape[1]
        return cls(gases, elements, width, reactions)

    def split(self, x: Tensor) -> list[Tensor]:
        """z, base, temperature, log hours, atmosphere, knowledge, sources, pathway."""
        sizes = [1, 1, 1, 1, self.gases, len(KNOWLEDGE), self.elements * self.width, self.reactions]
        return list(torch.split(x[..., :-2], sizes, dim=-1))

    def kinds(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Number of the firing, and of the precursor set, of each row. shapes: (n,)."""
        return x[..., -2], x[..., -1]


def inputs(features: Features) -> Tensor:
    """The rows of the surrogate. shape: (n, columns of the Layout)."""
    base = (
        EXPECTED
        + PER_MOBILITY * (features.mobility - USUAL_MOBILITY)
        + PER_MARGIN * (features.margin - USUAL_MARGIN)
        - NOT_REACHED * (1 - features.reaches)
        + features.knowledge @ np.array([WEIGHTS[name] for name in KNOWLEDGE])
    )
    flat = features.sources.reshape(len(features), -1)
    columns = [features.z, base, features.conditions, features.knowledge, flat, features.pathway]
    columns += [features.firing, features.set_number]
    return torch.tensor(np.column_stack(columns), dtype=torch.double)


class ExpectedYield(gpytorch.means.Mean):  # type: ignore[misc]
    """The probit of the yield that knowledge expects: rising to the temperature of literature."""

    shift: Tensor

    def __init__(self, members: tuple[Member, ...]) -> None:
        super().__init__()
        shift = torch.tensor([m.shift for m in members], dtype=torch.double)
        self.register_buffer("shift", shift.unsqueeze(-1))

    def forward(self, x: Tensor) -> Tensor:
        """shape: (members, n)."""
        z = x[..., 0] - self.shift
        expected: Tensor = (
            x[..., 1] + PER_SIGMA_BELOW * z.clamp(max=0) - PER_SIGMA_ABOVE * z.clamp(min=0)
        )
        return expected


class RecipeKernel(gpytorch.kernels.Kernel):  # type: ignore[misc]
    """The covariance of the module's docstring, for all members at once."""

    spread: Tensor
    trust: Tensor

    def __init__(self, layout: Layout, members: tuple[Member, ...]) -> None:
        super().__init__(batch_shape=torch.Size([len(members)]))
        self.layout = layout
        for name in ("spread", "trust"):
            values = torch.tensor([getattr(m, name) for m in members], dtype=torch.double)
            self.register_buffer(name, values[:, None, None])

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **options: Any) -> Tensor:
        """shape: (members, n1, n2), or (members, n) of the diagonal.

        All members look at the same recipes: what does not hang on the member is worked out once.
        """
        del options  # what other kernels of GPyTorch understand
        x1, x2 = (x[0] if x.dim() == 3 else x for x in (x1, x2))
        if diag:
            return self._covariance(x1, x2, _dots, _differences)
        return self._covariance(x1, x2, _products, _distances)

    def _covariance(self, x1: Tensor, x2: Tensor, dot: _Pairing, between: _Pairing) -> Tensor:
        kinds1, kinds2 = self.layout.kinds(x1), self.layout.kinds(x2)
        paired = dot is _products  # all with all: what few firings and sets share is looked up

        def fired(a: Tensor, b: Tensor) -> Tensor:
            _, _, warm1, hold1, gas1, *_ = self.layout.split(a)
            _, _, warm2, hold2, gas2, *_ = self.layout.split(b)
            alike = _matern(between(warm1, warm2) / _LENGTH_100_C)
            alike = alike * _matern(between(hold1, hold2) / _LENGTH_LOG_H)
            return alike * (_OTHER_GAS + (1 - _OTHER_GAS) * dot(gas1, gas2))

        def sources(a: Tensor, b: Tensor) -> Tensor:
            each = dot(self._by_element(a), self._by_element(b))
            every = each.prod(dim=0)
            exact = _EXACT**2 * every + _SAME**2 * every**_SAME_POWER
            return _SOURCES**2 * each.mean(dim=0) + exact

        *_, known1, _, path1 = self.layout.split(x1)
        *_, known2, _, path2 = self.layout.split(x2)
        firing = _looked_up(fired, x1, x2, kinds1[0], kinds2[0]) if paired else fired(x1, x2)
        recipe = _looked_up(sources, x1, x2, kinds1[1], kinds2[1]) if paired else sources(x1, x2)
        recipe = recipe + _PATHWAY**2 * dot(path1, path2)
        known = dot(known1, known2)
        spread, trust = self.spread, self.trust
        if not paired:
            spread, trust = spread[..., 0], trust[..., 0]
        covariance: Tensor = firing * (spread**2 * recipe + _WARMTH**2)
        return covariance.add_(trust**2 * known).add_(_OFFSET**2)

    def _by_element(self, x: Tensor) -> Tensor:
        """The sources of one element after the other. shape: (elements, n, width)."""
        *_, sources, _ = self.layout.split(x)
        shape = (self.layout.elements, self.layout.width)
        vectors: Tensor = sources.unflatten(-1, shape).movedim(-2, 0)
        return vectors


def _looked_up(
    covariance: _Pairing, x1: Tensor, x2: Tensor, kinds1: Tensor, kinds2: Tensor
) -> Tensor:
    """A covariance of all rows with all that hangs on their kinds alone: once for each kind."""
    (rows1, which1), (rows2, which2) = _one_of_each(kinds1), _one_of_each(kinds2)
    table = covariance(x1[rows1], x2[rows2])
    return table.index_select(0, which1).index_select(1, which2)


def _one_of_each(kinds: Tensor) -> tuple[Tensor, Tensor]:
    """A row of each kind, and the kind of each row. shapes: (kinds,), (n,)."""
    found, which = torch.unique(kinds, return_inverse=True)
    rows = torch.empty(len(found), dtype=torch.long)
    return rows.scatter_(0, which, torch.arange(len(which))), which


def _products(first: Tensor, second: Tensor) -> Tensor:
    """Scalar products of all rows with all rows."""
    return first @ second.transpose(-1, -2)


def _dots(first: Tensor, second: Tensor) -> Tensor:
    """Scalar products of rows with their own."""
    return (first * second).sum(dim=-1)


def _distances(first: Tensor, second: Tensor) -> Tensor:
    """Signed distances in one feature, of all rows from all rows."""
    return first - second.transpose(-1, -2)


def _differences(first: Tensor, second: Tensor) -> Tensor:
    """Signed distances in one feature, of rows from their own."""
    return (first - second)[..., 0]


def _matern(distance: Tensor) -> Tensor:
    """Matern-5/2 of a signed distance in lengths (Rasmussen & Williams, 2006, equation 4.17)."""
    scaled = 5**0.5 * distance.abs()
    correlation: Tensor = (1 + scaled + scaled**2 / 3) * torch.exp(-scaled)
    return correlation
