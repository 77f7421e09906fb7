"""What would make the rows of a study say what is not so."""

from pathlib import Path

import pytest

from experiments.study.application import begin, finish
from experiments.study.parts import parts_of
from experiments.study.shard import Worker
from experiments.study.single import run
from experiments.study.store import Store, read_results
from experiments.study.study import study_of
from knowledge.errors import AthanorError
from tests.experiments.study.cases import words

CONF = Path(__file__).parents[3] / "conf"
SIMULATED = ("easy", "hostile", "noisy", "realistic", "simulated")


def study(folder: Path, *given: str) -> None:
    begun = begin(words(folder, *given))
    Worker(Store(folder), told=lambda _: None).work(begun.study.plan.blocks)
    assert finish(begun).missing == 0


@pytest.mark.parametrize("lab", SIMULATED)
def test_every_simulated_lab_of_conf_is_a_world(lab: str) -> None:
    cell = study_of(words("nowhere", f"study.worlds=[{lab}]", "study.seeds=1")).plan.cells[0]
    row, _ = run(parts_of(cell), 3)
    assert row.error == ""
    assert row.experiments > 0


def test_those_are_all_simulated_labs() -> None:
    labs = {p.stem for p in (CONF / "lab").glob("*.yaml")}
    assert labs == {*SIMULATED, "manual", "alabos", "remote"}


def test_no_agent_is_told_which_world_it_is_in() -> None:
    policy = "study.policies=[tests.experiments.study.cases.Peeks]"
    given = words("nowhere", policy, "study.worlds=[hostile]", "budget.stop_at_success=false")
    shown = run(parts_of(study_of(given).plan.cells[0]), 471_100)[0].error
    assert shown == "RuntimeError: BaTiO3-0000"


def test_rows_of_a_policy_that_was_edited_are_not_taken_for_those_of_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "edited_policy.py"
    text = "from agents.policies.hottest import HottestPolicy as Mine  # {}\n"
    module.write_text(text.format("version 1"))
    given = ("study.policies=[edited_policy.Mine]", "study.seeds=1")
    study(tmp_path / "study", *given)
    assert begin(words(tmp_path / "study", *given)).left == []
    module.write_text(text.format("version 2"))
    with pytest.raises(AthanorError, match=r"made with other policies .* 'accept=\[policies\]'"):
        begin(words(tmp_path / "study", *given))
    assert begin(words(tmp_path / "study", *given, "accept=[policies]")).left == []


