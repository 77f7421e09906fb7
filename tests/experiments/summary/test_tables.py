"""Tables for other programs: CSV that reads back, LaTeX that holds together, JSON without NaN."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.summary.campaigns import campaigns_of
from experiments.summary.notebook import compare, measures, table
from experiments.summary.scores import Summary, summarize
from experiments.summary.tables import as_csv, as_json, as_latex, latex
from knowledge.errors import AthanorError
from tests.experiments.summary.rows import frame, row

RESULTS = frame(
    *(row("ours", [0.95], "La0.7Sr0.3MnO3", s) for s in range(3)),
    *(row("b&d_{1}", [0.1] * 4, "La0.7Sr0.3MnO3", s) for s in range(3)),
    *(row("ours", [0.2, 0.95], "SrTiO3", s) for s in range(3)),
    *(row("b&d_{1}", [0.95], "SrTiO3", s) for s in range(3)),
)


@pytest.fixture(scope="module")
def told() -> Summary:
    return summarize(campaigns_of(RESULTS), by="target")


def test_csv_reads_back_as_the_table_of_a_notebook(told: Summary) -> None:
    read = pd.read_csv(io.StringIO(as_csv(told)))
    whole = table(RESULTS, by="target")
    pd.testing.assert_frame_equal(read[list(whole.columns)], whole, check_exact=True)
    assert len(read) == 6
    assert np.isinf(read.to_success[3])  # of La0.7Sr0.3MnO3, never made by the second


def test_days_of_the_lab_are_told_where_it_had_a_clock(told: Summary) -> None:
    """Half a day an experiment: ours had one or two, each three times."""
    read = pd.read_csv(io.StringIO(as_csv(told)))
    assert (read.lab_days[0], read.lab_days_low[0], read.lab_days_high[0]) == (0.75, 0.5, 1.0)
    assert measures(RESULTS).groupby("target").lab_days.min().to_dict() == {
        "La0.7Sr0.3MnO3": 0.5,
        "SrTiO3": 0.5,
    }
    assert "lab days to the end" in as_latex(told)
    without = summarize(campaigns_of(RESULTS.assign(lab_h=None)))
    assert "lab days" not in as_latex(without)
    assert json.loads(as_json(without))["blocks"][0]["scores"][0]["lab_days"]["mean"] is None


def test_differences_stand_beside_the_policy_that_they_are_of(told: Summary) -> None:
    read = pd.read_csv(io.StringIO(as_csv(told))).set_index(["name", "policy"])
    other = compare(RESULTS, by="target").set_index(["name", "other"])
    assert read.loc[("SrTiO3", "b&d_{1}"), "than_saved"] == -1
    assert np.isnan(read.loc[("SrTiO3", "ours"), "than_saved"])
    for name in ("all", "La0.7Sr0.3MnO3", "SrTiO3"):
        both = (read.loc[(name, "b&d_{1}"), "than_wins"], other.loc[(name, "b&d_{1}"), "wins"])
        assert both[0] == both[1]


def test_measures_have_a_row_for_each_campaign() -> None:
    found = measures(RESULTS)
    assert len(found) == 12
    assert found.groupby(["policy", "target"]).experiments.first().to_dict() == {
        ("ours", "La0.7Sr0.3MnO3"): 1,
        ("ours", "SrTiO3"): 2,
        ("b&d_{1}", "La0.7Sr0.3MnO3"): 5,
        ("b&d_{1}", "SrTiO3"): 1,
    }
    assert found.groupby("policy").furnace_h.sum().to_dict() == {"ours": 90, "b&d_{1}": 150}


def test_json_holds_all_of_it_and_no_number_that_is_none(told: Summary) -> None:
    read = json.loads(as_json(told), parse_constant=pytest.fail)
    assert [b["name"] for b in read["blocks"]] == ["all", "La0.7Sr0.3MnO3", "SrTiO3"]
    assert read["blocks"][1]["scores"][1]["to_success"]["mean"] is None
    assert read["blocks"][0]["differences"][0]["targets"] == 2
    assert "only 2 targets: intervals tell of these, not of others" in read["notes"]
    assert read["blocks"][0]["words"][0].startswith("ours makes its target in")


def test_latex_is_balanced_and_every_row_has_every_column(told: Summary) -> None:
    text = as_latex(told)
    body = [line for line in text.splitlines() if not line.startswith("%")]
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 2
    assert r"b\&d\_\{1\}" in text
    assert r"La$_{0.7}$Sr$_{0.3}$MnO$_{3}$" in text
    plain = [re.sub(r"\\[&%$#_{}]", "", line) for line in body]
    for line in plain:
        assert line.count("{") == line.count("}")
        assert line.count("$") % 2 == 0
    columns = [line.count("&") for line in plain if "&" in line]
    assert sorted(set(columns)) == [7, 9]  # eight of differences, ten of scores
    assert all(line.endswith(r"\\") for line in plain if "&" in line)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=30))
def test_no_character_means_anything_to_latex(text: str) -> None:
    """What is left without escapes and commands has nothing that LaTeX would act on."""
    told = latex(text).replace("$-$", "")
    bare = re.sub(r"\\text[a-z]+\{\}|\\[&%$#_{}]", "", told)
    assert not set(bare) & set("\\&%$#_{}~^<>")


def test_a_notebook_is_told_what_cannot_be_compared() -> None:
    with pytest.raises(AthanorError, match="asked for yields of"):
        table(pd.concat([RESULTS, RESULTS.assign(yield_asked=0.5)]))
