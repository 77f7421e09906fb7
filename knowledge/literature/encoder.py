"""How networks read targets and precursors: attention among elements, and what bottles hold."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from knowledge.literature.language import ANION_CLASSES, ELEMENTS, PRECURSOR_FEATURES

_HARMONICS = 8


@dataclass
class RecipeConfig:
    """Sizes of the networks, the precursors they know, and what their numbers stand for.

    `answers` are the values that each head of the conditions chooses from.
    """

    width: int = 96
    heads: int = 4
    encoder_layers: int = 3
    decoder_layers: int = 2
    reader_layers: int = 2
    dropout: float = 0.1
    source_members: int = 1
    condition_members: int = 1
    candidates: int = 1
    descriptors: int = 1
    precursors: Sequence[str] = ()
    answers: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    calibration: Mapping[str, float] = field(default_factory=dict)
    trained_on: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Targets:
    """A batch of targets: elements and fractions are `batch x n`, the rest is `batch`.

    Elements that need a source come first, `sources` of them; fraction 0 fills up.
    """

    elements: Tensor
    fractions: Tensor
    sources: Tensor
    anion_class: Tensor
    year: Tensor

    def __len__(self) -> int:
        return len(self.elements)


class Block(nn.Module):
    """Pre-norm attention, to a memory too where there is one, and a two-layer perceptron."""

    def __init__(self, config: RecipeConfig, memory: bool = False) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.before_self = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 3 * width)
        self.from_self = nn.Linear(width, width)
        if memory:
            self.before_memory = nn.LayerNorm(width)
            self.to_query = nn.Linear(width, width)
            self.to_key_value = nn.Linear(width, 2 * width)
            self.from_memory = nn.Linear(width, width)
        self.before_mlp = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 3 * width)
        self.narrow = nn.Linear(3 * width, width)
        self.dropout = nn.Dropout(config.dropout)

    def remember(self, memory: Tensor) -> Tensor:
        """Keys and values of a memory (`batch x m x width`), to be attended to many times."""
        remembered: Tensor = self.to_key_value(memory)
        return remembered

    def forward(
        self, x: Tensor, mask: Tensor, memory: Tensor | None = None, known: Tensor | None = None
    ) -> Tensor:
        """Same shape as `x`, `batch x n x width`; masks are true where attention may go.

        `memory` is what `remember` made of it.
        """
        q, k, v = self.to_qkv(self.before_self(x)).chunk(3, dim=-1)
        x = x + self.dropout(self.from_self(self._attend(q, k, v, mask)))
        if memory is not None:
            k, v = memory.chunk(2, dim=-1)
            q = self.to_query(self.before_memory(x))
            x = x + self.dropout(self.from_memory(self._attend(q, k, v, known)))
        deeper: Tensor = x + self.dropout(self.narrow(gelu(self.widen(self.before_mlp(x)))))
        return deeper

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        batch, n, width = q.shape
        q, k, v = (t.view(len(t), t.shape[1], self.heads, -1).transpose(1, 2) for t in (q, k, v))
        mixed = scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return mixed.transpose(1, 2).reshape(batch, n, width)


class Reader(nn.Module):
    """Reads targets, and the bottles of precursors, with one embedding of the elements.

    An element is what is learned of it and what the periodic table says (`descriptors`); a bottle
    is its composition, its features, and what is learned of it alone (zero where it is new).
    """

    def __init__(self, config: RecipeConfig) -> None:
        super().__init__()
        width = config.width
        self.element = nn.Embedding(len(ELEMENTS), width)
        self.from_descriptors = nn.Linear(config.descriptors, width)
        self.from_fraction = nn.Linear(3 + 2 * _HARMONICS, width)
        self.anion_class = nn.Embedding(len(ANION_CLASSES), width)
        self.from_year = nn.Linear(1, width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.encoder_layers))
        self.encoded = nn.LayerNorm(width)
        self.read_bottle = nn.Linear(width + PRECURSOR_FEATURES, 2 * width)
        self.bottle = nn.Linear(2 * width, width)
        self.bottle_norm = nn.LayerNorm(width)
        self.own = nn.Embedding(len(config.precursors), width)
        nn.init.zeros_(self.own.weight)

    def targets(self, targets: Targets, descriptors: Tensor) -> tuple[Tensor, Tensor]:
        """Memory of a target as a whole and of each element, and which of it is filled.

        shapes: (batch, 1 + n, width) and (batch, 1, 1, 1 + n)
        """
        elements, fractions = targets.elements, targets.fractions
        tokens = self.element(elements) + self.from_descriptors(descriptors[elements])
        tokens = tokens + self.from_fraction(_fraction_features(fractions))
        whole = self.anion_class(targets.anion_class) + self.from_year(targets.year[:, None])
        x = torch.cat([whole[:, None], tokens], dim=1)
        filled = torch.cat([torch.ones_like(fractions[:, :1], dtype=torch.bool), fractions > 0], 1)
        mask = filled[:, None, None]
        for block in self.blocks:
            x = block(x, mask)
        return self.encoded(x), mask

    def bottles(
        self, descriptors: Tensor, composition: Tensor, features: Tensor, own_dropped: float = 0.0
    ) -> Tensor:
        """The known precursors, `precursors x width`; so many by their composition alone."""
        elements = self.element.weight + self.from_descriptors(descriptors)
        read = gelu(self.read_bottle(torch.cat([composition @ elements, features], dim=-1)))
        own = self.own.weight
        if own_dropped > 0:
            own = own * (torch.rand_like(own[:, :1]) >= own_dropped)
        bottles: Tensor = self.bottle_norm(self.bottle(read) + own)
        return bottles


def _fraction_features(fractions: Tensor) -> Tensor:
    """`batch x n x features`: the fraction, its root and logarithm, and harmonics of it."""
    order = torch.arange(1, _HARMONICS + 1, device=fractions.device, dtype=fractions.dtype)
    angles = math.pi * fractions[..., None] * order
    plain = torch.stack([fractions, fractions.sqrt(), (fractions + 1e-4).log() / 4], dim=-1)
    return torch.cat([plain, angles.sin(), angles.cos()], dim=-1)
