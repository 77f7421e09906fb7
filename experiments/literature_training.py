"""Training one network on published recipes, so that it can be killed at any step and goes on."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from experiments.checkpoints import Checkpoint, write_record
from experiments.literature_dataset import Examples
from experiments.literature_losses import condition_losses, source_losses
from experiments.muon import MuonAdam
from knowledge.literature.answers import ANSWERS
from knowledge.literature.encoder import RecipeConfig
from knowledge.literature.network import ConditionNetwork, RecipeModel, SourceNetwork, tables

_MAX_GRADIENT_NORM = 2.0
_AVERAGING = 0.998
# Muon takes weights between hidden layers; embeddings and what reads or writes numbers take Adam.
_EDGE = (
    "reader.element.", "reader.from_", "reader.anion_class.", "reader.own.", "brought.", "trust.",
    "part.", "heads.",
)  # fmt: skip


@dataclass(frozen=True)
class TrainingSettings:
    """How one network is trained; `kind` is `sources` or `conditions`."""

    kind: str
    epochs: int
    dropout: float = 0.1
    width: int = 96
    batch: int = 256
    warmup_steps: int = 200
    checkpoint_every_s: float = 60.0


# More epochs, or wider networks, learn papers by heart: on systems held out they did no better.
SETTINGS = {
    "sources": TrainingSettings("sources", epochs=4),
    "conditions": TrainingSettings("conditions", epochs=7),
}


def empty_model(
    data: Examples, sources: int, conditions: int, network: Mapping[str, Any] | None = None
) -> RecipeModel:
    """A model with the tables of these examples and so many fresh networks of each kind."""
    table, descriptors = data.precursors, data.descriptors
    config = RecipeConfig(
        **(network or {}),
        source_members=sources,
        condition_members=conditions,
        candidates=table.candidates.shape[1],
        descriptors=descriptors.shape[1],
        precursors=table.formulas,
        answers=ANSWERS,
    )
    model = RecipeModel(config)
    model.descriptors.copy_(descriptors)
    model.counts.copy_(data.counts)
    model.papers.copy_(data.papers)
    for name, tensor in tables(table).items():
        getattr(model, name).copy_(tensor)
    return model


class MemberTraining:
    """One network, its optimiser and averaged weights, kept in a folder of checkpoints."""

    def __init__(
        self, data: Examples, seed: int, settings: TrainingSettings, name: str, folder: Path
    ) -> None:
        self.data, self.seed, self.settings = data, seed, settings
        self.name = f"{name} {settings.kind} {seed}"
        self.groups = data.groups if settings.kind == "sources" else data.told_groups
        torch.manual_seed(seed)
        network = {"width": settings.width, "dropout": settings.dropout}
        is_source = settings.kind == "sources"
        self.model = empty_model(data, int(is_source), int(not is_source), network)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(device)
        self.network = (self.model.sources if is_source else self.model.conditions)[0]
        self.optimiser = MuonAdam(self.network, matrices(self.network))
        self.averaged = {k: p.detach().clone() for k, p in self.network.named_parameters()}
        self.steps_per_epoch = -(-len(self.groups) // settings.batch)
        self.total_steps = settings.epochs * self.steps_per_epoch
        stem = f"{name}_{settings.kind}_{seed}"
        self.record_path = folder / f"{stem}.json"
        self.checkpoint = Checkpoint(folder / f"{stem}.safetensors", self._settings_text())
        self.step = self.checkpoint.load(self.network, self.averaged, self.optimiser)

    @property
    def done(self) -> bool:
        """Whether every step was taken."""
        return self.step >= self.total_steps

    def run(self, report: Callable[[str], None]) -> None:
        """Train to the end from where the last checkpoint left off."""
        saved = time.monotonic()
        self.model.train()
        while not self.done:
            epoch, within = divmod(self.step, self.steps_per_epoch)
            losses = []
            for rows in self._batches(epoch)[within:]:
                losses.append(self._take_step(rows))
                if time.monotonic() - saved >= self.settings.checkpoint_every_s:
                    self._save()
                    saved = time.monotonic()
            parts = ", ".join(f"{k} {np.mean([part[k] for part in losses]):.3f}" for k in losses[0])
            report(f"{self.name}: epoch {epoch + 1} of {self.settings.epochs}: {parts}")
        self._save()

    def _take_step(self, rows: Tensor) -> dict[str, float]:
        # Dropout follows from seed and step, so that a resumed training is the same.
        torch.manual_seed(1_000_003 * self.seed + self.step)
        losses = self._losses(rows)
        loss = torch.stack(list(losses.values())).sum()
        for parameter in self.network.parameters():
            parameter.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _MAX_GRADIENT_NORM)
        warm = min(1.0, (self.step + 1) / self.settings.warmup_steps)
        cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.total_steps))
        self.step += 1
        self.optimiser.step(self.step, warm * cosine)
        weight = 1 - min(_AVERAGING, self.step / (self.step + 9))
        for name, parameter in self.network.named_parameters():
            self.averaged[name].lerp_(parameter.detach(), weight)
        return {name: float(part.detach()) for name, part in losses.items()}

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        if isinstance(self.network, SourceNetwork):
            return source_losses(self.model, self.network, self.data, rows)
        assert isinstance(self.network, ConditionNetwork)
        return condition_losses(self.model, self.network, self.data, rows)

    def _batches(self, epoch: int) -> list[Tensor]:
        """One row of each group, shuffled: they follow from seed and epoch."""
        rng = np.random.default_rng((self.seed, epoch))
        rows = np.array([group[rng.integers(len(group))] for group in self.groups])
        return list(torch.split(torch.from_numpy(rng.permutation(rows)), self.settings.batch))

    def _save(self) -> None:
        self.checkpoint.save(self.step, self.network, self.averaged, self.optimiser)
        write_record(
            self.record_path, {"name": self.name, "step": self.step, "of": self.total_steps}
        )

    def _settings_text(self) -> str:
        settings = asdict(self.settings) | {"seed": self.seed, "examples": len(self.data)}
        del settings["checkpoint_every_s"]
        formulas = "\n".join(self.data.precursors.formulas)
        settings["precursors"] = hashlib.sha256(formulas.encode()).hexdigest()[:16]
        return json.dumps(settings, sort_keys=True)


def matrices(network: nn.Module) -> list[str]:
    """The weights that Muon takes: those between hidden layers."""
    return [
        name
        for name, parameter in network.named_parameters()
        if parameter.ndim == 2 and not name.startswith(_EDGE)
    ]


def averaged_model(
    data: Examples, sources: Sequence[MemberTraining], conditions: Sequence[MemberTraining]
) -> RecipeModel:
    """The model of the averaged weights of all members."""
    network = {"width": (*sources, *conditions)[0].settings.width}
    model = empty_model(data, len(sources), len(conditions), network)
    with torch.no_grad():
        for fresh, member in zip(
            (*model.sources, *model.conditions), (*sources, *conditions), strict=True
        ):
            for name, parameter in fresh.named_parameters():
                parameter.copy_(member.averaged[name])
    return model.eval()
