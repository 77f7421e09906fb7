"""A policy among results of the past: what it would have found, and after how many experiments.

The policy is told an outcome only after it asked for that recipe. How good the others are is known
to the replay alone, which has to know when everything is found.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History
from agents.policies import Policy
from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe, Target
from lab import Lab


@dataclass(frozen=True)
class Truth:
    """The yields of all results, 0 to 1, by the content id of their recipe, and what is asked."""

    yields: Mapping[str, float]
    yield_asked: float

    @property
    def successes(self) -> frozenset[str]:
        """The recipes that gave the yield asked for."""
        return frozenset(i for i, y in self.yields.items() if y >= self.yield_asked)

    @property
    def best(self) -> frozenset[str]:
        """The recipes that gave the highest yield of all."""
        highest = max(self.yields.values())
        return frozenset(i for i, y in self.yields.items() if y == highest)


@dataclass(frozen=True)
class Milestones:
    """Experiments until the first, half (rounded up) and all successes, and until the best result.

    Numbers count from one. None where it was not reached, or where the table has no success.
    `found` are the successes found by the end of each experiment.
    """

    first: int | None
    half: int | None
    all: int | None
    best: int | None
    found: tuple[int, ...]

    def found_at(self, experiments: int) -> int:
        """Successes among the first so many experiments; of fewer, where the replay had ended."""
        made = min(experiments, len(self.found))
        return self.found[made - 1] if made else 0


def milestones(asked: Sequence[str], truth: Truth) -> Milestones:
    """When a sequence of results, each named by its recipe, reached what."""
    successes, best = truth.successes, truth.best
    seen: set[str] = set()
    found = []
    best_at = None
    for number, recipe in enumerate(asked, 1):
        seen |= {recipe} & successes
        found.append(len(seen))
        if best_at is None and recipe in best:
            best_at = number

    def reached(count: int) -> int | None:
        if count == 0:
            return None
        return next((n for n, f in enumerate(found, 1) if f >= count), None)

    total = len(successes)
    return Milestones(
        first=reached(min(total, 1)),
        half=reached(math.ceil(total / 2)),
        all=reached(total),
        best=best_at,
        found=tuple(found),
    )


@dataclass(frozen=True)
class Played:
    """Experiments in the order asked for, and CPU seconds that the suggestions took."""

    experiments: tuple[CompletedExperiment, ...]
    cpu_s: float


def play(
    candidates: Candidates,
    policy: Policy,
    lab: Lab,
    enough: Callable[[CompletedExperiment], bool] = lambda _: False,
    batch: int = 1,
    most: int | None = None,
    told: Callable[[CompletedExperiment], None] = lambda _: None,
) -> Played:
    """Ask the policy and then the lab until it is enough, or no candidate is left.

    `enough` sees each experiment in order, and `told` after it. A batch is asked for at once, and
    its outcomes are told together. Raises RecordError for a policy that breaks its contract.
    """
    allowed = {c.recipe.content_id for c in candidates.items}
    most = len(allowed) if most is None else min(most, len(allowed))
    done: list[CompletedExperiment] = []
    cpu_s = 0.0
    while len(done) < most:
        history = History(target=candidates.target, completed=tuple(done), watermark=len(done))
        began = time.process_time()
        suggested = policy.suggest(history, min(batch, most - len(done)))
        cpu_s += time.process_time() - began
        if not suggested:
            raise RecordError(
                f"policy {policy.name} suggests nothing, and {len(allowed)} candidates are left"
            )
        for suggestion in suggested:
            recipe = suggestion.recipe
            if recipe.content_id not in allowed:
                raise RecordError(
                    f"policy {policy.name} suggests {recipe}: a policy may choose only from its "
                    "candidates, each once"
                )
            allowed.discard(recipe.content_id)
            name = f"r{len(done) + 1}"
            experiment = CompletedExperiment(
                experiment_id=name, suggestion=suggestion, outcome=_fired(lab, recipe, name)
            )
            done.append(experiment)
            stop = enough(experiment)
            told(experiment)
            if stop:
                return Played(tuple(done), cpu_s)
    return Played(tuple(done), cpu_s)


class Everything:
    """Says when all successes and a best result are found. For `enough` of `play`."""

    def __init__(self, truth: Truth, measured: Callable[[Recipe], str]) -> None:
        self._wanted, self._best = set(truth.successes), truth.best
        self._measured = measured
        self._best_found = False

    def __call__(self, experiment: CompletedExperiment) -> bool:
        """Whether nothing is left to be found once this experiment is done."""
        name = self._measured(experiment.recipe)
        self._wanted.discard(name)
        self._best_found = self._best_found or name in self._best
        return self._best_found and not self._wanted


def _fired(lab: Lab, recipe: Recipe, experiment_id: str) -> Outcome:
    lab.submit(recipe, experiment_id)
    status = lab.poll(experiment_id)
    if not isinstance(status, Outcome):
        raise RecordError(f"the lab {lab.name} has no outcome of {recipe} yet: replay what is done")
    return status


def truth_of(target: Target, yields: Mapping[str, float]) -> Truth:
    """What a replay for a target has to find. Raises RecordError where nothing was measured."""
    if not yields:
        raise RecordError(f"no result for {target.formula}: there is nothing to replay")
    return Truth(yields, target.yield_asked)
