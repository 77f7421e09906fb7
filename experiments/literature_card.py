"""The card that stands beside the weights of the literature model: data, split, scores, limits."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.literature_training import TrainingSettings
from knowledge.literature.weights import read_model

_NAMES = {"system": "chemical systems held out", "year": "years held out, 2014 on"}

_COLUMNS = (
    "scored on", "targets", "top 1", "top 3", "top 5", "top 10", "ECE", "Brier skill",
    "temperature, mean / median error", "90 % interval holds", "its width",
)  # fmt: skip

_CARD = """# The literature model

What published solid-state syntheses would do: for a target formula, a probability distribution over
precursor sets, and for target and precursors the firing temperature, its time, the atmosphere and
the number of firings. {members} small transformers name the precursors and {condition_members} the
firing (`knowledge/literature/network.py`), {parameters:,} weights in all, float16.

## Data
{recipes:,} published recipes of {papers:,} papers up to {until}: text-mined solid-state syntheses
(Kononova et al., Sci. Data 6, 203 (2019), CC BY 4.0) and, without conditions, the precursor sets of
He et al., Sci. Adv. 9, eadg8180 (2023). Left out are recipes that do not balance with nothing to
spare. One composition of each paper, chemical system and precursor set is seen per epoch, so that
long series weigh no more than single compounds.

## How it was trained and scored
`python -m experiments.train_literature`: {epochs} epochs for the precursors and {condition_epochs}
for the firing, with Muon and Adam; weights are averaged. The same training without a hashed {share}
of the chemical systems (framework elements of the target), and without 2014 on, gives the scores
below, each on what it had not read; the shipped weights have read everything. Probabilities are
calibrated on what was held out (for the scores: on the other split).

{head}
{rows}

Temperatures are those of the hottest firing, for the precursors that the paper used. In thirds of
rising width the 90 % interval holds:

{thirds}

## Limits
- It says what papers did, not what works: failures are hardly published, and text mining errs:
  some rows are solution routes, some are wrong.
- Only sets that balance with nothing to spare, gases aside, and bring no other element: no flux, no
  metathesis, no excess of what evaporates.
- The atmosphere is that of the papers that say one; most others fired in air.
- Papers up to {until}: what came into use after that, it has not read.
- It knows nothing of hazards. The lab's envelope does.
"""


def write_card(
    folder: Path,
    scores: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, TrainingSettings],
) -> None:
    """Write card.md and its figures, scores.json, into a folder of weights."""
    model = read_model(folder)
    trained = model.config.trained_on
    lines, thirds = [], []
    for split, score in scores.items():
        top, heat = score["top"], score["temperature"]
        cells = [
            _NAMES[split],
            f"{score['targets']:,}",
            *(f"{100 * top[k]:.1f} %" for k in ("1", "3", "5", "10")),
            f"{score['ece']:.3f}",
            f"{score['brier_skill']:.2f}",
            f"{heat['mae_c']:.0f} / {heat['median_c']:.0f} C",
            f"{100 * heat['coverage_90']:.1f} %",
            f"{heat['width_90_c']:.0f} C",
        ]
        lines.append(f"| {' | '.join(cells)} |")
        parts = ", ".join(f"{100 * c:.1f} %" for c in heat["coverage_90_by_third"])
        thirds.append(f"- {_NAMES[split]}: {parts}")
    text = _CARD.format(
        members=model.config.source_members,
        condition_members=model.config.condition_members,
        parameters=sum(p.numel() for p in model.parameters()),
        recipes=trained["recipes"],
        papers=trained["papers"],
        until=trained["until"],
        epochs=settings["sources"].epochs,
        condition_epochs=settings["conditions"].epochs,
        share="15 %",
        head=f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|",
        rows="\n".join(lines),
        thirds="\n".join(thirds),
    )
    (folder / "card.md").write_text(text, encoding="utf-8")
    (folder / "scores.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
