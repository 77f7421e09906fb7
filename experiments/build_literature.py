"""Count precursors in published recipes, for the frequency proposer.

    python -m experiments.build_literature

Reads `literature/recipes.parquet` below ATHANOR_DATA (text-mined solid-state recipes, Kononova et
al., Sci. Data 6, 203 (2019), CC BY 4.0) and writes the embedded statistics. A paper weighs the
same for each chemical system it reports, however many compositions. How good the proposer is beside
others: `python -m experiments.evaluate_literature`.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.literature_dataset import PLAUSIBLE_C, read_recipes, soft_answers
from knowledge.chemistry import anion_class, framework, parse
from knowledge.data_folder import dataset

# Shares below this many weighted observations are dropped, which keeps the file small.
MIN_COUNT = 0.3
RIDGE = 3.0


def statistics(recipes: pd.DataFrame) -> dict[str, Any]:
    """Counts by element, anion class and precursor, and the temperature regression."""
    counts: dict[str, dict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    for row in recipes.itertuples():
        kind = anion_class(row.target)
        needed = set(framework(parse(row.target)))
        for precursor in row.precursors:
            for element in sorted(needed & set(framework(parse(precursor)))):
                counts[element][kind][precursor] += row.weight
    kept = {
        element: {
            kind: {p: round(n, 2) for p, n in sorted(table.items()) if n >= MIN_COUNT}
            for kind, table in sorted(kinds.items())
        }
        for element, kinds in sorted(counts.items())
    }
    return {
        "counts": kept,
        "temperature": temperature_model(recipes),
        "conditions": marginals(recipes),
    }


def temperature_model(recipes: pd.DataFrame) -> dict[str, Any]:
    """Weighted ridge regression of the hottest firing on composition, with its residual sigma."""
    low, high = PLAUSIBLE_C
    fired = recipes[recipes.temperature_c.between(low, high)]
    kinds = sorted({anion_class(t) for t in fired.target})
    elements = sorted({str(e) for t in fired.target for e in parse(t)})
    column = {e: i for i, e in enumerate(elements)}
    design = np.zeros((len(fired), 2 * len(elements) + len(kinds)))
    for row, target in enumerate(fired.target):
        for element, fraction in parse(target).fractional_composition.items():
            design[row, 2 * column[str(element)]] = 1.0
            design[row, 2 * column[str(element)] + 1] = fraction
        design[row, 2 * len(elements) + kinds.index(anion_class(target))] = 1.0
    weight = fired.weight.to_numpy()
    y = fired.temperature_c.to_numpy()
    intercept = float(np.average(y, weights=weight))
    gram = design.T @ (design * weight[:, None]) + RIDGE * np.eye(design.shape[1])
    solution = np.linalg.solve(gram, design.T @ (weight * (y - intercept)))
    residual = y - intercept - design @ solution
    return {
        "intercept_c": round(intercept, 1),
        "sigma_c": round(float(np.sqrt(np.average(residual**2, weights=weight))), 1),
        "elements_c": {
            e: [round(float(solution[2 * i]), 1), round(float(solution[2 * i + 1]), 1)]
            for e, i in column.items()
        },
        "classes_c": {
            k: round(float(solution[2 * len(elements) + i]), 1) for i, k in enumerate(kinds)
        },
    }


def marginals(recipes: pd.DataFrame) -> dict[str, list[float]]:
    """How papers answer on time, atmosphere and firings, all together."""
    shares = {}
    for name, soft in soft_answers(recipes).items():
        counted = soft.numpy().T @ recipes.weight.to_numpy()
        if not counted.any():  # nobody says: any answer is as likely
            counted = np.ones_like(counted)
        shares[name] = [round(float(n), 4) for n in counted / counted.sum()]
    return {name: share for name, share in shares.items() if name != "temperature_c"}


def main() -> None:
    """Write the statistics."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    recipes = read_recipes([dataset("literature/recipes.parquet")])
    target = Path(__file__).parent.parent / "knowledge" / "literature" / "data" / "statistics.json"
    text = json.dumps(statistics(recipes), separators=(",", ":"), sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"{len(recipes)} recipes counted, {len(text) / 1000:.0f} kB written to {target}")


if __name__ == "__main__":
    main()
