"""Train the model that has read the literature, and measure it on what it has not read.

    python -m experiments.train_literature                       everything, writes the weights
    python -m experiments.train_literature --splits system       one part of it, writes no weights

Reads `literature/recipes.parquet` and, where it is there, `literature/precursor_sets.parquet` below
ATHANOR_DATA. Three ensembles are trained: one without a hashed share of the chemical systems, one
without the last years, and one on everything, which is shipped. The first two say how good it is,
each calibrated on what the other held out; both together calibrate what is shipped. Kill it at any
time: the same command goes on from the last checkpoints.
"""

import argparse
import json
import multiprocessing
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from experiments.command_line import one_line_errors
from experiments.evaluate_literature import Scored, as_sets, evaluate, proposals, scored
from experiments.literature_calibration import fit_sets, fit_temperature
from experiments.literature_card import write_card
from experiments.literature_dataset import (
    Examples,
    can_be_learned,
    examples,
    held_out,
    read_recipes,
)
from experiments.literature_metrics import hits
from experiments.literature_training import (
    SETTINGS,
    MemberTraining,
    TrainingSettings,
    averaged_model,
)
from knowledge.data_folder import data_folder, dataset
from knowledge.errors import MissingDataError
from knowledge.literature import LiteratureModel
from knowledge.literature.model import LIKELIEST, WEIGHTS, Calibration
from knowledge.literature.pretrained import PretrainedRecipeModel

TABLES = ("literature/recipes.parquet", "literature/precursor_sets.parquet")
SHIPPED = Path(__file__).parent.parent / "knowledge" / "literature" / WEIGHTS
SPLITS = ("system", "year", "none")
MEMBERS = 4


def tables() -> list[Path]:
    """The tables to learn from: the first must be there, the other may."""
    found = [dataset(TABLES[0])]
    try:
        found.append(dataset(TABLES[1]))
    except MissingDataError:
        print(f"{TABLES[1]} is not there: learning from {TABLES[0]} alone")
    return found


@lru_cache(maxsize=1)
def examples_of(split: str) -> Examples:
    """What is learned from in a split."""
    recipes = read_recipes(tables())
    kept = recipes[~held_out(recipes, split)]
    return examples(kept[can_be_learned(kept)])


@dataclass(frozen=True)
class Training:
    """What is trained: so many members of each kind, and where their checkpoints are."""

    members: int
    settings: Mapping[str, TrainingSettings]
    checkpoints: Path

    def member(self, split: str, kind: str, seed: int) -> MemberTraining:
        """One of them, as far as it has come."""
        return MemberTraining(
            examples_of(split), seed, self.settings[kind], split, self.checkpoints
        )


def train_member(training: Training, split: str, kind: str, seed: int, threads: int) -> str:
    """Train one network to its end, in a process of its own."""
    torch.set_num_threads(threads)
    member = training.member(split, kind, seed)
    member.run(lambda line: print(line, flush=True))
    return f"{member.name}: trained"


def train_all(training: Training, splits: Sequence[str], processes: int) -> None:
    """Train every network of every split, so many processes at a time; on a GPU in this one."""
    seeds = range(training.members)
    jobs = [(split, kind, seed) for split in splits for kind in training.settings for seed in seeds]
    if torch.cuda.is_available() or processes == 1:
        for job in jobs:
            print(train_member(training, *job, torch.get_num_threads()), flush=True)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        running = [pool.submit(train_member, training, *job, 1) for job in jobs]
        for done in as_completed(running):
            print(done.result(), flush=True)


def write_weights(training: Training, split: str, folder: Path, calibration: Calibration) -> None:
    """The trained ensembles of a split as a folder that LiteratureModel reads."""
    data = examples_of(split)
    sources, conditions = (
        [training.member(split, kind, seed) for seed in range(training.members)]
        for kind in ("sources", "conditions")
    )
    assert all(member.done for member in (*sources, *conditions))
    model = averaged_model(data, sources, conditions)
    model.half()
    recipes = read_recipes(tables())
    kept = recipes[~held_out(recipes, split)]
    model.config.calibration = asdict(calibration)
    model.config.trained_on = {
        "held_out": split,
        "until": int(kept.year.max()),
        "recipes": len(data),
        "papers": int(kept.doi.nunique()),
        "groups": len(data.groups),
    }
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    PretrainedRecipeModel.of(model).save_pretrained(draft)
    for path in draft.iterdir():  # the owner alone may read what safetensors writes
        path.chmod(0o644)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def answers(
    folder: Path, table: Scored
) -> tuple[list[list[float]], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Uncalibrated shares of sets and whether the first was reported; temperature shares, truth."""
    model = LiteratureModel(folder)
    proposed, _ = proposals(model, table.targets, LIKELIEST)
    hit = hits(as_sets(proposed), table.reported)[:, 0]
    some = [i for i, sets in enumerate(proposed) if sets]
    shares = [[p.probability for p in proposed[i]] for i in some]
    fired = table.fired
    told = model.conditions_all(list(zip(fired.target, fired.precursors, strict=True)))
    heat = np.stack([c.temperature_c.probabilities for c in told])
    grid = np.array(told[0].temperature_c.values)
    return shares, hit[some], grid, heat, fired.temperature_c.to_numpy(dtype=float)


def fit(found: Sequence[Any]) -> Calibration:
    """The calibration under which all these answers hold."""
    shares = [s for part in found for s in part[0]]
    sharpness, coverage = fit_sets(shares, np.concatenate([part[1] for part in found]))
    power = fit_temperature(
        found[0][2], np.concatenate([p[3] for p in found]), np.concatenate([p[4] for p in found])
    )
    return Calibration(sharpness, coverage, power)


@one_line_errors
def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0],
        epilog=(__doc__ or "").split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=list(SPLITS))
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--epochs", type=int, help="of each network, instead of the settings'")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--checkpoints", type=Path, default=data_folder() / "literature_training")
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    given = parser.parse_args()
    settings = {kind: replace(s, epochs=given.epochs or s.epochs) for kind, s in SETTINGS.items()}
    training = Training(given.members, settings, given.checkpoints)
    train_all(training, given.splits, given.processes)
    measured = [split for split in given.splits if split != "none"]
    recipes, found, parts = read_recipes(tables()[:1]), {}, {}
    for split in measured:
        folder = given.checkpoints / split
        write_weights(training, split, folder, Calibration())
        parts[split] = scored(recipes[held_out(recipes, split)])
        found[split] = answers(folder, parts[split])
    scores = {}
    whole = read_recipes(tables())
    for split in measured:
        others = [found[s] for s in measured if s != split] or [found[split]]
        folder = given.checkpoints / split
        calibration = fit(others)
        write_weights(training, split, folder, calibration)
        train = whole[~held_out(whole, split)]
        report, more = evaluate(LiteratureModel(folder), parts[split], train)
        scores[split] = {**report, "more": more, "calibration": asdict(calibration)}
        print(split, json.dumps(scores[split], indent=1), flush=True)
    if set(given.splits) == set(SPLITS):
        final = fit(list(found.values()))
        write_weights(training, "none", given.weights, final)
        write_card(given.weights, scores, settings)
        print(f"weights and card written to {given.weights}")


if __name__ == "__main__":
    main()
