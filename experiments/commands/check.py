"""`athanor check-policy` and `athanor check-lab`: whether code of your own keeps the contract."""

from typing import Annotated

import typer

_SOME_BROKEN = 1
Lab = Annotated[
    str,
    typer.Argument(
        metavar="LAB",
        help="my_module.MyLab, found in the current directory too; a name as in conf/lab, or a "
        "YAML file; with settings: NAME:SETTING=VALUE;SETTING=VALUE. {fresh} in a value is a path "
        "for the state of each lab that is made: it is tried whether that outlives a kill",
    ),
]
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


def check_lab(
    lab: Lab,
    target: Annotated[str, typer.Option(help="what it is tried with")] = "BaTiO3",
    precursors: Annotated[str, typer.Option(help="which it has", metavar="A,B")] = "BaCO3,TiO2",
    temperatures: Annotated[
        str, typer.Option(help="which it reaches, C: at least two", metavar="A,B")
    ] = "1100,1000,1200,900",
    hold: Annotated[float, typer.Option(help="hours")] = 4.0,
    too_hot: Annotated[float, typer.Option(help="what it must refuse, C")] = 3000.0,
    patience: Annotated[float, typer.Option(help="seconds a result may take")] = 30.0,
) -> int:
    """Try every promise of a lab that costs nothing: athanor check-lab my_module.MyLab."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from experiments.checks.lab_check import promises_of, trial_of
    from experiments.checks.named_lab import NamedLab
    from experiments.checks.promise import judged
    from experiments.checks.show import shown, summed_up

    trial = trial_of(target, precursors, temperatures, hold, too_hot)
    with TemporaryDirectory(prefix="athanor-check-") as folder:
        case = NamedLab(lab, Path(folder), patience)
        promises = promises_of(case, trial)
        verdicts = shown(judged(promises, case))
    print(f"{lab}: {summed_up(verdicts, len(promises))}")
    return 0 if all(v.kept for v in verdicts) else _SOME_BROKEN
