"""How a study is cut into files and jobs."""

from hypothesis import given
from hypothesis import strategies as st

from experiments.study.plan import Cell, Plan


def plan(policies: int, seeds: set[int]) -> Plan:
    cells = [Cell(f"p{n}", "BaTiO3", "easy", {"policy": n}) for n in range(policies)]
    return Plan(cells, sorted(seeds))


SEEDS = st.sets(st.integers(0, 400), min_size=1, max_size=200)


@given(st.integers(1, 4), SEEDS, st.integers(1, 300))
def test_every_campaign_is_in_one_shard(policies: int, seeds: set[int], size: int) -> None:
    study = plan(policies, seeds)
    blocks = [block for shard in study.shards(size) for block in shard]
    keys = [key for block in blocks for key in block.keys]
    assert sorted(keys) == sorted(cell.key(seed) for cell, seed in study.campaigns())
    assert len(set(keys)) == study.size == policies * len(seeds)
    assert len({block.name for block in blocks}) == len(blocks)


@given(SEEDS, SEEDS)
def test_a_study_that_grows_keeps_the_names_of_its_files(few: set[int], more: set[int]) -> None:
    def file_of(study: Plan) -> dict[str, str]:
        return {key: block.name for block in study.blocks for key in block.keys}

    small, large = file_of(plan(1, few)), file_of(plan(2, few | more))
    assert small.items() <= large.items()


@given(st.integers(1, 4), SEEDS, st.integers(1, 300))
def test_a_shard_is_full_or_the_last(policies: int, seeds: set[int], size: int) -> None:
    counts = [sum(len(b.seeds) for b in shard) for shard in plan(policies, seeds).shards(size)]
    assert all(size <= count < size + 50 for count in counts[:-1])


def test_a_key_is_of_the_settings_and_not_of_the_name() -> None:
    one = Cell("mine", "BaTiO3", "easy", {"policy": 1})
    assert one.key(0) == Cell("yours", "BaTiO3", "easy", {"policy": 1}).key(0)
    assert one.key(0) != one.key(1)
    assert one.key(0) != Cell("mine", "BaTiO3", "easy", {"policy": 2}).key(0)
