"""`athanor run`: a campaign, or a sweep of them, configured by Hydra."""

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import typer


def run(context: typer.Context) -> None:
    """Run a campaign: athanor run target=BaTiO3 policy=athanor seed=0 (any Hydra override, -m)."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from agents import application
    from agents.one_line import in_one_line

    sys.argv = ["athanor run", *hydra_arguments(context.args)]
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # exceptions reach us, to be told in one line
    try:
        application.main()
    except (HydraException, OmegaConfBaseException) as error:
        raise in_one_line(error) from error
    if application.failures:
        raise application.failures[0]


run.takes_any_arguments = True  # type: ignore[attr-defined]


def hydra_arguments(given: Sequence[str]) -> list[str]:
    """Arguments as Hydra wants them: formulas quoted, and secrets out of sight.

    Raises AthanorError for a secret that cannot be kept.
    """
    return _without_secrets([_quoted(argument) for argument in given])


_ONE = re.compile(r"(\+{0,2}target)=([A-Za-z0-9.()·,][A-Za-z0-9.()\[\]·,]*)")
_SEVERAL = re.compile(r"(\+{0,2}(?:study\.)?(?:targets|policies|worlds))=\[([^'\"{}$]*)\]")
# A comma between the words of a list, not one within the brackets of a word.
_BETWEEN = re.compile(r",(?![^\[]*\])")


def _quoted(argument: str) -> str:
    """Words quoted for Hydra, whose grammar would read NaN as a number and Ca(OH)2 as a call."""
    if found := _ONE.fullmatch(argument):
        return f"{found[1]}=" + ",".join(f"'{formula}'" for formula in found[2].split(","))
    if (found := _SEVERAL.fullmatch(argument)) and found[2].strip():
        words = [f"'{word.strip()}'" for word in _BETWEEN.split(found[2])]
        return f"{found[1]}=[{','.join(words)}]"
    return argument


def _without_secrets(arguments: list[str]) -> list[str]:
    """Arguments in which secrets are names of variables of this process's environment.

    Hydra copies arguments into the folder of a sweep. Workers inherit the environment. Raises
    AthanorError, without showing it, for a secret that is swept over or within something larger.
    """
    kept: list[str] = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        name = key.lstrip("+~").partition("@")[0]
        secret = _secret_in(name, value) if equals and not key.startswith("-") else None
        if secret is not None:
            variable = f"ATHANOR_SECRET_{len(kept) + 1}"
            os.environ[variable] = secret
            argument = f"{key}=${{oc.env:{variable}}}"
        kept.append(argument)
    return kept


def _secret_in(key: str, text: str) -> str | None:
    """The value that an argument gives to a key, if it is one to keep out of files."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    from agents.watch.secrets import HIDDEN, is_secret, without_secrets
    from knowledge.errors import AthanorError

    def holds_secret(value: Any) -> bool:
        return HIDDEN in json.dumps(without_secrets({key: _literal(value)}))

    value: Any = text
    swept = "," in text
    try:
        parsed = OverridesParser.create().parse_override(f"key={text}")
        swept = parsed.is_sweep_override()
        value = text if swept else parsed.value()
    except HydraException:  # signs that Hydra would want quoted, such as & in a URL
        pass
    if isinstance(value, int | float) and is_secret(key, value):
        value = text  # 007
    if not holds_secret(value):
        return None
    if swept:
        raise AthanorError(f"{key} is a secret, which cannot be swept over: give one, in quotes")
    if not isinstance(value, str) or value != _literal(value):
        raise AthanorError(
            f"{key} holds a secret in one of its parts: set a variable of the environment to that, "
            "and give ${oc.env:VARIABLE} in its place"
        )
    return value


def _literal(value: Any) -> Any:
    """A value without its interpolations, such as ${oc.env:PGPASSWORD}."""
    if isinstance(value, str):
        return re.sub(r"\$\{[^}]*\}", "", value)
    if isinstance(value, dict):
        return {name: _literal(each) for name, each in value.items()}
    return [_literal(each) for each in value] if isinstance(value, list) else value
