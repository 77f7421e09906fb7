"""What a study compares, read from what somebody typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.study.axes import policies_of, seeds_of, targets_in, worlds_of
from knowledge.errors import AthanorError


def test_a_name_is_a_file_of_conf() -> None:
    assert policies_of(["thermo"]) == {"thermo": ("policy=thermo",)}
    assert worlds_of(["easy"]) == {"easy": ("lab=easy",)}


def test_settings_follow_a_colon() -> None:
    word = "athanor:objective=all;without=[literature,pathway]"
    assert policies_of([word])[word] == (
        "policy=athanor",
        "policy.objective=all",
        "policy.without=[literature,pathway]",
    )
    word = "easy:faults.overshoot=0.2"
    assert worlds_of([word])[word] == ("lab=easy", "lab.faults.overshoot=0.2")


def test_a_class_is_called_by_its_last_name() -> None:
    assert policies_of(["mine.rules.Coolest"]) == {
        "Coolest": ("policy=random", "policy._target_=mine.rules.Coolest")
    }


def test_a_name_that_conf_lacks_is_one_of_another_package() -> None:
    assert policies_of(["mine"])["mine"] == ("policy=plugin", "policy.name=mine")


def test_any_settings_may_have_a_name() -> None:
    given = ["thermo", {"nothing read": ["policy=athanor", "literature=none"]}]
    assert policies_of(given)["nothing read"] == ("policy=athanor", "literature=none")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "a list of names"),
        ("thermo", "a list of names"),
        (["thermo", "thermo"], "thermo twice"),
        (["a.Mine", "b.Mine"], "Mine twice"),
        ([{"one": ["thermo"]}], "a list of settings"),
        ([{"one": ["policy=thermo"], "two": ["policy=random"]}], "a list of names"),
        (["athanor:objective"], "NAME:SETTING=VALUE"),
        ([3], "a list of names"),
    ],
)
def test_what_names_no_policies_is_told(given: object, told: str) -> None:
    with pytest.raises(AthanorError, match=told):
        policies_of(given)


def test_seeds_are_counted_or_named() -> None:
    assert seeds_of(3) == [0, 1, 2]
    assert seeds_of([7, "100-102", "0-1"]) == [0, 1, 7, 100, 101, 102]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["0-9", "5-14"], "0-9 and 5-14 share 5-9"),
        (["0-9", 3], "0-9 and 3 share 3"),
        ([4, 4], "4 and 4 share 4"),
        (["0-100", "2-3"], "0-100 and 2-3 share 2-3"),
        (0, "a count"),
        (-1, "a count"),
        (True, "a count"),
        (2.5, "a count"),
        ([], "a count"),
        (["3-1"], "numbers and ranges"),
        (["-1"], "numbers and ranges"),
        (["x"], "numbers and ranges"),
        ([0.5], "numbers and ranges"),
        (["0-999999999999"], "at most"),
    ],
)
def test_seeds_that_overlap_or_are_none_are_told(given: object, told: str) -> None:
    with pytest.raises(AthanorError, match=told):
        seeds_of(given)


@given(st.sets(st.integers(0, 500), min_size=1))
def test_seeds_named_one_by_one_come_back_in_order(seeds: set[int]) -> None:
    assert seeds_of(list(seeds)) == sorted(seeds)


def test_tables_of_targets_come_with_the_project() -> None:
    alab = targets_in("alab", 0.5)
    assert len(alab) == 42  # as many as the corrected paper reports
    assert {t.yield_asked for t in alab} == {0.5}
    assert not {t.identity for t in alab} & {t.identity for t in targets_in("development", 0.5)}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("nowhere", "one of alab, development"),
        ("nowhere.csv", "cannot be read"),
        (["TiO2", "Ti2O4"], "a compound twice"),
        ([], "formulas"),
        (["Foo"], "cannot read the formula"),
    ],
)
def test_what_names_no_targets_is_told(given: object, told: str) -> None:
    with pytest.raises(AthanorError, match=told):
        targets_in(given, 0.9)
