"""What a tutorial does: it writes files and runs commands, in the current directory."""

import shlex
import subprocess
import sys
from pathlib import Path


def write(name: str, text: str) -> None:
    """Write a file, without the line break after the opening quotes."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.removeprefix("\n"), encoding="utf-8")


def run(command: str, status: int = 0) -> None:
    """Run a command of Athanor's. Raises SystemExit where it ends with another status."""
    print(f"$ {command}", flush=True)
    found = started(words(command))
    if found != status:
        raise SystemExit(f"{command}: ended with status {found}, not {status}")


def started(arguments: list[str]) -> int:
    """The exit status of athanor with these arguments, in a process of its own."""
    return subprocess.run([sys.executable, "-m", "agents.cli", *arguments], check=False).returncode


def words(command: str) -> list[str]:
    """The arguments of athanor in a command, as a shell would pass them."""
    name, *arguments = shlex.split(command.replace("\\\n", " "))
    if name != "athanor":
        raise SystemExit(f"{command}: a tutorial runs athanor and nothing else")
    return arguments


def show(language: str, text: str) -> None:
    """What is only shown: neither written nor run."""
