"""Code that is not ours, found by its name: what it is, or in one line why it cannot be had."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from experiments.checks.promise import told
from knowledge.errors import AthanorError

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)+")


def is_dotted(name: str) -> bool:
    """Whether a name has the form of module.Class."""
    return _DOTTED.fullmatch(name) is not None


def own(name: str) -> Callable[..., Any]:
    """The class or function called module.Name, from the current directory or what is installed.

    Raises AthanorError for a module that cannot be imported, and for what it does not have.
    """
    where, _, what = name.rpartition(".")
    module = _module(where)
    found = getattr(module, what, None)
    if found is None:
        raise AthanorError(f"{where} ({_file(module)}) has no {what}{_instead(module)}")
    if not callable(found):
        raise AthanorError(
            f"{name} cannot be called (type {type(found).__name__}): name a class or a function"
        )
    made: Callable[..., Any] = found
    return made


def _module(where: str) -> ModuleType:
    try:
        return import_module(where)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{where}.".startswith(f"{error.name}."):
            raise AthanorError(
                f"{where} cannot be imported, it needs {error.name}, which is not installed"
            ) from error
        raise AthanorError(
            f"there is no module {error.name}: not in {_here()}, nor among what is installed; go "
            f"to the folder that holds {error.name.partition('.')[0]}.py, or install its package"
        ) from error
    except Exception as error:  # whatever the code of others raises when it is imported
        raise AthanorError(f"{where} cannot be imported, {told(error)}: mend it first") from error


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # somebody removed the folder
        return "the current directory"


def _file(module: ModuleType) -> str:
    return str(getattr(module, "__file__", None) or "a folder")


def _instead(module: ModuleType) -> str:
    """What it has of its own that could be meant."""
    mine = [n for n, v in vars(module).items() if _is_own(v, module)]
    return f": it has {', '.join(mine)}" if mine else ""


def _is_own(value: object, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", "") == module.__name__
