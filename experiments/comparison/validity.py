"""How often a comparison is wrong, and how many seeds it takes: measured on simulated differences.

python -m experiments.comparison.validity --runs 2000 --seeds 500

Every run is looked at after every seed and decided as `athanor compare` decides it. Where the mean
is 0, "better" and "worse" are wrong; where it is the margin itself, "no difference that matters"
is, and "worse". That takes bounds that close in, so it is told too how often the margin was left
out of them though it was the mean. Bounds are worked out only where decisions ask for them, at 0
and at the margins; some runs of each shape are decided by the whole rule too, which must come to
the same. The seeds that a decision takes stand beside those of a t test that knows beforehand how
large the difference and its spread are, is looked at once, and then finds it in 80 % of cases.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.stats import norm

from agents.pairs.tables import write_text
from experiments.command_line import one_line_errors
from experiments.comparison.betting import Bounds, Floats, log_capital
from experiments.comparison.differences import Paired
from experiments.comparison.verdict import ERROR, Kind, Rule, decided
from knowledge.errors import AthanorError

MARGIN = 0.02
MEANS = (0.05, 0.1, 0.2)
_POWER = 0.8
_RUNS_AT_ONCE = 500
_BY_THE_RULE = 4  # runs of each shape and mean: the whole rule asks of a thousand means
Draw = Callable[[np.random.Generator, float, tuple[int, int]], Floats]


def _sparse(rng: np.random.Generator, mean: float, shape: tuple[int, int]) -> Floats:
    """1 or -1 in a fifth of the seeds, nothing in the others: targets made."""
    return _signs(rng, mean, shape, 0.2)


def _rare(rng: np.random.Generator, mean: float, shape: tuple[int, int]) -> Floats:
    """1 or -1, seldom: mostly 0.03 of the seeds, more where the mean needs it."""
    return _signs(rng, mean, shape, max(0.03, 1.5 * abs(mean)))


def _signs(rng: np.random.Generator, mean: float, shape: tuple[int, int], share: float) -> Floats:
    drawn = rng.random(shape)
    above = (share + mean) / 2
    return np.where(drawn < above, 1.0, np.where(drawn < share, -1.0, 0.0))


def _skewed(rng: np.random.Generator, mean: float, shape: tuple[int, int]) -> Floats:
    """A little gained almost always, and all lost in a twentieth of the seeds."""
    lost = 0.05
    return np.where(rng.random(shape) < lost, -1.0, (mean + lost) / (1 - lost))


def _skewed_up(rng: np.random.Generator, mean: float, shape: tuple[int, int]) -> Floats:
    """A little lost almost always, and all gained in some."""
    return -_skewed(rng, -mean, shape)


def _mostly_equal(rng: np.random.Generator, mean: float, shape: tuple[int, int]) -> Floats:
    """Nothing in 70 % of the seeds, anything as far as bounds allow in the others."""
    share = 0.3
    middle = mean / share
    reach = min(0.9, 1 - abs(middle))
    drawn = rng.uniform(middle - reach, middle + reach, shape)
    return np.where(rng.random(shape) < share, drawn, 0.0)


def _wide(rng: np.random.Generator, mean: float, shape: tuple[int, int]) -> Floats:
    """Around the mean, with a spread of 0.3 (beta distribution): experiments saved."""
    at = (1 + mean) / 2
    many = at * (1 - at) / 0.15**2 - 1
    return 2 * rng.beta(at * many, (1 - at) * many, shape) - 1


SHAPES: dict[str, Draw] = {
    "sparse": _sparse,
    "rare": _rare,
    "skewed": _skewed,
    "skewed up": _skewed_up,
    "mostly equal": _mostly_equal,
    "wide": _wide,
}


@dataclass(frozen=True)
class Errors:
    """Shares of runs that were decided wrongly: of a mean of 0, and of one at the margin.

    `left_out`: those whose bounds ever left the margin above them though it was the mean.
    """

    shape: str
    runs: int
    seeds: int
    at_zero: float
    at_margin: float
    left_out: float


@dataclass(frozen=True)
class Effort:
    """Seeds that a decision took, on average, with runs that decided nothing counted in full.

    `decided` is the share of runs in which the better policy was found; `t_test` how many seeds a
    t test needs that is looked at once.
    """

    shape: str
    mean: float
    seeds: float
    decided: float
    t_test: int


def errors(shape: str, runs: int, seeds: int, seed: int = 0, error: float = ERROR) -> Errors:
    """How often differences of a shape were ever decided wrongly."""
    draw, rng = SHAPES[shape], np.random.default_rng(seed)
    wrong = np.zeros(3)
    for many in _chunks(runs):
        at_zero = decisions(draw(rng, 0.0, (seeds, many)), error)
        wrong[0] += sum(kind in ("better", "worse") for kind, _ in at_zero)
        at_margin = draw(rng, MARGIN, (seeds, many))
        wrong[1] += sum(kind in ("alike", "worse") for kind, _ in decisions(at_margin, error))
        wrong[2] += _ruled_out(-at_margin, -MARGIN, error)[-1].sum()
    return Errors(shape, runs, seeds, *(float(w) / runs for w in wrong))


def effort(
    shape: str, mean: float, runs: int, seeds: int, seed: int = 0, error: float = ERROR
) -> Effort:
    """How many seeds it takes to decide on differences of a shape and a mean."""
    draw, rng = SHAPES[shape], np.random.default_rng(seed)
    took, right, spread = 0.0, 0.0, 0.0
    for many in _chunks(runs):
        drawn = draw(rng, mean, (seeds, many))
        found = decisions(drawn, error)
        took += sum(seeds if after is None else after for _, after in found)
        right += sum(kind == "better" for kind, _ in found)
        spread += float(drawn.var()) * many
    return Effort(shape, mean, took / runs, right / runs, t_test(mean, spread / runs))


def decisions(drawn: Floats, error: float = ERROR) -> list[tuple[Kind, int | None]]:
    """What the rule decides of each run, and after how many seeds. `drawn`: shape (seeds, runs).

    Of the bounds only that is known which side of 0 and of the margins they are on.
    """
    low, high = (_beyond(sign * drawn, error) for sign in (1.0, -1.0))
    known = (Bounds(values, *sides) for values, *sides in zip(drawn.T, low.T, -high.T, strict=True))
    return [decided(each, MARGIN) for each in known]


def _beyond(values: Floats, error: float) -> Floats:
    """The largest of 0 and minus the margin that is ruled out as a mean, -1 where none is."""
    found = np.full(values.shape, -1.0)
    for mean in (-MARGIN, 0.0):  # what is ruled out last is the larger
        found[_ruled_out(values, mean, error)] = mean
    return found


def _ruled_out(values: Floats, mean: float, error: float) -> np.ndarray:
    """After which values a mean is ruled out as too small, once and for all."""
    ruled = log_capital(values, mean) >= np.log(2 / error)
    return np.asarray(np.logical_or.accumulate(ruled, axis=0))


def check_by_the_rule(shape: str, runs: int, seeds: int, seed: int = 0) -> None:
    """Raise AthanorError unless the whole rule decides some runs of a shape as they are here.

    `runs` of a mean of 0, as many at the margin, and as many of each other mean.
    """
    rng, rule = np.random.default_rng(seed), Rule(MARGIN)
    for mean in (0.0, MARGIN, *MEANS):
        drawn = SHAPES[shape](rng, mean, (seeds, runs))
        for number, here in enumerate(decisions(drawn)):
            there = rule.of(Paired(drawn[:, number], None))
            if (there.kind, there.after) != here:
                raise AthanorError(
                    f"run {number} of {shape} differences of {mean:g} is {here} here, and "
                    f"{(there.kind, there.after)} by the rule: one of them is wrong"
                )


def t_test(mean: float, variance: float) -> int:
    """How many differences a two-sided t test needs for a power of 80 % (normal approximation)."""
    quantiles = norm.isf(ERROR / 2) + norm.isf(1 - _POWER)
    return int(np.ceil(quantiles**2 * variance / mean**2)) + 2  # two for the estimated variance


def _chunks(runs: int) -> list[int]:
    return [min(_RUNS_AT_ONCE, runs - done) for done in range(0, runs, _RUNS_AT_ONCE)]


@one_line_errors
def main() -> None:
    """Print what was measured, and write it as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000, help="comparisons of each shape")
    parser.add_argument("--seeds", type=int, default=500, help="seeds of each where nothing is")
    parser.add_argument("--json", type=Path, help="write the numbers here")
    given = parser.parse_args()
    if given.runs < 1 or given.seeds < 2:
        raise AthanorError("--runs and --seeds: give at least 1 run of 2 seeds")
    checked = min(_BY_THE_RULE, given.runs)
    for shape in SHAPES:
        check_by_the_rule(shape, checked, given.seeds)
    wrong = [errors(shape, given.runs, given.seeds) for shape in SHAPES]
    print(f"{given.runs:,} comparisons of up to {given.seeds:,} seeds, looked at after each")
    many = checked * len(SHAPES) * (2 + len(MEANS))
    print(f"{many:,} of them decided by the whole rule too: the same verdicts after as many seeds")
    print(
        f"{'differences':14s} {'wrong at 0':>12s} {'wrong at margin':>16s} {'margin left out':>16s}"
    )
    for each in wrong:
        print(
            f"{each.shape:14s} {100 * each.at_zero:>10.2f} % {100 * each.at_margin:>14.2f} % "
            f"{100 * each.left_out:>14.2f} %"
        )
    needed = [
        effort(shape, mean, given.runs, 2 * given.seeds) for shape in SHAPES for mean in MEANS
    ]
    print(f"\nseeds to a decision, of {2 * given.seeds:,} at most, beside a t test of known size")
    print(f"{'differences':14s} {'mean':>6s} {'seeds':>7s} {'decided':>9s} {'t test':>8s}")
    for one in needed:
        print(
            f"{one.shape:14s} {one.mean:>6g} {one.seeds:>7.0f} {100 * one.decided:>7.1f} % "
            f"{one.t_test:>7,}"
        )
    if given.json:
        told = {"errors": [asdict(e) for e in wrong], "effort": [asdict(e) for e in needed]}
        write_text(given.json, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
