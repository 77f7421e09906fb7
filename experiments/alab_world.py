"""One simulated laboratory that many agents share: who waits, who stops, what becomes of each.

Every target has an agent of its own, and all submit to the same furnaces. Simulated time passes
until some sample is ready, whose agent then decides again, so that nobody waits for another.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from omegaconf import DictConfig

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, PendingExperiment
from agents.policies import Policy
from knowledge.chemistry import identity
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.record import Record
from lab.simulated import SimulatedLab


def laboratory(lab: str, *overrides: str) -> DictConfig:
    """The settings of a campaign in a lab of `conf/lab` that has these bottles."""
    with initialize_config_module("conf", version_base="1.3"):
        return compose("config", overrides=[f"lab={lab}", "+stock=alab", *overrides])


def agent_seed(world_seed: int) -> int:
    """The seed of the agents in a world: another for each world, and not the world's own."""
    return int(np.random.SeedSequence(world_seed, spawn_key=(1,)).generate_state(1)[0])


@dataclass(frozen=True)
class Rules:
    """When the agents of one world stop, and who they are. Raises RecordError for no such rules."""

    policy: str = "athanor"
    lab: str = "realistic"
    yield_asked: float = 0.5
    experiments: int = 10
    at_a_time: int = 1
    days: float = 17.0

    def __post_init__(self) -> None:
        for name in ("experiments", "at_a_time", "days"):
            if not getattr(self, name) > 0:
                raise RecordError(f"{name} is {getattr(self, name)}: it must be above zero")
        if not 0 < self.yield_asked <= 1:
            raise RecordError(f"yield_asked is {self.yield_asked}: it must be above 0, at most 1")

    @property
    def config(self) -> DictConfig:
        """The settings of a campaign in this lab with this policy."""
        config = laboratory(self.lab, f"policy={self.policy}")
        config.lab._target_ = f"{SharedLab.__module__}.{SharedLab.__name__}"
        return config

    def open_lab(self, seed: int) -> "SharedLab":
        """A fresh laboratory in the world of a seed."""
        lab = instantiate(self.config.lab, world_seed=seed)
        assert isinstance(lab, SharedLab)
        return lab


class SharedLab(SimulatedLab):
    """A simulated lab in which several agents wait, and time stops at whatever is ready first."""

    def next_outcomes(self, waiting: Sequence[str]) -> list[Outcome]:
        """Let time pass until a sample is ready; the outcomes, of those waited for, that are.

        Raises AthanorError where nothing moves.
        """
        if not self.wait(waiting):
            raise AthanorError(f"nothing moves in the lab, and {len(waiting)} experiments wait")
        return [o for e in waiting if isinstance(o := self.look(e), Outcome)]


class Row(Record):
    """What became of one target in one world.

    `ending` is `made`, or why the agent stopped without. `day` is the simulated day of the last
    result. Of the best product: weight fractions of the target, of precursors, of other compounds
    and of what could not be named. `lost` names the faults that left an experiment without result.
    `cpu_s` is of the whole world; `run` tells runs with other rules or candidates apart.
    """

    run: str
    seed: int
    target: str
    ending: str
    experiments: int
    day: float
    best_yield: float
    precursors_left: float
    other_compounds: float
    not_named: float
    lost: str
    cpu_s: float

    @property
    def reason(self) -> str:
        """Why the target was not made: what ended it, and what was there instead."""
        left = {
            "precursors did not react": self.precursors_left,
            "other compounds formed": self.other_compounds,
            "glass, dirt or unknown compounds": self.not_named,
        }
        instead = max(left, key=lambda k: left[k]) if any(left.values()) else "no result"
        return f"{self.ending}, {instead}"


