"""`athanor run`: a campaign, or a sweep of them, configured by Hydra."""

import os
import re
import sys

import typer


def run(context: typer.Context) -> None:
    """Run a campaign: athanor run target=BaTiO3 policy=athanor seed=0 (any Hydra override, -m)."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from agents import application

    sys.argv = ["athanor run", *(_quoted(a) for a in context.args)]
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # exceptions reach us, to be told in one line
    try:
        application.main()
    except (HydraException, OmegaConfBaseException) as error:
        raise application.in_one_line(error) from error
    if application.failures:
        raise application.failures[0]


run.takes_any_arguments = True  # type: ignore[attr-defined]


def _quoted(argument: str) -> str:
    """Formulas quoted for Hydra, whose grammar would read NaN as a number and Ca(OH)2 as a call."""
    found = re.fullmatch(r"(\+{0,2}target)=([A-Za-z0-9.()·,][A-Za-z0-9.()\[\]·,]*)", argument)
    if not found:
        return argument
    return f"{found[1]}=" + ",".join(f"'{formula}'" for formula in found[2].split(","))
