"""What one campaign teaches the next: a related target with and without what the first showed.

    python -m experiments.transfer --json OUT.json

For each target the first campaign is on the related one: of the others, the one that shares the
largest part of its elements beside oxygen, two at least (the first by name of equals). Then the
target is made twice in the same world with the same seed: once with what the first campaign showed
of pairs of solids, once without. Terms and tables are those of experiments.compare_policies.
Differences are taught less untaught, paired by target and world, with 95 % intervals.
"""

import argparse
import json
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

from agents.candidates import Candidates
from agents.files import write_whole
from agents.pairs.evidence import observations_of
from experiments.campaign_table import CampaignTable
from experiments.command_line import one_line_errors
from experiments.compare_policies import differences, scores
from experiments.contenders import Contender
from experiments.paired_campaigns import Step, Terms, World, as_steps, knowledge_of, run_id
from experiments.paired_study import Found, Study, add_arguments, study_of, table_of
from experiments.side_by_side import as_done, in_order, workers
from experiments.study.related import LEAST_SHARED, related
from knowledge.errors import AthanorError
from knowledge.record import content_hash


class Succession(NamedTuple):
    """Two targets, the second after the first, in one world: the argument of a worker."""

    first: Candidates
    second: Candidates
    seed: int
    contender: Contender
    terms: Terms


def taught(label: str) -> str:
    """What a policy is called that knows what another campaign showed."""
    return f"taught {label}"


def run_ids(succession: Succession) -> tuple[str, str]:
    """Hashes of the second campaign untaught and taught: all they hang on but world and code."""
    contender, terms = succession.contender, succession.terms
    alone = run_id(succession.second, contender, terms)
    return alone, content_hash([alone, run_id(succession.first, contender, terms)])


def succeed(succession: Succession) -> list[Step]:
    """The second campaign untaught and taught, each with its steps.

    Raises AthanorError saying which campaign went wrong.
    """
    first, second, seed, contender, terms = succession
    world = World(seed, terms)
    shown = observations_of(world.campaign(first, contender).experiments)
    alone, after = run_ids(succession)
    return [
        *as_steps(alone, contender.label, second, world.campaign(second, contender)),
        *as_steps(
            after,
            taught(contender.label),
            second,
            world.campaign(second.with_observations(shown), contender),
        ),
    ]


def conduct(
    pool: ProcessPoolExecutor, study: Study, table: CampaignTable
) -> tuple[Found, dict[str, str]]:
    """Run what the table lacks; all campaigns, and the target that each learned on.

    Raises AthanorError where no two targets that can be tried are related.
    """
    asked = partial(knowledge_of, terms=study.terms)
    known = dict(zip(study.formulas, in_order(pool, asked, study.formulas), strict=True))
    tried = {f: k for f, k in known.items() if isinstance(k, Candidates)}
    untried = {f: k for f, k in known.items() if isinstance(k, str)}
    pairs = related(list(tried))
    if not pairs:
        raise AthanorError(
            f"no two of the {len(tried)} targets that can be tried share {LEAST_SHARED} elements "
            "beside oxygen: name others with --targets"
        )
    tasks = [
        Succession(tried[first], tried[second], seed, contender, study.terms)
        for second, first in pairs.items()
        for seed in study.seeds
        for contender in study.policies
    ]
    for steps in as_done(
        pool, succeed, [t for t in tasks if not _names(t) <= set(table.campaigns)]
    ):
        table.add([s for s in steps if (s.run, s.policy, s.seed) not in table.campaigns])
    campaigns = {
        (name[1], t.second.target.formula, t.seed): table.campaigns[name]
        for t in tasks
        for name in _names(t)
    }
    return Found(campaigns, list(pairs), list(study.seeds), untried), pairs


def _names(succession: Succession) -> set[tuple[str, str, int]]:
    label, (alone, after) = succession.contender.label, run_ids(succession)
    return {(alone, label, succession.seed), (after, taught(label), succession.seed)}


def summary(found: Found, pairs: Mapping[str, str], study: Study) -> dict[str, Any]:
    """What each policy reached untaught and taught, and the difference."""
    most = study.terms.experiments
    return {
        "terms": asdict(study.terms),
        "learned_on": dict(pairs),
        "untried": found.untried,
        "worlds": len(found.seeds),
        "policies": {
            c.label: {
                "untaught": scores(found, c.label, most),
                "taught": scores(found, taught(c.label), most),
                "difference": differences(found, taught(c.label), c.label, most),
            }
            for c in study.policies
        },
    }


def show(told: dict[str, Any]) -> None:
    """Print what was learned with, and what it brought."""
    print(f"{len(told['learned_on'])} targets with a related one, in {told['worlds']} worlds")
    for label, found in told["policies"].items():
        reached = [100 * found[k]["reached"]["mean"] for k in ("untaught", "taught")]
        gain, saved = found["difference"]["reached"], found["difference"]["experiments_saved"]
        chance = found["difference"]["mcnemar"]
        print(
            f"{label}: {reached[0]:.1f} % made, {reached[1]:.1f} % taught: "
            f"{100 * gain['mean']:+.1f} ({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}) "
            f"points; only taught {chance['only_ours']}, only untaught {chance['only_theirs']}, "
            f"p {chance['p_value']:.2g}; experiments saved {saved['mean']:+.2f} "
            f"({saved['low']:+.2f} to {saved['high']:+.2f})"
        )


@one_line_errors
def main() -> None:
    """Run what is left, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, "athanor", seeds=20)
    given = parser.parse_args()
    study, table = study_of(given), table_of(given)
    with workers() as pool:
        found, pairs = conduct(pool, study, table)
    told = summary(found, pairs, study)
    show(told)
    if given.json:
        write_whole(given.json, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
