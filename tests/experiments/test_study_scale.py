"""What a study costs: of known costs, overheads, powers and millions are known too."""

import math
import pstats
from cProfile import Profile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.benchmarks.process_tree import Sample, Watched
from experiments.benchmarks.study_growth import SHARD_SIZE, exponents, on_a_cluster, sum_of_stages
from experiments.benchmarks.study_profile import dearest
from experiments.benchmarks.study_words import told
from experiments.study_scale import measured, settings_of
from tests.commands import command

STAGES = {
    "start_s": 4.0,
    "settings_s": 0.5,
    "gather_s": 1.0,
    "first_s": 0.5,
    "campaign_s": 0.18,
    "around_s": 0.0,
    "write_s": 0.0,
    "job_s": 0.2,
}


def size(campaigns: int, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "campaigns": campaigns,
        "processes": 2,
        "wall_s": 0.1 * campaigns,
        "cpu_s": 0.2 * campaigns,
        "campaigns_cpu_s": 0.18 * campaigns,
        "overhead": 1 / 9,
        "starter_cpu_s": {"before": 5.0, "waiting": 1.0, "after": 0.001 * campaigns},
        "starter_mb": 500 + campaigns // 100,
        "worker_mb_early": 600,
        "worker_mb": 600,
        "result_bytes": 140 * campaigns,
        "rows_bytes": 250 * campaigns,
    }
    return found | more


def test_a_figure_in_proportion_grows_with_the_first_power_and_a_flat_one_with_none() -> None:
    grown = exponents([size(100), size(1000), size(10_000)])
    assert grown["cpu_s"] == pytest.approx(1.0, abs=1e-3)  # rounded to three places
    assert grown["worker_mb"] == 0
    assert exponents([size(100)]) == {}


@given(st.floats(0.1, 2.0), st.lists(st.integers(1, 10**6), min_size=2, max_size=5, unique=True))
def test_a_power_is_found_again(power: float, counts: list[int]) -> None:
    sizes = [size(n, cpu_s=3.0 * n**power) for n in sorted(counts)]
    assert exponents(sizes)["cpu_s"] == pytest.approx(power, abs=1e-3)


def test_stages_and_what_is_left_come_to_the_overhead() -> None:
    one = size(10_000)
    parts = sum_of_stages(STAGES, one)
    # Each is rounded to hundredths.
    assert sum(parts.values()) == pytest.approx(one["cpu_s"] - one["campaigns_cpu_s"], abs=0.06)
    assert parts["jobs of Hydra"] == pytest.approx(10_000 / SHARD_SIZE * 0.2)
    assert parts["workers import"] == pytest.approx(2 * 4.0)


def test_a_million_by_hand() -> None:
    shards = {one["shard_size"]: one for one in on_a_cluster(STAGES, [size(100), size(10_000)])}
    one = shards[1_000]
    by_hand_s = 1e6 * 0.18 + 1_000 * (4.0 + 0.5 + 1.0 + 0.5 + 0.2) + 1_000
    assert one["shards"] == 1_000
    assert one["core_h"] == pytest.approx(by_hand_s / 3600, abs=0.05)
    assert one["overhead"] == pytest.approx(by_hand_s / 180_000 - 1, abs=1e-4)
    assert (one["result_mb"], one["rows_mb"], one["files"]) == (140, 250, 40_000)
    assert one["starter_gb"] == pytest.approx(10.5)
    assert shards[200]["overhead"] > one["overhead"] > shards[5_000]["overhead"]


def test_memory_is_that_of_the_largest_process_until_then() -> None:
    run = Watched(1)
    run.samples = [
        Sample(0.0, {1: 5.0}, {1: 900.0}),
        Sample(0.2, {1: 5.5, 2: 1.0}, {1: 500.0, 2: 600.0, 3: 580.0}),
        Sample(0.9, {1: 6.0, 2: 9.0}, {1: 500.0, 2: 640.0, 3: 650.0}),
    ]
    assert run.peak_mb(0.25) == (900.0, 600.0)
    assert run.peak_mb() == (900.0, 650.0)
    assert (run.root_cpu_s(0.0), run.root_cpu_s(0.5)) == (5.0, 5.5)


def test_a_study_is_measured_and_its_figures_hang_together() -> None:
    settings = [*settings_of("random", True), "budget.experiments=1"]
    found = measured(settings, 4, 1)  # in one process, which is the cheapest
    assert found["campaigns"] == 4
    beside = found["cpu_s"] - found["campaigns_cpu_s"]
    # The campaigns' own CPU time, some hundredths of a second, is rounded to thousandths.
    assert found["overhead"] == pytest.approx(beside / found["campaigns_cpu_s"], rel=0.1)
    starter = found["starter_cpu_s"]
    assert 0 < starter["before"] + starter["waiting"] + starter["after"] <= found["cpu_s"] + 0.1
    assert found["starter_mb"] > 0
    assert found["result_bytes"] > 0


def test_functions_that_hold_all_are_left_out_of_the_dearest() -> None:
    def slow() -> float:
        return sum(math.sqrt(n) for n in range(30_000))

    def quick() -> float:
        return sum(math.sqrt(n) for n in range(10_000))

    def both() -> None:
        slow()
        quick()

    profiler = Profile()
    profiler.enable()
    both()
    profiler.disable()
    names = [one["function"].rpartition(".")[2] for one in dearest(pstats.Stats(profiler), 1)]
    assert names.index("slow") < names.index("quick")
    assert "both" not in names


def test_all_of_it_is_told_as_text() -> None:
    sizes = [size(100), size(10_000)]
    text = told(
        {
            "policy": "thermo",
            "stop_at_success": False,
            "sizes": sizes,
            "growth": exponents(sizes),
            "sum_of_stages": sum_of_stages(STAGES, sizes[-1]),
            "million": on_a_cluster(STAGES, sizes),
            "profile": [{"function": "f", "calls": 2.0, "share": 0.5, "own_share": 0.25}],
        }
    )
    assert "10,000" in text
    assert "11.1%" in text
    assert "cpu_s 1.00" in text
    assert "50.0%   25.0%" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--campaigns", "0"), "give numbers up to"),
        (("--campaigns", "ten"), "give numbers up to"),
        (("--processes", "1"), "--processes is 1"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], said: str) -> None:
    done = command("experiments.study_scale", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
