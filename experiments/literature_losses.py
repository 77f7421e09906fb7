"""What the networks of the literature model are taught: losses per recipe, by name."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from experiments.literature_dataset import Examples
from knowledge.literature.encoder import Targets
from knowledge.literature.network import NEVER, ConditionNetwork, RecipeModel, SourceNetwork

# A precursor is known by its composition alone this often, so that unseen ones can be read.
_OWN_DROPPED = 0.15
# The temperature is what the conditions are asked for most.
_WEIGHTS = {"temperature_c": 1.0, "hold_h": 0.2, "atmosphere": 0.2, "firings": 0.2}


def source_losses(
    model: RecipeModel, network: SourceNetwork, data: Examples, rows: Tensor
) -> dict[str, Tensor]:
    """Minus log probability of the sources that papers took, each given those before it."""
    device = model.descriptors.device
    targets = batch_of(data, rows, device)
    slots = int(targets.sources.max())
    chosen, named, brought, less = (
        getattr(data, name)[rows, :slots].to(device)
        for name in ("chosen", "named", "brought", "less")
    )
    bottles = model.bottles(network.reader, _OWN_DROPPED)
    memory, mask = network.reader.targets(targets, model.descriptors)
    none = torch.full_like(named[:, :1], len(bottles))
    before = torch.cat([none, named[:, :-1]], dim=1)
    elements, memories = memory[:, 1 : 1 + slots], network.remember(memory)
    state = network.decode(elements, before, brought, bottles, memories, mask)
    asked = targets.elements[:, :slots]
    choices = model.choices[asked].long()
    # What a paper itself added to the counts would tell the network its answer.
    own = torch.zeros(choices.shape, device=device)
    own.scatter_(2, chosen.clamp(min=0)[..., None], (less * (chosen >= 0))[..., None])
    counted = model.log_counted(asked, targets.anion_class, own)
    correction, trust = network.correction(state, network.key(bottles))
    # Choices that fill up a row are not allowed: what stands for them does not matter.
    picked = correction.gather(-1, choices.clamp(max=len(bottles) - 1))
    scores = (picked + trust * counted).masked_fill(~model.allowed(targets, slots), NEVER)
    missed = cross_entropy(scores.flatten(0, 1), chosen.flatten(), ignore_index=-1, reduction="sum")
    return {"sources": missed / len(rows)}


def condition_losses(
    model: RecipeModel, network: ConditionNetwork, data: Examples, rows: Tensor
) -> dict[str, Tensor]:
    """Cross entropy to what papers say of the firing, weighted; nothing where they do not say."""
    device = model.descriptors.device
    bottles = model.bottles(network.reader, _OWN_DROPPED)
    memory, mask = network.reader.targets(batch_of(data, rows, device), model.descriptors)
    answers = network(memory, mask, data.sets[rows].to(device), bottles)
    losses = {}
    for name, scored in answers.items():
        told = data.soft[name][rows].to(device)
        missed = -(told * log_softmax(scored, dim=-1)).sum()
        losses[name] = _WEIGHTS[name] * missed / len(rows)
    return losses


def batch_of(data: Examples, rows: Tensor, device: torch.device) -> Targets:
    """The targets of some rows, no wider than they need."""
    width = int((data.fractions[rows] > 0).sum(1).max())
    return Targets(
        elements=data.elements[rows, :width].to(device),
        fractions=data.fractions[rows, :width].to(device),
        sources=data.sources[rows].to(device),
        anion_class=data.anion_class[rows].to(device),
        year=data.year[rows].to(device),
    )
