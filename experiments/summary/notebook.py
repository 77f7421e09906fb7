"""The same as `athanor summarize`, from Python on a table of results.

    from experiments.study.store import read_results
    from experiments.summary import compare, figures, measures, table

    results = read_results([Path("studies/alab")])     # one row a campaign, a pandas DataFrame
    table(results)                                     # one row a policy
    table(results[results.target == "BaTiO3"], by="world")
    compare(results, "athanor")                        # athanor less each other policy
    measures(results).groupby("policy").cost.median()  # one row a campaign

    from experiments.summary.in_plotly import drawn
    from experiments.summary.in_print import write_prints

    pictures = figures(results)
    drawn(pictures["made_experiments"])                # a plotly figure
    write_prints(pictures["regret"], Path("."))        # regret.svg and regret.pdf

Any part of the table may be given, or a table made of rows: `DataFrame([row.model_dump() ...])`.
What cannot be compared raises AthanorError.
"""

from collections.abc import Sequence

import pandas as pd

from experiments.summary.campaigns import campaigns_of
from experiments.summary.drawing import Figure
from experiments.summary.figures import figures_of
from experiments.summary.measures import (
    Prices,
    capped,
    costs,
    furnace_hours,
    lab_days,
    regret,
    spent_in_all,
)
from experiments.summary.scores import By, summarize
from experiments.summary.tables import difference_rows, score_rows


def measures(results: pd.DataFrame, prices: Prices | None = None) -> pd.DataFrame:
    """One row a campaign: what it took, and what it came to.

    `experiments` until its first success, one more than its budget without any; `furnace_h` and
    `cost` until then, or in all; `best_yield` and `mean_regret` as weight fractions; `lab_days` of
    the lab until the last result was there, NaN for a lab without a clock.
    """
    found = campaigns_of(results)
    names = {
        "policy": found.policies, "target": found.targets, "world": found.worlds,
        "seed": found.seeds,
    }  # fmt: skip
    return pd.DataFrame(
        {name: [known[n] for n in getattr(found, name)] for name, known in names.items()}
        | {
            "made": found.made,
            "failed": found.failed,
            "experiments": capped(found),
            "furnace_h": spent_in_all(found, furnace_hours(found)),
            "cost": spent_in_all(found, costs(found, prices or Prices())),
            "best_yield": found.best,
            "mean_regret": regret(found).mean,
            "lab_days": lab_days(found),
        }
    )


def table(
    results: pd.DataFrame,
    by: By | None = None,
    policies: Sequence[str] = (),
    prices: Prices | None = None,
) -> pd.DataFrame:
    """One row a policy, also in each world or for each target; see scores.Score for the columns."""
    return pd.DataFrame(score_rows(summarize(campaigns_of(results, policies), None, by, prices)))


def compare(
    results: pd.DataFrame,
    reference: str | None = None,
    by: By | None = None,
    policies: Sequence[str] = (),
) -> pd.DataFrame:
    """The reference (the first policy, if none) less each other; see scores.Difference."""
    return pd.DataFrame(difference_rows(summarize(campaigns_of(results, policies), reference, by)))


def figures(
    results: pd.DataFrame,
    reference: str | None = None,
    policies: Sequence[str] = (),
    prices: Prices | None = None,
) -> dict[str, Figure]:
    """The figures that a study has something to show in, by name."""
    summary = summarize(campaigns_of(results, policies), reference, None, prices)
    return {figure.name: figure for figure in figures_of(summary)}
