"""An optimiser for small networks on few cores: Muon for matrices, Adam for the rest.

Muon (Jordan et al., 2024, kellerjordan.github.io/posts/muon) replaces the momentum of a matrix by
the nearest orthogonal matrix, found by Newton-Schulz steps. torch's own works in bfloat16, which
processors without it emulate; this one stays in float32 and treats matrices of one shape together.
Its state is a flat dictionary of tensors, so that a checkpoint needs no pickle.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

MATRIX_LR, MATRIX_MOMENTUM, MATRIX_DECAY = 0.02, 0.95, 0.05
LR, BETA_1, BETA_2, EPSILON = 2e-3, 0.9, 0.98, 1e-8
# Coefficients of the quintic that drives singular values to about 1, from the same source.
_QUINTIC = (3.4445, -4.7750, 2.0315)
_NEWTON_SCHULZ_STEPS = 5


class MuonAdam:
    """Steps over the named parameters of a module; `matrices` names those that Muon takes."""

    def __init__(self, module: nn.Module, matrices: Sequence[str]) -> None:
        self.parameters = dict(module.named_parameters())
        self.matrices = frozenset(matrices)
        self.state: dict[str, Tensor] = {}
        for name, parameter in self.parameters.items():
            self.state[f"{name}/first"] = torch.zeros_like(parameter)
            if name not in self.matrices:
                self.state[f"{name}/second"] = torch.zeros_like(parameter)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take over the state of a checkpoint."""
        for name, tensor in self.state.items():
            tensor.copy_(state[name])

    @torch.no_grad()
    def step(self, step: int, factor: float) -> None:
        """One step with the gradients at hand; `step` counts from 1, `factor` scales the rates."""
        by_shape: dict[tuple[int, ...], list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for name, parameter in self.parameters.items():
            gradient, first = parameter.grad, self.state[f"{name}/first"]
            if gradient is None:
                continue
            if name in self.matrices:
                first.lerp_(gradient, 1 - MATRIX_MOMENTUM)
                update = gradient.lerp(first, MATRIX_MOMENTUM)
                by_shape[tuple(parameter.shape)].append((parameter, update))
                continue
            second = self.state[f"{name}/second"]
            first.lerp_(gradient, 1 - BETA_1)
            second.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
            scale = (second / (1 - BETA_2**step)).sqrt_().add_(EPSILON)
            parameter.addcdiv_(first, scale, value=-LR * factor / (1 - BETA_1**step))
        for (rows, columns), pairs in by_shape.items():
            updates = orthogonalised(torch.stack([update for _, update in pairs]))
            rate = MATRIX_LR * factor
            for (matrix, _), update in zip(pairs, updates, strict=True):
                matrix.mul_(1 - rate * MATRIX_DECAY)
                matrix.sub_(update, alpha=rate * max(1.0, rows / columns) ** 0.5)


def orthogonalised(matrices: Tensor) -> Tensor:
    """`batch x rows x columns` with singular values driven to about 1 (0.7 to 1.2)."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = _QUINTIC
    for _ in range(_NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x