def test_a_table_of_other_results_is_another_study(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    text = "precursors,temperature_c,target_weight_percent\nBaCO3;TiO2,900,{}\nBaO;TiO2,900,{}\n"
    table.write_text(text.format(10, 30))
    given = (f"study.table={table}", "study.seeds=1", "study.policies=[hottest]")
    study(tmp_path / "study", *given)
    assert sorted(read_results([tmp_path / "study"]).yields[0]) == [0.1, 0.3]
    table.write_text(text.format(50, 95))
    with pytest.raises(AthanorError, match=r"holds another study .*table_digest"):
        begin(words(tmp_path / "study", *given))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["study.table=ybco", "study.after={YBa2Cu3O7: BaTiO3}"], "its results are the answers"),
        (["study.after={BaTiO3: Ba2Ti2O6}"], "the same target"),
        (["study.after={BaTiO3: Foo}"], "cannot read the formula 'Foo'"),
        (["seed=77"], "each seed of study.seeds is a world"),
        (["lab.world_seed=5"], "each seed of study.seeds is a world"),
        (["study.worlds=[easy,'easy:world_seed=3']"], "each seed of study.seeds is a world"),
        (["study.worlds=['noisy:lab.world_seed=3']"], "each seed of study.seeds is a world"),
        (["study.oracle=no"], "true or false"),
        (["study.vary=parts"], "study.vary=parts is of a table"),
        (
            ["study.policies=[random,{low:['policy=random','yield_asked=0.5']}]"],
            "yield_asked is 0.9 for random and 0.5 for low",
        ),
        (
            ["study.policies=[random,{short:['policy=random','budget.experiments=2']}]"],
            "budget.experiments in easy is 3 for random and 2 for short",
        ),
        (["budget.parallel=0"], "parallel"),
    ],
)
def test_what_would_not_be_a_fair_comparison_is_refused(
    given: list[str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(AthanorError, match=told):
        begin(words(tmp_path / "study", *given))
    assert not (tmp_path / "study").exists()


def test_an_oracle_is_not_stopped_by_a_stock_that_lasts_for_a_campaign() -> None:
    stock = "lab.inventory=[{formula: BaCO3, grams: 8},{formula: TiO2, grams: 4}]"
    given = words("nowhere", "study.policies=[oracle]", stock, "study.seeds=1")
    row, _ = run(parts_of(study_of(given).plan.cells[0]), 0)
    assert row.error == ""
    assert row.ending == "yield reached"


def test_an_oracle_waits_for_a_lab_that_says_pending() -> None:
    given = words("nowhere", "study.policies=[oracle]", "lab.polls_until_done=2", "study.seeds=1")
    assert run(parts_of(study_of(given).plan.cells[0]), 0)[0].error == ""


def test_a_study_that_two_made_grow_has_all_rows_in_the_order_of_both(tmp_path: Path) -> None:
    """One ends while the other, which knows of more policies, has not."""
    seeds = "study.seeds=2"
    one = begin(words(tmp_path, seeds, "study.policies=[random]"))
    Worker(Store(tmp_path), told=lambda _: None).work(one.study.plan.blocks)
    other = begin(words(tmp_path, seeds, "study.policies=[random,thermo,hottest]"))
    Worker(Store(tmp_path), told=lambda _: None).work(other.study.plan.blocks[:2])
    finish(one)
    assert list(read_results([tmp_path]).policy) == ["random"] * 2 + ["thermo"] * 2
    Worker(Store(tmp_path), told=lambda _: None).work(other.study.plan.blocks[2:])
    # Not finished again yet: what is there counts, not what the result says.
    assert list(read_results([tmp_path]).policy) == [
        *["random"] * 2, *["thermo"] * 2, *["hottest"] * 2,
    ]  # fmt: skip
    assert finish(other).missing == 0
    assert len(read_results([tmp_path])) == 6


def test_rows_do_not_depend_on_what_was_run_before(tmp_path: Path) -> None:
    given = ("study.policies=[athanor,gp,arrows]", "study.worlds=[hostile]", "study.seeds=2")
    plan = study_of(words(tmp_path, *given)).plan
    campaigns = list(plan.campaigns())
    forward = {cell.key(seed): run(parts_of(cell), seed)[0] for cell, seed in campaigns}
    backward = {cell.key(seed): run(parts_of(cell), seed)[0] for cell, seed in campaigns[::-1]}
    assert forward == backward
    assert all(not row.error for row in forward.values())


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    given = ("study.policies=[random]", "study.seeds=2")
    study(tmp_path, *given)
    (block,) = tmp_path.glob("rows/*.parquet")
    torn = block.with_name(f"{block.stem}.abc.part")
    torn.write_bytes(b"half")
    block.unlink()
    study(tmp_path, *given)
    assert not torn.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("study:\n  name: mine\n", "no setting experiment, .*its first line must be"),
        ("# @package _global_\nstudy:\n  nmae: mine\n", "no setting study.nmae"),
        ("# @package _global_\nbudgte:\n  experiments: 3\n", "no setting budgte"),
    ],
)
def test_a_file_of_ones_own_that_says_nothing_is_told(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    given = [f"hydra.searchpath=[file://{tmp_path}]", "experiment=mine", "study.seeds=1"]
    with pytest.raises(AthanorError, match=told):
        study_of(given)


def test_a_small_study_is_cut_for_several_cores_and_a_large_one_by_200() -> None:
    def sizes(*given: str) -> list[int]:
        study = study_of(words("nowhere", "study.policies=[random]", *given))
        return [sum(len(block.seeds) for block in blocks) for blocks in study.shards]

    assert sizes("study.seeds=400") == [50] * 8
    assert sizes("study.seeds=10000") == [200] * 50
    assert sizes("study.seeds=400", "study.shard_size=100") == [100] * 4
