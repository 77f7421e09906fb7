"""The networks that have read the literature: which source for each element, and what firing.

`SourceNetwork` names a source for one element of a target after the other, seeing the target and
the sources named so far. A precursor is known by its own composition, so that one seen once, or
never, has its place among the others. The score of a source is how often papers took it for that
element in that kind of compound, corrected by the network:

    log P(source) = trust log P_counted(source | element, anion class) + query . key + constant

`ConditionNetwork` reads target and precursors together and says what papers fired them at. Nothing
depends on the order of the elements in a formula or of precursors in a set.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from knowledge.literature.encoder import Block, Reader, RecipeConfig, Targets
from knowledge.literature.language import (
    ANION_CLASSES,
    ELEMENTS,
    PRECURSOR_FEATURES,
    PrecursorTable,
)

# No source is ruled out by the counts, and none is likely that nobody counted.
_LOG_FLOOR = math.log(1e-9)
NEVER = -1e4
# One paper's worth of all classes together is mixed into each, half a paper's of everything.
_ALL_CLASSES_COUNT, _UNSEEN_COUNT = 1.0, 0.5
_TRUST_OF_ONE = math.log(math.e - 1)


class SourceNetwork(nn.Module):
    """Names a source for each element of a target in turn."""

    def __init__(self, config: RecipeConfig) -> None:
        super().__init__()
        width = config.width
        self.reader = Reader(config)
        self.nothing = nn.Parameter(torch.zeros(width))
        self.brought = nn.Embedding(2, width)
        self.to_decoder = nn.Linear(2 * width, width)
        self.decoder = nn.ModuleList(Block(config, True) for _ in range(config.decoder_layers))
        self.decoded = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.trust = nn.Linear(width, 1)
        nn.init.constant_(self.trust.bias, _TRUST_OF_ONE)  # begin with the counts as they are

    def remember(self, memory: Tensor) -> list[Tensor]:
        """What the layers of the decoder attend to, `batch x m x 2 width` each."""
        return [block.remember(memory) for block in self.decoder if isinstance(block, Block)]

    def decode(
        self,
        elements: Tensor,
        before: Tensor,
        brought: Tensor,
        bottles: Tensor,
        memories: Sequence[Tensor],
        mask: Tensor,
    ) -> Tensor:
        """The state in which the next source of each element is chosen, `batch x n x width`.

        `elements` is what was read of those that are asked (`batch x n x width`), `before` the
        source named just before (`batch x n`, the number of bottles for none); `brought` says
        whether what was named already holds the element.
        """
        n = before.shape[1]
        named = torch.cat([bottles, self.nothing[None]])[before]
        x = self.to_decoder(torch.cat([elements, named], dim=-1)) + self.brought(brought)
        past = torch.ones(n, n, dtype=torch.bool, device=x.device).tril()
        for block, memory in zip(self.decoder, memories, strict=True):
            x = block(x, past, memory, mask)
        state: Tensor = self.decoded(x)
        return state

    def correction(self, state: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """query . key for every key, `... x keys`, and the trust in counts, `... x 1`."""
        scores = self.query(state) @ keys.mT / math.sqrt(state.shape[-1])
        return scores, softplus(self.trust(state))


class ConditionNetwork(nn.Module):
    """Says what firing papers gave to precursors of a target."""

    def __init__(self, config: RecipeConfig) -> None:
        super().__init__()
        width = config.width
        self.reader = Reader(config)
        self.ask = nn.Parameter(torch.zeros(width))
        self.part = nn.Embedding(2, width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.reader_layers))
        self.read = nn.LayerNorm(width)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(width, len(values)) for name, values in config.answers.items()}
        )

    def forward(
        self, memory: Tensor, mask: Tensor, precursors: Tensor, bottles: Tensor
    ) -> dict[str, Tensor]:
        """Scores of each head's answers, `batch x answers`, for sets of positions, `batch x n`."""
        named = torch.cat([bottles, torch.zeros_like(bottles[:1])])[precursors]
        ask = self.ask.expand(len(memory), 1, -1)
        parts = [ask, memory + self.part.weight[0], named + self.part.weight[1]]
        given = (precursors < len(bottles))[:, None, None]
        mask = torch.cat([torch.ones_like(mask[..., :1]), mask, given], dim=-1)
        x = torch.cat(parts, dim=1)
        for block in self.blocks:
            x = block(x, mask)
        state = self.read(x[:, 0])
        return {name: head(state) for name, head in self.heads.items()}


