"""From a model's answers to precursor sets: a beam over sources, merged, and only what balances."""

import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from knowledge.balance import amounts
from knowledge.chemistry import identity
from knowledge.literature.encoder import Targets
from knowledge.literature.language import brings, read_target, sources_asked
from knowledge.literature.network import NEVER, RecipeModel, SourceNetwork

_BATCH = 64
# Sets that two ways of writing lead to are merged, and some do not balance: look at more.
_BEAMS_PER_SET, _LEAST_BEAMS = 2, 20
# A beam this far (in log probability) behind the best ends in no set that anybody would look at.
_HOPELESS = 14.0


@dataclass(frozen=True)
class FoundSet:
    """A precursor set and its probability, before calibration."""

    precursors: tuple[str, ...]
    probability: float


@torch.inference_mode()
def likely_sets(
    model: RecipeModel,
    targets: Sequence[str],
    count: int,
    year: float,
    inventory: Collection[str] | None = None,
) -> list[list[FoundSet]]:
    """The likeliest sets of each target that balance, best first, at most `count` of them.

    With an inventory (formulas the model knows) no other precursor comes. `year` is a feature as
    `year_feature` gives it.
    """
    found: list[list[FoundSet]] = [[] for _ in targets]
    slots = [read_target(t).sources for t in targets]
    shelf = None
    if inventory is not None:
        shelf = torch.tensor([p in inventory for p in (*model.config.precursors, "")])
    for chunk in _chunks(slots):
        batch = as_batch([targets[i] for i in chunk], year)
        beams = max(_LEAST_BEAMS, _BEAMS_PER_SET * count)
        named, log_probability = _search(model, batch, slots[chunk[0]], beams, shelf)
        rows = zip(chunk, named.tolist(), log_probability.tolist(), strict=True)
        for i, sequences, scores in rows:
            found[i] = _merged(model, targets[i], sequences, scores, count)
    return found


@torch.inference_mode()
def set_probabilities(
    model: RecipeModel, target: str, sets: Sequence[Sequence[str]], year: float
) -> list[float]:
    """The probability of each set, all ways of writing it together; 0 where it has none.

    Precursors are formulas the model knows, in whole numbers.
    """
    position = {p: i for i, p in enumerate(model.config.precursors)}
    asked = sources_asked(target)
    written = [(i, w) for i, s in enumerate(sets) for w in _ways(asked, s)]
    totals = [0.0] * len(sets)
    for start in range(0, len(written), 16 * _BATCH):
        part = written[start : start + 16 * _BATCH]
        named = torch.tensor([[position[p] for p in w] for _, w in part])
        batch = as_batch([target], year)
        for (i, _), log_p in zip(part, _log_probability(model, batch, named).tolist(), strict=True):
            totals[i] += math.exp(log_p)
    return totals


def as_batch(targets: Sequence[str], year: float) -> Targets:
    """Targets as tensors."""
    tokens = [read_target(t) for t in targets]
    width = max(len(t.elements) for t in tokens)
    elements = torch.zeros(len(tokens), width, dtype=torch.long)
    fractions = torch.zeros(len(tokens), width)
    for row, token in enumerate(tokens):
        elements[row, : len(token.elements)] = torch.tensor(token.elements)
        fractions[row, : len(token.elements)] = torch.tensor(token.fractions)
    return Targets(
        elements=elements,
        fractions=fractions,
        sources=torch.tensor([t.sources for t in tokens]),
        anion_class=torch.tensor([t.anion_class for t in tokens]),
        year=torch.full((len(tokens),), year),
    )


def _chunks(slots: Sequence[int]) -> Iterator[list[int]]:
    """Positions of targets that ask for equally many sources, so many at a time."""
    order = sorted(range(len(slots)), key=slots.__getitem__)
    for _, group in itertools.groupby(order, key=slots.__getitem__):
        members = list(group)
        for start in range(0, len(members), _BATCH):
            yield members[start : start + _BATCH]


@dataclass(frozen=True)
class _Member:
    """A network, and what it has read of a batch of targets and of all bottles."""

    network: SourceNetwork
    bottles: Tensor
    keys: Tensor
    elements: Tensor
    memories: list[Tensor]
    mask: Tensor

    def last_state(self, row: Tensor, before: Tensor, brought: Tensor) -> Tensor:
        """The state after `before` (`beams x slots`), each beam of the target in `row`."""
        decoded = self.network.decode(
            self.elements[row, : before.shape[1]],
            before,
            brought,
            self.bottles,
            [memory[row] for memory in self.memories],
            self.mask[row],
        )
        return decoded[:, -1]


