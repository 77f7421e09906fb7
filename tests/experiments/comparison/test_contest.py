"""Who is held against whom, and with which seeds."""

import pytest

from experiments.comparison.contest import contest_of, listed
from knowledge.errors import AthanorError

QUICK = ["study.worlds=[easy]"]


def test_the_seeds_of_the_study_come_first_and_others_follow() -> None:
    words = ["policy=thermo", *QUICK, "study.seeds=[7,3-4]", "study.targets=[BaTiO3,SrTiO3]"]
    assert contest_of(words, "random").seeds == [3, 4, 7]
    assert contest_of(words, "random", 2).seeds == [3, 4]
    found = contest_of(words, "random", 6)
    assert found.seeds == [3, 4, 7, 8, 9, 10]
    plan = found.plan(("thermo", "random"), 4)
    assert plan.size == 2 * 2 * 4  # policies, targets, seeds
    assert {cell.policy for cell in plan.cells} == {"thermo", "random"}


def test_limits_are_drawn_on_the_first_seeds_unless_they_are_opponents() -> None:
    found = contest_of(["policy=thermo", *QUICK], "random,hottest", 100)
    assert (found.ours, found.others, found.limits) == (
        "thermo",
        ("random", "hottest"),
        ("oracle",),
    )
    assert found.limit_seeds == 20
    assert contest_of(["policy=thermo", *QUICK], "hottest", limits=False).limits == ()


def test_policies_are_named_as_in_a_study_and_by_the_names_of_an_experiment() -> None:
    found = contest_of(["policy=athanor:without=[literature,pathway]"], "athanor", limits=False)
    assert found.ours == "athanor:without=[literature,pathway]"
    own = {cell.policy: cell.settings["policy"] for cell in found.study.plan.cells}
    assert own[found.ours]["without"] == ["literature", "pathway"]
    assert own["athanor"]["without"] == []
    found = contest_of(
        ["policy=no literature", "experiment=policy_ablation"], "athanor", limits=False
    )
    assert found.ours == "no literature"
    assert found.study.plan.cells[0].settings["budget"]["experiments"] == 6
    assert len({cell.target for cell in found.study.plan.cells}) > 1


def test_the_folder_is_named_after_both_unless_one_is_given() -> None:
    words = ["policy=athanor:without=[literature]", *QUICK]
    folder = contest_of(words, "thermo,random").study.folder
    assert str(folder) == "comparisons/athanor-without-literature-against-thermo-random"
    assert str(contest_of([*words, "study.folder=mine"], "thermo").study.folder) == "mine"


def test_names_are_parted_at_commas_that_belong_to_no_setting() -> None:
    assert listed("a, b:x=[1,2],,c") == ["a", "b:x=[1,2]", "c"]


def test_seeds_are_added_to_no_table_of_the_past() -> None:
    words = ["policy=hottest", "study.table=ybco", "study.targets=[YBa2Cu3O7]"]
    with pytest.raises(AthanorError, match=r"study\.table=ybco: .* use athanor") as raised:
        contest_of(words, "random", 1000)
    assert "\n" not in str(raised.value)
    assert contest_of(words, "random").seeds == [*range(20)]  # those that were asked for


@pytest.mark.parametrize(
    ("words", "against", "told"),
    [
        ([], "random", "no policy="),
        (["policy="], "random", "policy="),
        (["policy=thermo", "policy=hottest"], "random", "policy=thermo policy=hottest"),
        (["policy=thermo,hottest"], "random", "name the one policy"),
        (["policy=thermo"], "", "--against names no policy"),
        (["policy=thermo"], "thermo", "thermo is there already"),
        (["policy=thermo"], "random,random", "random is there already"),
        (["policy=athanor:objective=one"], "athanor", "the same settings"),
    ],
)
def test_what_is_no_contest_is_told_in_one_line(words: list[str], against: str, told: str) -> None:
    with pytest.raises(AthanorError, match=told) as raised:
        contest_of([*words, *QUICK], against)
    assert "\n" not in str(raised.value)
