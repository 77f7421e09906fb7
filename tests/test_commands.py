"""A command in a forked process has what it would have in one that Python started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import command

TOLD = """
import multiprocessing, os, sys

def squared(n):
    return Number(n * n)

class Number(int):
    pass

if __name__ == "__main__":
    print(sys.argv[1:], os.path.basename(sys.argv[0]), os.getcwd(), os.environ["SAID"])
    print(sys.stdin.read().upper(), __name__, __spec__.name, "told_module" in sys.modules)
    with multiprocessing.get_context("spawn").Pool(1) as pool:  # finds what is in the main module
        print(pool.map(squared, [3]), type(pool.apply(squared, (3,))))
    print("to stderr", file=sys.stderr)
    sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize("status", [0, 2, 130])
def test_it_is_as_if_python_had_started_it(
    status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "told_module.py").write_text(TOLD)
    monkeypatch.syspath_prepend(tmp_path)
    env = {"SAID": "a b", "PYTHONPATH": str(tmp_path)}
    cold = subprocess.run(
        [sys.executable, "-m", "told_module", str(status), "x y"],
        input="asked", cwd="/", env={**os.environ, **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    warm = command("told_module", status, "x y", cwd=Path("/"), env=env, stdin="asked")
    assert cold.returncode == status
    assert warm.returncode == status
    assert warm.stdout == cold.stdout
    assert "[9] <class '__main__.Number'>" in cold.stdout
    assert warm.stderr == cold.stderr == "to stderr\n"


def test_one_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hanging.py").write_text("import time; print('here', flush=True); time.sleep(600)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(subprocess.TimeoutExpired):
        command("hanging", timeout_s=1)
