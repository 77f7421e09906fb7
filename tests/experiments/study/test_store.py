"""The folder of a study: rows whole or not there, and one study in one folder."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments.study.manifest import Manifest, entered
from experiments.study.row import ROW_SCHEMA, Row, Timing
from experiments.study.store import Store, read_results, timed
from knowledge.errors import AthanorError, RecordError


def row(key: str, **more: object) -> Row:
    fields = {
        "key": key, "policy": "thermo", "target": "BaTiO3", "world": "easy", "seed": 0,
        "ending": "budget spent", "yield_asked": 0.9, "budget": 2, "yields": (0.5, None),
    }  # fmt: skip
    return Row(**{**fields, **more})


def block(*rows: Row) -> list[dict[str, object]]:
    return [timed(r, Timing(key=r.key, cpu_s=1.0, code="c")) for r in rows]


def manifest(**more: object) -> Manifest:
    fields = {
        "name": "study", "policies": ("thermo",), "worlds": ("easy",), "targets": ("BaTiO3",),
        "common": {"budget": {"experiments": 20}}, "arms": {"thermo in easy": {"policy": "t"}},
        "made_with": {"code": "1", "libraries": "2", "knowledge": "3"},
    }  # fmt: skip
    return Manifest(**{**fields, **more})


def test_the_schema_of_the_file_is_that_of_the_record() -> None:
    assert ROW_SCHEMA.names == list(Row.model_fields)


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write("b", block(row("k1"), row("k2", lab_h=3.5, error="what", price=(None, 2.0))))
    back = store.block("b")
    for key in ("k1", "k2"):
        fields = {k: v for k, v in back[key].items() if k not in ("cpu_s", "code")}
        wanted = row("k1") if key == "k1" else row("k2", lab_h=3.5, error="what", price=(None, 2.0))
        assert Row(**fields) == wanted


def test_a_result_has_no_clock_in_it_and_follows_the_order_of_the_study(tmp_path: Path) -> None:
    held = manifest(targets=("SrTiO3", "BaTiO3"), policies=("random", "thermo"))
    rows = [
        row(f"{target}{policy}{seed}", target=target, policy=policy, seed=seed)
        for seed in (1, 0)
        for policy in ("thermo", "random")
        for target in ("BaTiO3", "SrTiO3")
    ]
    for folder, seconds in (("a", 1.0), ("b", 2.0)):
        store = Store(tmp_path / folder)
        given = rows if folder == "a" else rows[::-1]
        for number in range(4):
            part = given[number::4]
            store.write(f"{folder}{number}", [
                timed(r, Timing(key=r.key, cpu_s=seconds, code="c")) for r in part
            ])  # fmt: skip
        store.finish(held.ordered)
    one, other = (tmp_path / f / "results.parquet" for f in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()
    table = pq.read_table(one).to_pandas()
    assert list(table.target) == ["SrTiO3"] * 4 + ["BaTiO3"] * 4
    assert list(table.policy[:4]) == ["random", "random", "thermo", "thermo"]
    assert list(table.seed[:2]) == [0, 1]
    assert list(pd.read_parquet(tmp_path / "b" / "timings.parquet").cpu_s) == [2.0] * 8


def test_results_of_several_folders_count_each_campaign_once(tmp_path: Path) -> None:
    for folder, keys in (("a", "xy"), ("b", "yz")):
        Store(tmp_path / folder).write("b", block(*(row(k) for k in keys)))
    frame = read_results([tmp_path / "a", tmp_path / "b"])
    assert list(frame.key) == ["x", "y", "z"]


def test_a_campaign_told_twice_and_differently_is_refused(tmp_path: Path) -> None:
    for folder, share in (("a", 0.5), ("b", 0.6)):
        Store(tmp_path / folder).write("b", block(row("x", best_yield=share)))
    with pytest.raises(RecordError, match="twice and differently"):
        read_results([tmp_path / "a", tmp_path / "b"])


@pytest.mark.parametrize("cut", [0, 0.5, 0.95])
def test_a_file_cut_off_is_told_with_what_to_do(tmp_path: Path, cut: float) -> None:
    store = Store(tmp_path)
    store.write("b", block(row("x")))
    path = tmp_path / "rows" / "b.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(cut * len(whole))])
    for reads in (lambda: store.block("b"), lambda: read_results([tmp_path])):
        with pytest.raises(RecordError, match=r"b\.parquet is damaged or cut off .*: .") as told:
            reads()
        assert "\n" not in str(told.value)


def test_what_is_no_study_is_told(tmp_path: Path) -> None:
    with pytest.raises(AthanorError, match="no such folder"):
        read_results([tmp_path / "nowhere"])
    with pytest.raises(AthanorError, match="holds no results"):
        read_results([tmp_path])
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(RecordError, match="no column key"):
        read_results([tmp_path / "other.parquet"])


def test_a_study_may_grow(tmp_path: Path) -> None:
    entered(tmp_path, manifest(), ())
    more = manifest(policies=("random",), arms={"random in easy": {"policy": "r"}})
    held = entered(tmp_path, more, ())
    assert held.policies == ("thermo", "random")
    assert set(held.arms) == {"thermo in easy", "random in easy"}
    assert entered(tmp_path, manifest(), ()) == held


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"name": "other"}, "another study .name study, now other"),
        ({"common": {"budget": {"experiments": 3}}}, "budget.experiments 20, now 3"),
        ({"arms": {"thermo in easy": {"policy": "u"}}}, "thermo in easy: policy"),
        ({"arms": {"t2 in easy": {"policy": "t"}}}, "has t2 in easy already, as thermo in easy"),
        ({"made_with": {"code": "9", "libraries": "2", "knowledge": "3"}}, "accept=.code."),
    ],
)
def test_another_study_is_refused_and_nothing_changes(
    tmp_path: Path, now: dict[str, object], told: str
) -> None:
    entered(tmp_path, manifest(), ())
    before = (tmp_path / "study.json").read_bytes()
    with pytest.raises(RecordError, match=told) as refused:
        entered(tmp_path, manifest(**now), ())
    assert "\n" not in str(refused.value)
    assert (tmp_path / "study.json").read_bytes() == before


def test_rows_of_other_code_are_kept_where_that_is_accepted(tmp_path: Path) -> None:
    entered(tmp_path, manifest(), ())
    made_with = {"code": "9", "libraries": "2", "knowledge": "3"}
    assert entered(tmp_path, manifest(made_with=made_with), ("code",)).made_with == made_with


def test_a_damaged_or_missing_manifest_is_told(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text('{"name": "stu')
    with pytest.raises(RecordError, match=r"study\.json is damaged"):
        entered(tmp_path, manifest(), ())
    (tmp_path / "study.json").unlink()
    Store(tmp_path).write("b", block(row("x")))
    with pytest.raises(RecordError, match="results without"):
        entered(tmp_path, manifest(), ())
