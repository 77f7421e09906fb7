"""What `athanor replay` does: derive a campaign's decisions again, or replay another policy.

Settings are KEY=VALUE as for `athanor run`. `target` and `success` are for tables and are kept from
the configuration; so is `experiments`, which ends a replay early.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from agents.candidates import Candidates
from agents.configured_policy import configured, recorded_policy
from agents.history import CompletedExperiment
from agents.past.campaign import PastCampaign, derive_again, past_campaign
from agents.past.display import show_decisions, show_experiments, show_milestones
from agents.past.published import EMBEDDED, embedded_table
from agents.past.tables import Table, candidates_of, read_table
from agents.policies import Policy
from agents.replay import Everything, Milestones, Truth, milestones, play
from knowledge.errors import AthanorError
from knowledge.recipe import Target
from lab.recorded import RecordedLab

# Percent by weight: what published tables call pure, less what diffraction cannot see.
_SUCCESS_PERCENT = 99.5
_OWN = ("target", "success", "experiments")
_OF_CAMPAIGNS = ("policy", "seed")


@dataclass(frozen=True)
class _Settings:
    """The settings given, with those that the configuration does not know apart."""

    own: Mapping[str, str]
    others: Sequence[str]

    @classmethod
    def of(cls, settings: Sequence[str]) -> "_Settings":
        """From KEY=VALUE. Raises AthanorError for what is none."""
        own, others = {}, []
        for setting in settings:
            key, equals, value = setting.partition("=")
            if not equals or not key:
                raise AthanorError(f"{setting!r} is no setting: give KEY=VALUE, as policy=thermo")
            if key in _OWN:
                own[key] = value.strip().strip("'\"")
            else:
                others.append(setting)
        return cls(own, others)

    def number(self, name: str, default: float, high: float) -> float:
        """A number of one's own above zero. Raises AthanorError for others."""
        text = self.own.get(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= high:
            raise AthanorError(f"{name}={text}: give a number above 0, to {high:g}")
        return value


def replay(where: str, settings: Sequence[str], console: Console) -> int:
    """Replay what `where` names: a campaign's folder, an embedded table, or a file.

    Returns the exit status: 1 where a decision came out otherwise than recorded, else 0.
    """
    given = _Settings.of(settings)
    if where in EMBEDDED:
        formula = given.own.get("target")
        table = embedded_table(where, given.number("success", _SUCCESS_PERCENT, 100) / 100)
        if formula and Target(formula=formula).identity != table.target.identity:
            raise AthanorError(f"{where} is a table of {table.target.formula}, not of {formula}")
        return _table(where, table, given, console)
    path = Path(where).expanduser()
    if not path.exists():
        raise AthanorError(
            f"there is no {where}: give a campaign's folder, a table (CSV, or Exp.json of ARROWS) "
            f"or {', '.join(EMBEDDED)}"
        )
    if path.is_dir():
        return _campaign(path, given, console)
    if "target" not in given.own:
        raise AthanorError(f"what is {where} a table of? Give target=FORMULA, as target=BaTiO3")
    yield_asked = given.number("success", _SUCCESS_PERCENT, 100) / 100
    target = Target(formula=given.own["target"], yield_asked=yield_asked)
    return _table(path.name, read_table(path, target), given, console)


def _campaign(folder: Path, given: _Settings, console: Console) -> int:
    past = past_campaign(folder)
    beside = [*given.own, *(s.partition("=")[0] for s in given.others)]
    wrong = [k for k in beside if k.partition(".")[0] not in (*_OF_CAMPAIGNS, "experiments")]
    if wrong:
        raise AthanorError(
            f"{wrong[0]} cannot be changed in a campaign of the past: give policy=NAME, its "
            "settings, and seed=N"
        )
    if not given.others:
        return _derive_again(folder, past, console)
    if not any(s.startswith("policy=") for s in given.others):
        raise AthanorError("give policy=NAME beside the other settings, as policy=thermo seed=1")
    parts = configured(given.others)
    seeded = any(s.startswith("seed=") for s in given.others)
    seed = parts.seed if seeded else int(past.settings.get("seed", parts.seed))
    results = past.results()
    if not results:
        raise AthanorError(f"{folder} has no result yet: there is nothing to choose from")
    measured = {r.recipe.content_id for r in results}
    items = tuple(c for c in past.candidates.items if c.recipe.content_id in measured)
    candidates = past.candidates.model_copy(update={"items": items})
    yields = {c.recipe.content_id: c.yield_fraction for c in past.history.measured}
    truth = Truth(yields, candidates.target.yield_asked)
    was = milestones([r.recipe.content_id for r in results], truth)
    policy = parts.make(candidates, seed)
    played = _play(candidates, policy, RecordedLab(results), truth, given, console)
    show_experiments(played, console)
    then = {f"{past.started['policy']}, in the campaign": was}
    show_milestones(then | {f"{policy.name}, seed {seed}": _of(played, truth)}, truth, console)
    return 0


def _derive_again(folder: Path, first: PastCampaign, console: Console) -> int:
    """The decisions of every target; 1 where one came out otherwise than recorded."""
    targets, status = first.ledger.targets, 0
    for target in targets:
        past = past_campaign(folder, target.formula)
        make = partial(recorded_policy, past.settings)
        found = derive_again(past, make(past.candidates), make)
        if len(targets) > 1:
            console.print(target.formula)
        show_decisions(past, found, console)
        if found.expected is not None:
            which = f"{target.formula}: " if len(targets) > 1 else ""
            print(f"athanor: {which}{found}", file=sys.stderr)
            status = 1
    return status


def _table(name: str, table: Table, given: _Settings, console: Console) -> int:
    parts = configured(given.others)
    for line in table.told():
        print(f"athanor: {line}", file=sys.stderr)
    candidates = candidates_of(table, parts.energies(), parts.proposer())
    truth = Truth(table.yields(), table.target.yield_asked)
    policy = parts.make(candidates, parts.seed)
    console.print(
        f"{table.target.formula}: {len(table.results)} recipes of {name}, "
        f"{len(truth.successes)} of them with {truth.yield_asked:.2%} or more"
    )
    played = _play(candidates, policy, RecordedLab(table.results), truth, given, console)
    show_experiments(played, console)
    show_milestones({f"{policy.name}, seed {parts.seed}": _of(played, truth)}, truth, console)
    return 0


def _play(
    candidates: Candidates,
    policy: Policy,
    lab: RecordedLab,
    truth: Truth,
    given: _Settings,
    console: Console,
) -> Sequence[CompletedExperiment]:
    most = len(candidates.items)
    most = int(given.number("experiments", most, max(most, 1_000_000)))
    everything = Everything(truth, lambda recipe: recipe.content_id)
    with console.status(f"{policy.name} chooses") as status:
        played = play(candidates, policy, lab, everything, most=most, told=_teller(status.update))
    return played.experiments


def _teller(update: Callable[[str], None]) -> Callable[[CompletedExperiment], None]:
    def tell(done: CompletedExperiment) -> None:
        number = done.suggestion.decision_index + 1
        update(f"experiment {number}: yield {done.yield_fraction:.2f}")

    return tell


def _of(played: Sequence[CompletedExperiment], truth: Truth) -> Milestones:
    return milestones([e.recipe.content_id for e in played], truth)
