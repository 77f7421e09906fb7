"""Count precursors in published recipes, for the frequency proposer.

    python -m experiments.build_literature              writes the embedded statistics
    python -m experiments.build_literature --evaluate   scores on recipes held out

Reads `literature/recipes.parquet` below ATHANOR_DATA (text-mined solid-state recipes, Kononova et
al., Sci. Data 6, 203 (2019), CC BY 4.0). A paper weighs the same for each chemical system it
reports, however many compositions. `--evaluate` gives top-k exact match and temperature MAE,
split by chemical system and by year: a split by formula would leak, papers holding many.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from knowledge.chemistry import anion_class, framework, parse, whole_formula
from knowledge.data_folder import dataset
from knowledge.errors import AthanorError
from knowledge.literature.frequency import FrequencyProposer

# Shares below this many weighted observations are dropped, which keeps the file small.
MIN_COUNT = 0.3
RIDGE = 3.0
PLAUSIBLE_C = (200.0, 2000.0)
YEAR_SPLIT = 2014
HELD_OUT_SHARE = 0.15


def usable_recipes(path: Path) -> pd.DataFrame:
    """Recipes whose formulas parse, with chemical system, precursor set and weight."""
    table = pd.read_parquet(path)
    rows = []
    for record in table.itertuples():
        try:
            precursors = tuple(sorted({whole_formula(p) for p in record.precursors}))
            elements = framework(parse(record.target))
            if not elements or not precursors or whole_formula(record.target) in precursors:
                continue
            rows.append(
                {
                    "target": whole_formula(record.target),
                    "system": "-".join(sorted(elements)),
                    "precursors": precursors,
                    "temperature_c": record.temperature_c,
                    "year": record.year,
                    "doi": record.doi,
                }
            )
        except AthanorError:
            continue
    recipes = pd.DataFrame(rows)
    rows_per_paper = recipes.groupby(["doi", "system"])["target"].transform("size")
    return recipes.assign(weight=1.0 / rows_per_paper)


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
    return {"counts": kept, "temperature": temperature_model(recipes)}


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


def evaluate(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """Percent of test targets with a reported set among the first k, and temperature MAE."""
    proposer = FrequencyProposer(statistics(train))
    reported = test.groupby("target")["precursors"].agg(set)
    hits = dict.fromkeys((1, 5, 10), 0)
    for target, sets in reported.items():
        proposed = [
            tuple(sorted(whole_formula(p) for p in proposal.precursors))
            for proposal in proposer.propose(str(target), 10)
        ]
        for k in hits:
            hits[k] += bool(sets & set(proposed[:k]))
    fired = test[test.temperature_c.between(*PLAUSIBLE_C)]
    errors = [abs(proposer.firing(r.target).mean_c - r.temperature_c) for r in fired.itertuples()]
    scores = {f"top{k}_percent": 100 * n / len(reported) for k, n in hits.items()}
    mae = float(np.average(errors, weights=fired.weight))
    return {**scores, "temperature_mae_c": mae, "targets": len(reported)}


def held_out(system: str) -> bool:
    """Whether a chemical system belongs to the test part, by its hash."""
    digest = int(hashlib.md5(system.encode()).hexdigest(), 16)
    return digest % 1000 < HELD_OUT_SHARE * 1000


def main() -> None:
    """Write the statistics, or evaluate them on what they were not counted on."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--evaluate", action="store_true", help="score held-out recipes instead")
    only_score = arguments.parse_args().evaluate
    recipes = usable_recipes(dataset("literature/recipes.parquet"))
    if only_score:
        by_system = recipes.system.map(held_out)
        by_year = recipes.year >= YEAR_SPLIT
        for name, test in (("by chemical system", by_system), ("by year", by_year)):
            scores = evaluate(recipes[~test], recipes[test])
            print(name, {k: round(v, 1) for k, v in scores.items()})
        return
    target = Path(__file__).parent.parent / "knowledge" / "literature" / "data" / "statistics.json"
    text = json.dumps(statistics(recipes), separators=(",", ":"), sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"{len(recipes)} recipes counted, {len(text) / 1000:.0f} kB written to {target}")


if __name__ == "__main__":
    main()
