"""`athanor check-policy` and `athanor check-lab`: whether code of your own keeps the contract."""

from typing import Annotated

import typer

_SOME_BROKEN = 1
Policy = Annotated[
    str,
    typer.Argument(
        metavar="POLICY",
        help="my_module.MyPolicy, found in the current directory too; a name as in conf/policy or "
        "of an entry point; with settings: NAME:SETTING=VALUE;SETTING=VALUE",
    ),
]


def check_policy(policy: Policy) -> int:
    """Try every promise of a policy: athanor check-policy my_module.MyPolicy."""
    from experiments.checks import barium_titanate
    from experiments.checks.elsewhere import same_elsewhere
    from experiments.checks.named_policy import policy_named
    from experiments.checks.pace import pace_of
    from experiments.checks.policy import POLICY, PolicyCase
    from experiments.checks.promise import judged
    from experiments.checks.show import shown, summed_up

    few = barium_titanate.recipes(barium_titanate.FEW)
    make = policy_named(policy, few)
    promises = [*POLICY.promises, same_elsewhere(policy)]
    verdicts = shown(judged(promises, PolicyCase(make, few)))
    print(f"{policy}: {summed_up(verdicts, len(promises))}")
    if not all(v.kept for v in verdicts):
        return _SOME_BROKEN
    print(f"{policy}: {pace_of(make, barium_titanate.recipes(barium_titanate.MANY))}")
    return 0
