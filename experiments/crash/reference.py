"""Campaigns that nobody kills, in processes that begin at once."""

import importlib
import sys
import time
from contextlib import suppress

from experiments.crash.check import left_in
from experiments.crash.child import BOUNDARIES, MODULES, OUTPUT, start
from experiments.crash.shapes import BY_NAME, SHAPES
from experiments.crash.ways import Reference, last_line, scratch
from knowledge.errors import AthanorError

# Imported by campaigns only when they need it.
_LATER = ("lab.remote", "psycopg", "sqlalchemy.dialects.postgresql.psycopg")


def be_ready() -> None:
    """Import what campaigns import, so that each is a fork of this process that begins at once."""
    import torch

    from agents import application  # noqa: F401
    from agents.conditions import code_version
    from knowledge.chemistry import charge_doubt

    torch.set_num_threads(1)
    code_version()
    charge_doubt("BaTiO3")  # reads a long table of pymatgen's, once
    with scratch() as folder:
        process = start(SHAPES[0].local, folder, count=True)
        process.join()
        listed = folder / MODULES
        found = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    for name in (*found, *_LATER):
        if name not in sys.modules and not name.startswith("__"):
            with suppress(ImportError):  # campaigns do without it, or tell
                importlib.import_module(name)


def reference_of(shape: str) -> Reference:
    """A campaign that nobody kills. Raises AthanorError where it does not end well."""
    with scratch() as folder:
        began = time.monotonic()
        process = start(BY_NAME[shape].local, folder, count=True)
        process.join()
        if process.exitcode:
            told = last_line(folder / OUTPUT)
            raise AthanorError(f"{shape} does not end even where nobody kills it: {told}")
        seconds = time.monotonic() - began
        names = (folder / BOUNDARIES).read_text(encoding="utf-8").splitlines()
        return Reference(left_in(folder), tuple(names), seconds)
