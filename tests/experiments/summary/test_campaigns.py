"""Tables of results: read alike from parquet and from rows, and refused where nothing compares."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments.study.row import ROW_SCHEMA, as_table
from experiments.summary.campaigns import campaigns_of
from knowledge.errors import AthanorError
from tests.experiments.summary.rows import failed, frame, row

ROWS = [
    row("ours", [0.2, None, 0.95], price=(None, 1.0, 2.0)),
    row("theirs", [0.99], target="SrTiO3", world="hostile", seed=7),
    failed("theirs"),
]


def test_a_table_from_parquet_is_the_same_as_one_from_rows(tmp_path: Path) -> None:
    pq.write_table(as_table([r.model_dump() for r in ROWS], ROW_SCHEMA), tmp_path / "r.parquet")
    read, made = campaigns_of(pd.read_parquet(tmp_path / "r.parquet")), campaigns_of(frame(*ROWS))
    assert read.policies == made.policies == ("ours", "theirs")
    for name in ("yields", "cell", "made", "failed", "experiments"):
        assert np.array_equal(getattr(read, name), getattr(made, name), equal_nan=True)
    assert np.array_equal(read.steps("price"), made.steps("price"), equal_nan=True)


def test_policies_are_chosen_and_ordered() -> None:
    found = campaigns_of(frame(*ROWS), ["theirs", "ours"])
    assert found.policies == ("theirs", "ours")
    assert len(campaigns_of(frame(*ROWS), ["ours"])) == 1


def test_the_grid_lays_values_out_by_policy_target_and_world_with_seed() -> None:
    found = campaigns_of(frame(*ROWS))
    laid = found.grid(np.array([1.0, 2.0, 3.0]))
    assert laid.shape == (2, 2, 2)
    assert laid[0, 0, 0] == 1
    assert laid[1, 1, 1] == 2
    assert laid[1, 0, 0] == 3
    assert np.isnan(laid).sum() == 5


def test_some_campaigns_are_taken_with_their_experiments() -> None:
    part = campaigns_of(frame(*ROWS)).only(np.array([False, True, False]))
    assert part.targets == ("SrTiO3",)
    assert part.yields.tolist() == [[0.99]]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (frame(*ROWS).iloc[:0], "there is no campaign in these results"),
        (frame(*ROWS).drop(columns="yields"), "have no column yields"),
        (frame(row("a", [1]), row("b", [1], yield_asked=0.5)), "asked for yields of 0.5 and 0.9"),
        (frame(row("a", [1]), row("a", [0])), "a has more than one campaign for BaTiO3"),
        (frame(row("a", [1]), row("b", [1], budget=9)), "4 experiments of one policy and 9"),
        (frame(row("a", [1], price=())), "lists 1 yields and 0 of price"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(table: pd.DataFrame, words: str) -> None:
    with pytest.raises(AthanorError, match=words) as refused:
        campaigns_of(table)
    assert "\n" not in str(refused.value)


def test_an_unknown_policy_is_named_with_those_there_are() -> None:
    with pytest.raises(AthanorError, match="of policy gp: there are ours, theirs"):
        campaigns_of(frame(*ROWS), ["gp"])