class RecipeModel(nn.Module):
    """Ensembles of both networks with the tables they share; all tables are part of the weights.

    `counts` are weighted papers by element, anion class and choice, `choices` the precursors that
    bring an element (filled up with their number), `papers` how many have two elements together.
    """

    descriptors: Tensor
    composition: Tensor
    features: Tensor
    brings: Tensor
    choices: Tensor
    counts: Tensor
    papers: Tensor

    def __init__(self, config: RecipeConfig) -> None:
        super().__init__()
        self.config = config
        known, elements = len(config.precursors), len(ELEMENTS)
        shapes: dict[str, tuple[int, ...]] = {
            "descriptors": (elements, config.descriptors),
            "composition": (known, elements),
            "features": (known, PRECURSOR_FEATURES),
            "counts": (elements, len(ANION_CLASSES), config.candidates),
            "papers": (elements, elements),
        }
        for name, shape in shapes.items():
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("brings", torch.zeros(known, elements, dtype=torch.bool))
        self.register_buffer(
            "choices", torch.full((elements, config.candidates), known, dtype=torch.int32)
        )
        self.sources = nn.ModuleList(SourceNetwork(config) for _ in range(config.source_members))
        self.conditions = nn.ModuleList(
            ConditionNetwork(config) for _ in range(config.condition_members)
        )

    def allowed(self, targets: Targets, slots: int) -> Tensor:
        """Which choices bring nothing that the target lacks, `batch x slots x candidates`."""
        held = torch.zeros(len(targets), len(ELEMENTS), device=targets.elements.device)
        held.scatter_add_(1, targets.elements, targets.fractions)
        absent = (held == 0).float()
        absent[:, ELEMENTS.index("C")] = 0.0  # carbon can always leave as a gas
        foreign = absent @ self.brings.float().T > 0
        foreign = torch.cat([foreign, torch.ones_like(foreign[:, :1])], dim=1)
        choices = self.choices[targets.elements[:, :slots]].long()
        allowed: Tensor = ~foreign[:, None].expand(-1, slots, -1).gather(2, choices)
        return allowed

    def log_counted(self, elements: Tensor, kinds: Tensor, less: Tensor | None = None) -> Tensor:
        """log P_counted of every choice for elements (`batch x n`) in anion classes (`batch`).

        `less` (`batch x n x candidates`) is taken off the counts: what the asking paper itself
        added. shape: (batch, n, candidates)
        """
        own = self.counts[elements, kinds[:, None]]
        overall = self.counts.sum(1)[elements]
        if less is not None:
            own, overall = (own - less).clamp(min=0), (overall - less).clamp(min=0)
        real = (self.choices[elements] < len(self.config.precursors)).float()
        flat = real / real.sum(-1, keepdim=True).clamp(min=1)
        everywhere = (overall + _UNSEEN_COUNT * flat) / (
            overall.sum(-1, keepdim=True) + _UNSEEN_COUNT
        )
        share = (own + _ALL_CLASSES_COUNT * everywhere) / (
            own.sum(-1, keepdim=True) + _ALL_CLASSES_COUNT
        )
        return share.clamp(min=math.exp(_LOG_FLOOR)).log()

    def bottles(self, reader: Reader, own_dropped: float = 0.0) -> Tensor:
        """The known precursors as a network reads them, `precursors x width`."""
        return reader.bottles(self.descriptors, self.composition, self.features, own_dropped)

    def extended(self, formulas: Sequence[str]) -> "RecipeModel":
        """The same model with further precursors, known by their composition alone."""
        table = PrecursorTable([*self.config.precursors, *formulas])
        config = replace(
            self.config, precursors=table.formulas, candidates=table.candidates.shape[1]
        )
        model = RecipeModel(config)
        state = {**self.state_dict(), **tables(table)}
        # Candidates keep their order and new ones come last, so counts stay where they are.
        wider = (0, config.candidates - self.config.candidates)
        state["counts"] = nn.functional.pad(self.counts, wider)
        for name in state:
            if name.endswith("reader.own.weight"):
                state[name] = nn.functional.pad(state[name], (0, 0, 0, len(formulas)))
        model.load_state_dict(state)
        return model.eval()


def tables(precursors: PrecursorTable) -> dict[str, Tensor]:
    """The buffers of a model that follow from its precursors."""
    return {
        "composition": torch.from_numpy(precursors.composition),
        "features": torch.from_numpy(precursors.features),
        "brings": torch.from_numpy(precursors.brings),
        "choices": torch.from_numpy(precursors.candidates).int(),
    }
