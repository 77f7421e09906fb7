"""What benchmarks are measured on: the machine without its name, versions, and the code."""

import os
import platform
import subprocess
from pathlib import Path

from agents.conditions import libraries

_ROOT = Path(__file__).parents[2]


def machine() -> str:
    """Processor, cores and memory, in words."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    of = "core" if cores == 1 else "cores"
    return f"{_processor()}, {cores} {of}, {memory_gb:.0f} GB, {platform.system()}"


def versions() -> str:
    """Python and the libraries that decisions are computed with."""
    return ", ".join(f"{name} {version}" for name, version in libraries().items())


def commit() -> str:
    """The commit of the code, and whether it was changed since; empty outside a repository."""
    found = _git("rev-parse", "--short=10", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "*.py", "*.yaml")
    return f"{found} and changes since" if found and changed else found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", *words], cwd=_ROOT, capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
