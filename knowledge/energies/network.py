"""A network from composition to formation energy: attention among the elements of a compound.

Every element is a token: an embedding learned for it, its descriptors from the periodic table, and
its atomic fraction. Tokens attend to each other in proportion to their fractions, are pooled, and
a residual network gives the energy and the scale of a Laplace distribution about it. Nothing
depends on the order of the elements or on the size of the formula. Related: Roost (Goodall & Lee,
Nat. Commun. 11, 6280 (2020)) and CrabNet (Wang et al., npj Comput. Mater. 7, 77 (2021)).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

# exp(-30) is nothing beside any fraction that a formula can state.
_LOG_OF_NOTHING = -30.0
_HARMONICS = 12
# In training energies' standard deviations: no scale below 3 meV/atom is believed.
_LOG_SCALE_RANGE = (-6.0, 3.0)
# Per head, enough to tell 84 elements apart.
_KEY_WIDTH = 8


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes of one network; `width` must be a multiple of `heads`."""

    width: int = 96
    heads: int = 4
    layers: int = 3
    head_width: int = 128
    head_layers: int = 2


class AttentionLayer(nn.Module):
    """Pre-norm attention weighted by atomic fraction, then a two-layer perceptron."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.heads = settings.heads
        self.before_attention = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 2 * self.heads * _KEY_WIDTH + width)
        self.from_heads = nn.Linear(width, width)
        self.before_mlp = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, tokens: Tensor, log_fractions: Tensor) -> Tensor:
        """Tokens after one exchange, `batch x n x width`; `log_fractions` is `batch x n`."""
        batch, n, width = tokens.shape
        key = self.heads * _KEY_WIDTH
        parts = self.to_qkv(self.before_attention(tokens)).split((key, key, width), dim=-1)
        q, k, v = (part.view(batch, n, self.heads, -1) for part in parts)
        # shape: (batch, n, n, heads); products of so few elements are faster plain than as bmm
        scores = (q[:, :, None] * k[:, None]).sum(-1) / math.sqrt(_KEY_WIDTH)
        weights = torch.softmax(scores + log_fractions[:, None, :, None], dim=2)
        mixed = (weights[..., None] * v[:, None]).sum(2).reshape(batch, n, width)
        tokens = tokens + self.from_heads(mixed)
        exchanged: Tensor = tokens + self.narrow(gelu(self.widen(self.before_mlp(tokens))))
        return exchanged


class ResidualLayer(nn.Module):
    """x + W2 gelu(W1 norm(x))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as `x`."""
        deeper: Tensor = x + self.second(gelu(self.first(self.norm(x))))
        return deeper


class CompositionNetwork(nn.Module):
    """Formation energy and its scale, in units of the training energies' standard deviation."""

    descriptors: Tensor

    def __init__(self, settings: NetworkSettings, descriptors: Tensor) -> None:
        """`descriptors` is `elements x descriptors`, each column of mean 0 and deviation 1."""
        super().__init__()
        elements, count = descriptors.shape
        width, head = settings.width, settings.head_width
        self.settings = settings
        self.register_buffer("descriptors", descriptors, persistent=False)
        self.embedding = nn.Embedding(elements, width)
        self.from_descriptors = nn.Linear(count, width)
        self.from_fraction = nn.Linear(2 * _HARMONICS + 3, width)
        self.layers = nn.ModuleList(AttentionLayer(settings) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(width)
        self.to_head = nn.Linear(2 * width + 4 * count, head)
        self.head = nn.ModuleList(ResidualLayer(head) for _ in range(settings.head_layers))
        self.out_norm = nn.LayerNorm(head)
        self.out = nn.Linear(head, 2)

    def forward(self, elements: Tensor, fractions: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log scale, each `batch`.

        `elements` (whole numbers, rows of `descriptors`) and `fractions` are `batch x n`; where a
        compound has fewer than n elements, any element of fraction 0 fills up and counts nothing.
        """
        present = (fractions > 0).to(fractions.dtype)
        log_fractions = fractions.clamp(min=math.exp(_LOG_OF_NOTHING)).log()
        known = self.descriptors[elements]
        tokens = self.embedding(elements) + self.from_descriptors(known)
        tokens = tokens + self.from_fraction(_fraction_features(fractions, log_fractions, present))
        for layer in self.layers:
            tokens = layer(tokens, log_fractions)
        tokens = self.norm(tokens)
        even = (present / present.sum(-1, keepdim=True))[..., None]
        weighted = fractions[..., None]
        pooled = [(weighted * tokens).sum(1), (even * tokens).sum(1)]
        x = self.to_head(torch.cat([*pooled, *_moments(known, weighted, present)], dim=-1))
        for layer in self.head:
            x = layer(x)
        mean, log_scale = self.out(self.out_norm(x)).unbind(-1)
        return mean, log_scale.clamp(*_LOG_SCALE_RANGE)


def _fraction_features(fractions: Tensor, log_fractions: Tensor, present: Tensor) -> Tensor:
    """`batch x n x features`: the fraction, its root and logarithm, and harmonics of it."""
    order = torch.arange(1, _HARMONICS + 1, device=fractions.device, dtype=fractions.dtype)
    angles = math.pi * fractions[..., None] * order
    plain = torch.stack([fractions, fractions.sqrt(), log_fractions * present / 4], dim=-1)
    return torch.cat([plain, angles.sin(), angles.cos()], dim=-1)


def _moments(known: Tensor, weighted: Tensor, present: Tensor) -> list[Tensor]:
    """Mean, mean deviation, least and most of each descriptor over a compound."""
    mean = (weighted * known).sum(1)
    deviation = (weighted * (known - mean[:, None]).abs()).sum(1)
    absent = (1 - present)[..., None] * 1e3
    return [mean, deviation, (known + absent).amin(1), (known - absent).amax(1)]
