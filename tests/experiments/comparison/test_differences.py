"""One number a seed, worked out by hand."""

import pandas as pd
import pytest

from experiments.comparison.differences import MEASURES, paired
from knowledge.errors import AthanorError
from tests.experiments.summary.rows import failed, frame, row


@pytest.fixture
def rows() -> pd.DataFrame:
    """Two policies of four experiments at most, two targets, two seeds; the last seed first."""
    return frame(
        row("mine", [0.95], "BaTiO3", 7),
        row("other", [0.1, 0.2, 0.95], "BaTiO3", 7),
        row("mine", [0.5, 0.91], "SrTiO3", 7),
        row("other", [0.3, 0.3, 0.3, 0.6], "SrTiO3", 7),
        row("mine", [0.1, 0.1, 0.1, 0.8], "BaTiO3", 3),
        row("other", [0.99], "BaTiO3", 3),
        failed("mine", target="SrTiO3", seed=3),
        row("other", [0.2, 0.2, 0.2, 0.4], "SrTiO3", 3),
    )


def test_experiments_saved_are_a_share_of_one_more_than_the_budget(rows: pd.DataFrame) -> None:
    found = paired(rows, "mine", "other", [7, 3], MEASURES["experiments"])
    # BaTiO3 3 - 1, SrTiO3 5 - 2; then 1 - 5 and 5 - 5, as the one that failed counts as not made
    assert found.values == pytest.approx([(2 + 3) / 2 / 5, (-4 + 0) / 2 / 5])
    assert found.budget == 4


def test_targets_made_and_best_yields_are_differences_of_both(rows: pd.DataFrame) -> None:
    made = paired(rows, "mine", "other", [3, 7], MEASURES["made"])
    assert made.values == pytest.approx([(-1 + 0) / 2, (0 + 1) / 2])
    best = paired(rows, "mine", "other", [3, 7], MEASURES["best_yield"])
    assert best.values == pytest.approx([(0.8 - 0.99 + 0 - 0.4) / 2, (0 + 0.91 - 0.6) / 2])


@pytest.mark.parametrize("name", MEASURES)
def test_who_is_held_against_whom_changes_the_sign(rows: pd.DataFrame, name: str) -> None:
    one = paired(rows, "mine", "other", [7, 3], MEASURES[name])
    back = paired(rows, "other", "mine", [7, 3], MEASURES[name])
    assert one.values == pytest.approx(-back.values)


def test_seeds_end_before_the_first_that_lacks_a_campaign(rows: pd.DataFrame) -> None:
    lacking = rows[~((rows["seed"] == 3) & (rows["policy"] == "other"))]
    found = paired(lacking, "mine", "other", [7, 3], MEASURES["made"])
    assert found.values == pytest.approx([0.5])
    assert paired(rows, "mine", "other", [7, 8, 3], MEASURES["made"]).values == pytest.approx([0.5])
    with pytest.raises(AthanorError, match="no campaign of the same seed"):
        paired(rows, "mine", "other", [8, 7], MEASURES["made"])


def test_targets_of_unlike_budgets_have_none_in_common(rows: pd.DataFrame) -> None:
    rows.loc[rows["target"] == "SrTiO3", "budget"] = 9
    found = paired(rows, "mine", "other", [7], MEASURES["experiments"])
    assert found.budget is None
    assert found.values == pytest.approx([(2 / 5 + 8 / 10) / 2])
