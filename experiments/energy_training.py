"""Training one network of the ensemble, so that it can be killed at any step and goes on."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from experiments.checkpoints import Checkpoint, write_record
from experiments.energy_dataset import EnergyDataset
from experiments.muon import MuonAdam
from knowledge.energies.network import CompositionNetwork, NetworkSettings

# The mean follows the absolute error; this much of the Laplace likelihood teaches the scale.
_LIKELIHOOD_SHARE = 0.1
_MAX_GRADIENT_NORM = 2.0
_AVERAGING = 0.998


@dataclass(frozen=True)
class TrainingSettings:
    """How one member is trained."""

    epochs: int = 22
    batch: int = 256
    warmup_steps: int = 200
    checkpoint_every_s: float = 60.0
    network: NetworkSettings = field(default_factory=NetworkSettings)


class MemberTraining:
    """One member: its network, optimiser and averaged weights, kept in a folder of checkpoints."""

    def __init__(
        self,
        data: EnergyDataset,
        rows: Tensor,
        descriptors: Tensor,
        seed: int,
        settings: TrainingSettings,
        folder: Path,
    ) -> None:
        self.data, self.seed, self.settings = data, seed, settings
        self.record_path = folder / f"member_{seed}.json"
        self.groups = list(data.by_size(rows))
        energies = data.energies[rows]
        self.offset, self.unit = float(energies.mean()), float(energies.std())
        torch.manual_seed(seed)
        self.network = CompositionNetwork(settings.network, descriptors)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network.to(self.device)
        self.optimiser = MuonAdam(self.network, matrices(self.network))
        self.averaged = {k: p.detach().clone() for k, p in self.network.named_parameters()}
        self.steps_per_epoch = sum(-(-len(group) // settings.batch) for group, _ in self.groups)
        self.total_steps = settings.epochs * self.steps_per_epoch
        self.checkpoint = Checkpoint(folder / f"member_{seed}.safetensors", self._settings_text())
        self.step = self.checkpoint.load(self.network, self.averaged, self.optimiser)

    @property
    def done(self) -> bool:
        """Whether every step was taken."""
        return self.step >= self.total_steps

    def run(self, report: Callable[[str], None]) -> None:
        """Train to the end from where the last checkpoint left off."""
        saved = time.monotonic()
        while not self.done:
            epoch, within = divmod(self.step, self.steps_per_epoch)
            for rows, columns in self._batches(epoch)[within:]:
                self._take_step(rows, columns)
                if time.monotonic() - saved >= self.settings.checkpoint_every_s:
                    self._save()
                    saved = time.monotonic()
                    report(f"member {self.seed}: step {self.step} of {self.total_steps}")
        self._save()

    def _take_step(self, rows: Tensor, columns: int) -> None:
        data, device = self.data, self.device
        mean, log_scale = self.network(
            data.elements[rows, :columns].to(device), data.fractions[rows, :columns].to(device)
        )
        wanted = ((data.energies[rows] - self.offset) / self.unit).to(device)
        error = (mean - wanted).abs()
        likelihood = error * (-log_scale).exp() + log_scale
        # The last batch of a group is small; its formulas weigh what all others do.
        loss = (error + _LIKELIHOOD_SHARE * likelihood).sum() / self.settings.batch
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

    def _batches(self, epoch: int) -> list[tuple[Tensor, int]]:
        """The batches of one epoch: they follow from seed and epoch, so a resumed one is equal."""
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + epoch)
        batches: list[tuple[Tensor, int]] = []
        for group, columns in self.groups:
            shuffled = group[torch.randperm(len(group), generator=generator)]
            batches += [(rows, columns) for rows in torch.split(shuffled, self.settings.batch)]
        order = torch.randperm(len(batches), generator=generator).tolist()
        return [batches[i] for i in order]

    def _save(self) -> None:
        self.checkpoint.save(self.step, self.network, self.averaged, self.optimiser)
        record = {"seed": self.seed, "step": self.step, "of": self.total_steps}
        write_record(self.record_path, record)

    def _settings_text(self) -> str:
        settings = asdict(self.settings) | {"steps": self.total_steps, "offset": self.offset}
        del settings["checkpoint_every_s"]
        return json.dumps(settings, sort_keys=True)


def matrices(network: CompositionNetwork) -> list[str]:
    """The weights that Muon takes: those between hidden layers."""
    edge = ("embedding", "from_descriptors", "from_fraction", "out.")
    return [
        name
        for name, parameter in network.named_parameters()
        if parameter.ndim == 2 and not name.startswith(edge)
    ]