class _Scorer:
    """Log probabilities of the next source, all members together, for one batch of targets."""

    def __init__(self, model: RecipeModel, batch: Targets, slots: int) -> None:
        self.model = model
        asked = batch.elements[:, :slots]
        self.asked = asked
        self.choices = model.choices[asked].long()
        self.counted = model.log_counted(asked, batch.anion_class)
        self.allowed = model.allowed(batch, slots)
        self.brings = torch.cat([model.brings, torch.zeros_like(model.brings[:1])])
        self.members: list[_Member] = []
        for member in model.sources:
            assert isinstance(member, SourceNetwork)
            bottles = model.bottles(member.reader)
            keys = torch.cat([member.key(bottles), torch.zeros(1, model.config.width)])
            memory, mask = member.reader.targets(batch, model.descriptors)
            elements, memories = memory[:, 1 : 1 + slots], member.remember(memory)
            self.members.append(_Member(member, bottles, keys, elements, memories, mask))

    def next_source(self, named: Tensor, alive: Tensor) -> Tensor:
        """Log probability of every choice after `named` (`batch x beams x slots so far`).

        Only beams that are `alive` (`batch x beams`) are looked at; the others never go on.
        """
        batch, beams, slot = named.shape
        row, _ = alive.nonzero(as_tuple=True)
        none = torch.full((len(row), 1), len(self.model.composition))
        before = torch.cat([none, named[alive]], dim=1)
        asked = self.asked[row, : slot + 1]
        holds = self.brings[before].cumsum(1).gather(2, asked[..., None])[..., 0]
        choices, counted = self.choices[:, slot], self.counted[:, slot, None]
        allowed = self.allowed[:, slot, None] & alive[..., None]
        probability = torch.zeros(batch, beams, choices.shape[1])
        state = torch.zeros(batch, beams, self.model.config.width)
        for member in self.members:
            state[alive] = member.last_state(row, before, (holds > 0).long())
            correction, trust = member.network.correction(state, member.keys[choices])
            scores = (correction + trust * counted).masked_fill(~allowed, NEVER)
            probability += torch.softmax(scores, dim=-1)
        log_probability = (probability / len(self.members)).log()
        return log_probability.masked_fill(~allowed, NEVER)


def _search(
    model: RecipeModel, batch: Targets, slots: int, beams: int, shelf: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The likeliest sequences, `batch x beams x slots`, and their log probabilities."""
    scorer = _Scorer(model, batch, slots)
    if shelf is not None:
        scorer.allowed &= shelf[scorer.choices]
    named = torch.zeros(len(batch), 1, 0, dtype=torch.long)
    total = torch.zeros(len(batch), 1)
    for slot in range(slots):
        alive = total > total.amax(1, keepdim=True) - _HOPELESS
        scores = total[..., None] + scorer.next_source(named, alive)
        width = scores.shape[2]
        total, at = scores.flatten(1).topk(min(beams, scores[0].numel()))
        beam, choice = at // width, at % width
        source = scorer.choices[:, slot].gather(1, choice)
        kept = named.gather(1, beam[..., None].expand(-1, -1, slot))
        named = torch.cat([kept, source[..., None]], dim=2)
        # What is not allowed on the way stays where a batch has too few that are.
        named = named.clamp(max=len(model.config.precursors) - 1)
    return named, total


def _log_probability(model: RecipeModel, batch: Targets, named: Tensor) -> Tensor:
    """Log probability of whole sequences (`sequences x slots`) for the one target of a batch."""
    scorer = _Scorer(model, batch, named.shape[1])
    total = torch.zeros(len(named))
    for slot in range(named.shape[1]):
        every = torch.ones(1, len(named), dtype=torch.bool)
        scores = scorer.next_source(named[None, :, :slot], every)[0]
        hit = scorer.choices[0, slot][None] == named[:, slot, None]
        total += scores.masked_fill(~hit, NEVER).amax(1)
    return total


def _ways(asked: Sequence[str], precursors: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every way to write a set: a source for each element, every precursor used."""
    chosen = set(precursors)
    options = [[p for p in sorted(chosen) if e in brings(p)] for e in asked]
    for written in itertools.product(*options):
        if set(written) == chosen:
            yield written


def _merged(
    model: RecipeModel,
    target: str,
    sequences: Sequence[Sequence[int]],
    scores: Sequence[float],
    count: int,
) -> list[FoundSet]:
    """The sets behind the sequences, those that balance, best first."""
    known = model.config.precursors
    sets: dict[tuple[str, ...], float] = {}
    for sequence, score in zip(sequences, scores, strict=True):
        if score > NEVER / 2:
            key = tuple(sorted({known[i] for i in sequence}))
            sets[key] = sets.get(key, 0.0) + math.exp(score)
    found: list[FoundSet] = []
    for precursors, probability in sorted(sets.items(), key=lambda item: (-item[1], item[0])):
        if len(found) == count:
            break
        makes_itself = identity(target) in map(identity, precursors)
        if not makes_itself and amounts(target, precursors) is not None:
            found.append(FoundSet(precursors, probability))
    return found
