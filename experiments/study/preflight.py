"""What can be told before thousands of campaigns are run: that a lab or a policy cannot be had."""

from agents.candidates import Candidates
from experiments.alab_world import agent_seed
from experiments.study.parts import Parts, parts_of
from experiments.study.plan import Plan
from knowledge.errors import AthanorError


def check(plan: Plan) -> None:
    """Make one campaign's parts of each policy in each world. Raises AthanorError, saying whose.

    A target that cannot be had is no reason not to try the others. What the code of a policy of
    one's own raises is told by the rows of its campaigns.
    """
    untold: dict[tuple[str, str], AthanorError] = {}
    done: set[tuple[str, str]] = set()
    seed = plan.seeds[0]
    for cell in plan.cells:
        arm = cell.policy, cell.world
        if arm in done:
            continue
        try:
            parts = parts_of(cell)
            parts.setting.lab(seed)
        except AthanorError as error:
            raise AthanorError(f"{cell.policy} in {cell.world}: {error}") from error
        try:
            candidates = parts.setting.candidates(cell.target, seed)
            if parts.learns_on:
                parts.setting.candidates(parts.learns_on, seed)
        except AthanorError as error:
            untold.setdefault(arm, error)
            continue
        if parts.policy is not None:
            _check_policy(parts, candidates, seed)
        done.add(arm)
    for arm, reason in untold.items():
        if arm not in done:
            raise AthanorError(f"{' in '.join(arm)}: no target can be had: {reason}") from reason


def _check_policy(parts: Parts, candidates: Candidates, seed: int) -> None:
    try:
        parts.make(candidates, agent_seed(seed))
    except AthanorError as error:
        raise AthanorError(f"study.policies, {parts.cell.policy}: {error}") from error
    except Exception:
        return  # a row will say so, and the others go on
