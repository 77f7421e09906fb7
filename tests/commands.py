"""Commands run as a user runs them, in processes that need not import the libraries again.

A fork server, one for each process of tests, imports torch and the like once. A command is a fork
of it and otherwise a process of its own: with its own arguments, environment, working directory,
standard streams and exit status, and it imports all of this project itself. What a cold start is
about (imports, signals, kills) is tested with `subprocess`.
"""

import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

_server = get_context("forkserver")
_server.set_forkserver_preload(
    [
        "botorch.fit",
        "gpytorch",
        "hydra.core.plugins",
        "hydra_plugins.hydra_joblib_launcher.joblib_launcher",
        "jinja2",
        "matplotlib.pyplot",
        "networkx",
        "pandas",
        "plotly.graph_objs._figure",
        "plotly.offline",
        "plotly.io._html",
        "pydantic.dataclasses",
        "pydantic.main",
        "pymatgen.analysis.diffraction.xrd",
        "pymatgen.analysis.phase_diagram",
        "pymatgen.analysis.reaction_calculator",
        "pymatgen.core.entries",
        "pymatgen.symmetry.groups",
        "rich.console",
        "safetensors.torch",
        "scipy.optimize",
        "scipy.stats",
        "simpy",
        "sklearn.ensemble",
        "sqlalchemy.dialects.sqlite",
        "sqlalchemy.orm",
        "torch.fx.experimental.symbolic_shapes",
        "transformers.modeling_utils",
        "typer",
    ]
)


def command(
    module: str,
    *words: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = 300,
) -> "subprocess.CompletedProcess[str]":
    """What `python -m module words...` printed, and its exit status.

    `env` is added to this process's environment. Raises subprocess.TimeoutExpired.
    """
    arguments = [str(word) for word in words]
    with tempfile.TemporaryDirectory() as made:
        stdin_, stdout, stderr = (Path(made) / name for name in ("in", "out", "err"))
        for stream, text in ((stdin_, stdin), (stdout, ""), (stderr, "")):
            stream.write_text(text, encoding="utf-8")
        streams = (stdin_, stdout, stderr)
        process = _server.Process(
            target=_become,
            args=(module, arguments, cwd or Path.cwd(), {**os.environ, **(env or {})}, streams),
        )
        process.start()
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired([module, *arguments], timeout_s)
        out, err = (stream.read_text(encoding="utf-8") for stream in (stdout, stderr))
        return subprocess.CompletedProcess([module, *arguments], process.exitcode, out, err)


def _become(
    module: str, arguments: list[str], cwd: Path, env: dict[str, str], streams: tuple[Path, ...]
) -> None:
    """Turn this process into one that was started as `python -m module arguments...`."""
    for number, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, mode in enumerate(("r", "w", "w"))
    )
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = [module, *arguments]
    sys.modules["__mp_main__"] = _Main("__mp_main__")
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class _Main(ModuleType):
    """The main module, by the name that processes which it spawns give it."""

    def __getattr__(self, name: str) -> object:
        return getattr(sys.modules["__main__"], name)
