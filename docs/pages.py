"""Pages made when the site is built: the help of every command, and the settings as they lie.

mkdocs calls `on_page_markdown` for each page. Two comments on a page are replaced:

    <!-- commands -->       the help of every subcommand of `athanor`
    <!-- file PATH -->      a file of this repository, as it is
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.metadata import entry_points
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer
from mkdocs.exceptions import PluginError

from agents.cli import main

ROOT = Path(__file__).parent.parent
_COMMANDS = "<!-- commands -->"
_FILE = re.compile(r"^<!-- file (\S+) -->$", re.MULTILINE)
_LANGUAGES = {".yaml": "yaml", ".py": "python", ".csv": "text"}
_WIDTH = "88"
# What such a command takes is every setting: its help is Hydra's, and long.
_SETTINGS = {
    "run": "Takes any [setting of a campaign](settings.md#a-campaign) as `name=value`.",
    "study": "Takes any [setting of a study](settings.md#a-study) as `name=value`.",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The text of a page with its comments replaced. Raises PluginError for a file not there."""
    if _COMMANDS in markdown:
        markdown = markdown.replace(_COMMANDS, "\n\n".join(_sections()))
    return _FILE.sub(_shown, markdown)


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every subcommand as the words that call it, with the function behind it, by name."""
    for entry in sorted(entry_points(group="athanor.commands"), key=lambda e: e.name):
        found = entry.load()
        if isinstance(found, typer.Typer):
            group: Any = typer.main.get_command(found)
            for name, command in sorted(group.commands.items()):
                yield (entry.name, name), command.callback
        else:
            yield (entry.name,), found


def help_of(*words: str) -> str:
    """What `athanor words... --help` prints."""
    said = StringIO()
    with (
        patch.object(sys, "argv", ["athanor", *words, "--help"]),
        patch.dict(os.environ, {"COLUMNS": _WIDTH, "TERMINAL_WIDTH": _WIDTH}),
        redirect_stdout(said),
    ):
        try:
            main()
        except SystemExit as ended:
            if ended.code:
                raise PluginError(f"athanor {' '.join(words)} --help fails") from ended
    return said.getvalue().strip()


def _sections() -> Iterator[str]:
    for words, function in commands():
        title = f"## athanor {' '.join(words)}"
        if getattr(function, "takes_any_arguments", False):
            told = _SETTINGS.get(words[0], "Takes settings as `name=value`.")
            yield f"{title}\n\n{function.__doc__ or ''}\n\n{told}"
        else:
            yield f"{title}\n\n```text\n{help_of(*words)}\n```"


def _shown(found: re.Match[str]) -> str:
    path = ROOT / found[1]
    if not path.is_file():
        raise PluginError(f"a page shows {found[1]}, which does not exist")
    language = _LANGUAGES.get(path.suffix, "text")
    text = path.read_text(encoding="utf-8").rstrip()
    return f'```{language} title="{found[1]}"\n{text}\n```'
