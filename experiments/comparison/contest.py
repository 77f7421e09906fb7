"""Who is held against whom, in which campaigns, with which seeds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count, islice

from experiments.study.axes import ORACLE, Arms, policies_of
from experiments.study.plan import Plan
from experiments.study.settings import resolved
from experiments.study.study import Study, study_of
from knowledge.errors import AthanorError

_LIMITS = (ORACLE, "random")
_LIMIT_SEEDS = 20
_POLICY, _FOLDER = "policy=", "study.folder="


@dataclass(frozen=True)
class Contest:
    """A policy and its opponents, in the campaigns of a study.

    `limits` are no opponents: what no policy can beat and what each should, on the first seeds, for
    the picture. `most`: how many seeds there may be; none: those of the study, all at once.
    """

    ours: str
    others: tuple[str, ...]
    limits: tuple[str, ...]
    study: Study
    most: int | None

    @cached_property
    def seeds(self) -> list[int]:
        """All seeds there may be: those of the study first, then one after the other."""
        given = self.study.plan.seeds
        if self.most is None:
            return list(given)
        return list(islice(chain(given, count(given[-1] + 1)), self.most))

    def plan(self, policies: Sequence[str], seeds: int) -> Plan:
        """The campaigns of some policies with the first so many seeds."""
        cells = [cell for cell in self.study.plan.cells if cell.policy in policies]
        return Plan(cells, sorted(self.seeds[:seeds]))

    @property
    def limit_seeds(self) -> int:
        """With how many seeds limits are drawn."""
        return min(_LIMIT_SEEDS, len(self.seeds))


def contest_of(
    words: Sequence[str], against: str, most: int | None = None, limits: bool = True
) -> Contest:
    """The contest that words of a command describe: policy=NAME, and overrides of a study.

    Policies are what `study.policies` takes, and those that the study of the overrides names. In
    its own folder, unless one is given. Raises AthanorError for what is none, and for a table where
    seeds are to be added.
    """
    ours = _ours(words)
    overrides = [word for word in words if not word.startswith(_POLICY)]
    known = policies_of(resolved(tuple(overrides))["study"]["policies"])
    mine = _arm(ours, known)
    others: Arms = {}
    for name in listed(against):
        arm = _arm(name, known)
        if arm.keys() & (mine.keys() | others.keys()):
            raise AthanorError(
                f"--against {name}: {next(iter(arm))} is there already; hold a policy against "
                "others, each named once"
            )
        others |= arm
    if not others:
        raise AthanorError("--against names no policy: give one, as in --against athanor")
    contestants = mine | others
    drawn = {name: _arm(name, {})[name] for name in _LIMITS if limits and name not in contestants}
    if not any(word.startswith(_FOLDER) for word in overrides):
        overrides.append(f"{_FOLDER}'comparisons/{_folder(next(iter(mine)), others)}'")
    study = study_of(overrides, contestants | drawn)
    if most is not None:
        _refuse_tables(study)
    return Contest(next(iter(mine)), tuple(others), tuple(drawn), _at(study, most), most)


def _refuse_tables(study: Study) -> None:
    """Raise AthanorError for a study of a table: more seeds of one table are no new evidence."""
    tables = {str(c.settings["table"]) for c in study.plan.cells if c.settings.get("table")}
    if tables:
        raise AthanorError(
            f"study.table={min(tables)}: seeds replay that one table again and decide nothing, so "
            "none are added; leave --until-decided and --at-most out, or run athanor study and use "
            "athanor summarize"
        )


def listed(text: str) -> list[str]:
    """Names with commas between them; a comma within brackets is of a setting."""
    names = re.split(r",(?![^\[]*\])", text)
    return [name.strip() for name in names if name.strip()]


def _ours(words: Sequence[str]) -> str:
    named = [word.removeprefix(_POLICY).strip() for word in words if word.startswith(_POLICY)]
    if len(named) != 1 or not named[0] or len(listed(named[0])) > 1:
        raise AthanorError(
            f"{' '.join(_POLICY + name for name in named) or 'no policy='}: name the one policy "
            "that is compared, as in policy=mine --against athanor"
        )
    return named[0]


def _arm(word: str, known: Arms) -> Arms:
    return {word: known[word]} if word in known else policies_of([word])


def _at(study: Study, most: int | None) -> Study:
    """A study of no more seeds than there may be."""
    if most is None or len(study.plan.seeds) <= most:
        return study
    return replace(study, plan=Plan(study.plan.cells, study.plan.seeds[:most]))


def _folder(ours: str, others: Arms) -> str:
    names = (re.sub(r"[^\w.+]+", "-", name).strip("-") for name in (ours, *others))
    return "-against-".join((next(names), "-".join(names)))
