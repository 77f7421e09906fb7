"""A training's state in one safetensors file: killed at any step, it goes on from the last."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from experiments.muon import MuonAdam


class Checkpoint:
    """One training's network, averaged weights and optimiser, kept at a path.

    `settings` is a text that says what is trained on what: a file of another is refused.
    """

    def __init__(self, path: Path, settings: str) -> None:
        self.path, self.settings = path, settings

    def save(
        self, step: int, network: nn.Module, averaged: Mapping[str, Tensor], optimiser: MuonAdam
    ) -> None:
        """Replace the checkpoint in one move; the step is inside, so that no two files disagree."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        tensors = {f"network/{k}": p.detach() for k, p in network.named_parameters()}
        tensors |= {f"averaged/{k}": t for k, t in averaged.items()}
        tensors |= {f"optimiser/{k}": t for k, t in optimiser.state.items()}
        draft = self.path.with_suffix(".draft")
        metadata = {"step": str(step), "settings": self.settings}
        save_file({k: t.cpu().contiguous() for k, t in tensors.items()}, draft, metadata)
        os.replace(draft, self.path)

    def load(self, network: nn.Module, averaged: Mapping[str, Tensor], optimiser: MuonAdam) -> int:
        """Take over what was saved; returns its step, 0 where nothing was."""
        if not self.path.is_file():
            return 0
        metadata = header(self.path)
        if metadata["settings"] != self.settings:
            raise SystemExit(
                f"{self.path} was trained with other settings or data: delete its folder to start "
                "afresh, or name another with --checkpoints"
            )
        tensors = load_file(self.path)
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                parameter.copy_(tensors[f"network/{name}"])
                averaged[name].copy_(tensors[f"averaged/{name}"])
        under = "optimiser/"
        optimiser.load(
            {k.removeprefix(under): t for k, t in tensors.items() if k.startswith(under)}
        )
        return int(metadata["step"])


def header(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file."""
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


def write_record(path: Path, record: Mapping[str, object]) -> None:
    """How far a training is, for whoever looks."""
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