class Trial:
    """The agent of one target: what it tried, and what it waits for."""

    def __init__(self, candidates: Candidates, policy: Policy, rules: Rules) -> None:
        self.history = History(target=candidates.target)
        self._policy, self._rules = policy, rules
        self._recipes = len(candidates.items)

    @property
    def made(self) -> bool:
        """Whether the yield asked for was reached."""
        return self.history.best is not None and self.history.best.succeeded

    @property
    def waiting(self) -> dict[str, PendingExperiment]:
        """What is in the lab, by experiment id."""
        return {p.experiment_id: p for p in self.history.pending}

    @property
    def ending(self) -> str:
        """Why the agent stopped, given that the lab closed."""
        if self.made:
            return "made"
        if len(self.history.completed) >= self._rules.experiments:
            return "recipes spent"
        if len(self.history.completed) == self._recipes:
            return "no candidate left"
        return "time over"

    def fill(self, lab: SharedLab) -> None:
        """Submit what the policy suggests, as far as the rules let it."""
        history = self.history
        left = min(self._rules.experiments, self._recipes) - history.decisions
        room = min(left, self._rules.at_a_time - len(history.pending))
        if self.made or room < 1:
            return
        for suggestion in self._policy.suggest(history, room):
            name = f"{history.target.formula}-{suggestion.decision_index:04d}"
            lab.submit(suggestion.recipe, name)
            pending = PendingExperiment(experiment_id=name, suggestion=suggestion)
            self._change(pending=(*self.history.pending, pending))

    def learn(self, outcome: Outcome) -> None:
        """Take in what came of an experiment that was waited for."""
        waiting = self.waiting
        done = waiting.pop(outcome.experiment_id)
        completed = CompletedExperiment(
            experiment_id=done.experiment_id, suggestion=done.suggestion, outcome=outcome
        )
        self._change(
            pending=tuple(waiting.values()), completed=(*self.history.completed, completed)
        )

    def _change(self, **fields: Any) -> None:
        events = self.history.watermark + 1
        self.history = self.history.model_copy(update={**fields, "watermark": events})


class World(NamedTuple):
    """One seed with what every agent knows: the argument of a worker."""

    run: str
    seed: int
    candidates: Sequence[Candidates]
    rules: Rules


def live(world: World) -> list[Row]:
    """What becomes of every target in one world."""
    began, rules = time.process_time(), world.rules
    lab, policy = rules.open_lab(world.seed), instantiate(rules.config.policy)
    trials = [
        Trial(c, policy(candidates=c, seed=agent_seed(world.seed)), rules) for c in world.candidates
    ]
    last_h = dict.fromkeys(range(len(trials)), 0.0)
    for trial in trials:
        trial.fill(lab)
    while waited := {e: n for n, trial in enumerate(trials) for e in trial.waiting}:
        outcomes = lab.next_outcomes(list(waited))
        if lab.now_h > rules.days * 24:
            break
        for outcome in outcomes:
            number = waited[outcome.experiment_id]
            last_h[number] = lab.now_h
            trials[number].learn(outcome)
            trials[number].fill(lab)
    cpu_s = round(time.process_time() - began, 1)
    return [_row(world, trial, last_h[n], cpu_s) for n, trial in enumerate(trials)]


def _row(world: World, trial: Trial, last_h: float, cpu_s: float) -> Row:
    history, best = trial.history, trial.history.best
    shares = dict.fromkeys(("best_yield", "precursors_left", "other_compounds", "not_named"), 0.0)
    if best is not None:
        bottles = {identity(p) for p in best.recipe.precursors}
        for phase in best.outcome.phases:
            name = identity(phase.formula)
            kind = "precursors_left" if name in bottles else "other_compounds"
            kind = "best_yield" if name == history.target.identity else kind
            shares[kind] += phase.weight_fraction
        shares["not_named"] = best.outcome.unidentified_weight_fraction
    lost = [c.outcome.faults[-1].kind for c in history.completed if not c.measured]
    return Row(
        run=world.run,
        seed=world.seed,
        target=history.target.formula,
        ending=trial.ending,
        experiments=len(history.completed),
        day=round(last_h / 24, 3),
        lost="; ".join(lost),
        cpu_s=cpu_s,
        **{kind: round(share, 4) for kind, share in shares.items()},
    )
