"""Campaigns of several policies for the same target in the same world, each in a lab of its own.

What a recipe gives in a world does not hang on who asks, so the world is made once and shared, and
each policy starts with empty furnaces. Nobody waits for another: time is not what is compared.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from agents.candidates import Candidates, gather
from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from experiments.alab_world import agent_seed, laboratory
from experiments.contenders import Contender
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Target
from knowledge.record import Record, content_hash
from lab.simulated import SimulatedLab
from lab.simulated.chemistry import Chemistries
from lab.simulated.world import WorldSettings

Ending = Literal["made", "recipes spent", "no candidate left"]


@dataclass(frozen=True)
class Terms:
    """What every policy gets: a lab, what counts as made, and how many experiments.

    Raises RecordError for terms that make no campaign.
    """

    lab: str = "realistic"
    yield_asked: float = 0.5
    experiments: int = 6

    def __post_init__(self) -> None:
        if self.experiments < 1:
            raise RecordError(f"experiments is {self.experiments}: it must be above zero")
        if not 0 < self.yield_asked <= 1:
            raise RecordError(f"yield_asked is {self.yield_asked}: it must be above 0, at most 1")


class Step(Record):
    """One experiment of a campaign: what was suggested with what promise, and what came of it.

    `run` is the hash of all that the campaign depends on but the code. `probability` is that of
    reaching the yield asked for, with its interval; `predicted_yield` with its `sigma`, and the
    ends of the interval that holds what is measured with 90 % probability, where the policy says
    them. `weight_fraction` is of the target; none where nothing was measured. `ending` stands in
    the last step of a campaign. `cpu_s` is what the suggestion took.
    """

    run: str
    target: str
    seed: int
    policy: str
    number: int
    recipe: str
    probability: float
    low: float
    high: float
    predicted_yield: float | None = None
    sigma: float | None = None
    yield_low: float | None = None
    yield_high: float | None = None
    weight_fraction: float | None = None
    ending: Ending | None = None
    cpu_s: float


class Meeting(NamedTuple):
    """One target in one world, and who tries it: the argument of a worker."""

    candidates: Candidates
    seed: int
    contenders: Sequence[Contender]
    terms: Terms


class WorldLab(SimulatedLab):
    """A simulated lab in a world that other labs are in as well. `parts` are those of a lab."""

    def __init__(self, chemistries: Chemistries, world_seed: int, **parts: Any) -> None:
        super().__init__(world_seed, **parts)
        self._chemistries = chemistries


@lru_cache(maxsize=4)
def _settings(lab: str) -> DictConfig:
    return laboratory(lab, "policy=random")  # policies are made elsewhere: any will do


@lru_cache(maxsize=4)
def lab_parts(lab: str) -> dict[str, Any]:
    """What a lab of `conf/lab` is made of, but its world."""
    config = _settings(lab).lab
    made = {
        str(key): instantiate(config[key]) if OmegaConf.is_config(config[key]) else config[key]
        for key in config
        if key not in ("_target_", "world_seed")
    }
    return {**made, "inventory": list(config.inventory)}


@lru_cache(maxsize=4)
def _knowledge(lab: str) -> tuple[Any, ...]:
    """A lab to ask what it would run, and where knowledge comes from."""
    config = _settings(lab)
    parts = (instantiate(config[part]) for part in ("energies", "literature", "candidates"))
    return (SimulatedLab(0, **lab_parts(lab)), *parts)


def knowledge_of(formula: str, terms: Terms) -> Candidates | str:
    """What an agent knows of a target beforehand, or why it cannot be tried."""
    lab, energies, literature, grid = _knowledge(terms.lab)
    try:
        target = Target(formula=formula, yield_asked=terms.yield_asked)
        return gather(target, lab.inventory, lab.check, energies, literature, grid)
    except AthanorError as error:
        return str(error)


def run_id(candidates: Candidates, contender: Contender, terms: Terms) -> str:
    """Hash of all that a campaign depends on but its world and the code."""
    lab = OmegaConf.to_container(_settings(terms.lab).lab, resolve=True)
    target = candidates.target.model_dump(mode="json")
    return content_hash(
        [lab, target, candidates.fingerprint, terms.experiments, contender.key],
    )


def hold(meeting: Meeting) -> list[Step]:
    """The campaigns of a meeting, one after the other, in the order of its contenders.

    Raises AthanorError saying which campaign went wrong.
    """
    world = World(meeting.seed, meeting.terms)
    return [
        step
        for each in meeting.contenders
        for step in as_steps(
            run_id(meeting.candidates, each, meeting.terms),
            each.label,
            meeting.candidates,
            world.campaign(meeting.candidates, each),
        )
    ]


class World:
    """The world of a seed, in which campaigns are run on equal terms."""

    def __init__(self, seed: int, terms: Terms) -> None:
        self.seed, self._terms = seed, terms
        self._parts = lab_parts(terms.lab)
        settings = self._parts.get("world") or WorldSettings()
        self._chemistries = Chemistries(seed, settings, self._parts["energies"])

    def campaign(self, candidates: Candidates, contender: Contender) -> "Run":
        """A campaign in a lab of its own. Raises AthanorError saying which one went wrong."""
        lab = WorldLab(self._chemistries, self.seed, **self._parts)
        try:
            return campaign(candidates, contender, self.seed, lab, self._terms)
        except AthanorError as error:  # some errors of ours do not survive between processes
            where = f"{contender.label} for {candidates.target.formula} in world {self.seed}"
            raise AthanorError(f"{where}: {error}") from error


class Run(NamedTuple):
    """A campaign that was run: its experiments in order, and CPU seconds of each suggestion."""

    seed: int
    experiments: Sequence[CompletedExperiment]
    cpu_s: Sequence[float]


def campaign(
    candidates: Candidates, contender: Contender, seed: int, lab: SimulatedLab, terms: Terms
) -> Run:
    """A campaign until an experiment reaches the yield asked for, or the terms end it.

    A lost sample counts as an experiment, as it does in a lab.
    """
    policy = contender.make(candidates, agent_seed(seed))
    history, seconds = History(target=candidates.target), list[float]()
    for number in range(min(terms.experiments, len(candidates.items))):
        began = time.process_time()
        suggestion = policy.suggest(history, 1)[0]
        seconds.append(time.process_time() - began)
        history = _fired(history, suggestion, lab, f"{candidates.target.formula}-{number:04d}")
        if history.completed[-1].succeeded:
            break
    return Run(seed, history.completed, seconds)


def _fired(history: History, suggestion: Suggestion, lab: SimulatedLab, name: str) -> History:
    lab.submit(suggestion.recipe, name)
    outcome = lab.poll(name)
    if not isinstance(outcome, Outcome):
        raise AthanorError(f"{suggestion.recipe} stays in the lab: {outcome}")
    pending = PendingExperiment(experiment_id=name, suggestion=suggestion)
    done = CompletedExperiment(experiment_id=name, suggestion=pending.suggestion, outcome=outcome)
    # As a journal counts: decided, submitted, finished.
    update = {"completed": (*history.completed, done), "watermark": history.watermark + 3}
    return history.model_copy(update=update)


def as_steps(run_id: str, policy: str, candidates: Candidates, run: Run) -> list[Step]:
    """A campaign as it is kept: a step for each experiment, the last with how it ended."""
    done, last = run.experiments, len(run.experiments) - 1
    spent = "no candidate left" if len(done) == len(candidates.items) else "recipes spent"
    ending = "made" if done[-1].succeeded else spent
    steps = []
    for number, (experiment, cpu_s) in enumerate(zip(done, run.cpu_s, strict=True)):
        reason = experiment.suggestion.reason
        low, high = reason.yield_interval or (None, None)
        steps.append(
            Step(
                run=run_id,
                target=candidates.target.formula,
                seed=run.seed,
                policy=policy,
                number=number,
                recipe=str(experiment.recipe),
                probability=reason.probability_of_success,
                low=reason.interval[0],
                high=reason.interval[1],
                predicted_yield=reason.predicted_yield,
                sigma=reason.predicted_yield_sigma,
                yield_low=low,
                yield_high=high,
                weight_fraction=round(experiment.yield_fraction, 4)
                if experiment.measured
                else None,
                ending=ending if number == last else None,
                cpu_s=round(cpu_s, 4),
            )
        )
    return steps
