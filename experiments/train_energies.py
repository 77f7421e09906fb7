"""Train the ensemble that estimates formation energies, or score the one that is shipped.

    python -m experiments.train_energies               trains, writes the embedded weights
    python -m experiments.train_energies --only 3      trains member 3 alone, beside others
    python -m experiments.train_energies --evaluate    scores the embedded weights, held out

Reads `thermo/formation_energies.csv.gz` below ATHANOR_DATA (Materials Project, CC BY 4.0). Kill it
at any time: the same command goes on from the last checkpoint. By the MD5 of the reduced formula,
81 % of formulas train, 4 % calibrate sigma, and 15 % are only ever scored.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from experiments.checkpoints import header
from experiments.energy_dataset import EnergyDataset, element_descriptors, part, read_dataset
from experiments.energy_metrics import calibration_table, evaluate
from experiments.energy_training import MemberTraining, TrainingSettings
from knowledge.data_folder import data_folder, dataset
from knowledge.energies.estimate import WEIGHTS, EstimatedEnergies, raw_sigma

TABLE = "thermo/formation_energies.csv.gz"
SHIPPED = Path(__file__).parent.parent / "knowledge" / "energies" / WEIGHTS
MEMBERS = 7
EXAMPLES = ("MgO", "Al2O3", "TiO2", "Fe2O3", "BaTiO3", "LiCoO2", "Y3Al5O12", "NaCl", "GaN", "ZnS")


def train(
    data: EnergyDataset, settings: TrainingSettings, members: Sequence[int], checkpoints: Path
) -> list[MemberTraining]:
    """Train these members, one after the other, each from its last checkpoint."""
    rows, descriptors = data.rows("train"), element_descriptors(data.symbols)
    trained = []
    for seed in members:
        member = MemberTraining(data, rows, descriptors, seed, settings, checkpoints)
        member.run(lambda line: print(line, flush=True))
        trained.append(member)
    return trained


def write_weights(data: EnergyDataset, members: Sequence[MemberTraining], path: Path) -> None:
    """The averaged weights of all members in one file of float16, and how sigma is calibrated."""
    tensors = {
        f"{i}.{name}": tensor.cpu().half()
        for i, member in enumerate(members)
        for name, tensor in member.averaged.items()
    }
    first = members[0]
    tensors["descriptors"] = first.network.descriptors.cpu()
    tensors["units"] = torch.tensor([first.offset, first.unit])
    # The members' answers need no calibration, but a file without it is none.
    tensors["calibration"] = torch.tensor([[0.001, 1.0], [0.001, 1.0]])
    metadata = {
        "elements": " ".join(data.symbols),
        "members": str(len(members)),
        "settings": json.dumps(asdict(first.settings.network)),
        "training": json.dumps({"epochs": first.settings.epochs, "batch": first.settings.batch}),
        "trained_on": str(sum(len(rows) for rows, _ in first.groups)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    save_file(tensors, draft, metadata)
    rows = data.rows("calibrate")
    means, log_scales = predictions(EstimatedEnergies(draft), data, rows)
    errors = means.mean(axis=0) - data.energies[rows].double().numpy()
    table = calibration_table(raw_sigma(means, log_scales), np.abs(errors))
    tensors["calibration"] = torch.from_numpy(table).float()
    save_file(tensors, draft, metadata)
    # The owner alone may read what safetensors writes; what is installed is for everyone.
    draft.chmod(0o644)
    os.replace(draft, path)


def predictions(
    ensemble: EstimatedEnergies, data: EnergyDataset, rows: torch.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Means and log scales of every member (`members x rows`), before calibration."""
    means, log_scales = [], []
    for chunk in torch.split(rows, 2048):
        mean, log_scale = ensemble.members(
            data.elements[chunk].numpy(), data.fractions[chunk].numpy()
        )
        means.append(mean)
        log_scales.append(log_scale)
    return np.concatenate(means, axis=1), np.concatenate(log_scales, axis=1)


def score(weights: Path, data: EnergyDataset, checkpoints: Path) -> dict[str, Any]:
    """Metrics of the weights on the held-out part. Hull distances are kept beside checkpoints."""
    rows = data.rows("test").tolist()
    energies = data.energies.double().numpy()
    ensemble = EstimatedEnergies(weights)
    estimates, sigmas = ensemble.estimate([data.formulas[row] for row in rows])
    known = {data.formulas[row]: row for row in range(len(data.formulas))}
    shown = [formula for formula in EXAMPLES if formula in known]
    examples = {
        formula: {
            "part": part(formula),
            "table_ev_per_atom": round(float(energies[known[formula]]), 3),
            "estimate_ev_per_atom": round(float(estimate), 3),
            "sigma_ev_per_atom": round(float(sigma), 3),
        }
        for formula, estimate, sigma in zip(shown, *ensemble.estimate(shown), strict=True)
    }
    return {
        "ensemble": ensemble.source,
        "fingerprint": ensemble.fingerprint,
        "training": json.loads(header(weights)["training"]),
        "held_out": evaluate(data.formulas, energies, rows, estimates, sigmas, checkpoints),
        "examples": examples,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--evaluate", action="store_true", help="score the shipped weights")
    parser.add_argument("--json", type=Path, help="write the metrics there, too")
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--only", type=int, help="train this member and write no weights")
    parser.add_argument("--epochs", type=int, default=TrainingSettings.epochs)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--checkpoints", type=Path, default=data_folder() / "energy_training")
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    data = read_dataset(dataset(TABLE))
    if not given.evaluate:
        settings = TrainingSettings(epochs=given.epochs)
        members = range(given.members) if given.only is None else [given.only]
        trained = train(data, settings, members, given.checkpoints)
        if given.only is not None:
            return
        write_weights(data, trained, given.weights)
    metrics = score(given.weights, data, given.checkpoints)
    text = json.dumps(metrics, indent=2) + "\n"
    print(text, end="")
    if not given.evaluate:
        given.weights.with_suffix(".json").write_text(text, encoding="utf-8")
    if given.json:
        given.json.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
