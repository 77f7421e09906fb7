"""Pages made when the site is built: the help of every command, and the settings as they lie.

mkdocs calls `on_page_markdown` for each page. Two comments on a page are replaced:

    <!-- commands -->       the help of every subcommand of `athanor`
    <!-- file PATH -->      a file of this repository, as it is
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typer
from mkdocs.exceptions import PluginError

ROOT = Path(__file__).parent.parent
_COMMANDS = "<!-- commands -->"
_FILE = re.compile(r"^<!-- file (\S+) -->$", re.MULTILINE)
_LANGUAGES = {".yaml": "yaml", ".py": "python", ".csv": "text"}
_WIDTH = 88
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


@lru_cache
def tree() -> Any:
    """The commands of `athanor` as typer has them: a group, whose `commands` may be groups."""
    application = typer.Typer(name="athanor", add_completion=False, rich_markup_mode=None)
    application.callback()(lambda: None)
    for entry in entry_points(group="athanor.commands"):
        found = entry.load()
        if isinstance(found, typer.Typer):
            application.add_typer(found, name=entry.name)
        else:
            application.command(name=entry.name)(found)
    return typer.main.get_command(application)


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every subcommand, by name: the words that call it, and the command."""
    for name, found in sorted(tree().commands.items()):
        if hasattr(found, "commands"):
            yield from (((name, word), each) for word, each in sorted(found.commands.items()))
        else:
            yield (name,), found


def help_of(words: tuple[str, ...], command: Any) -> str:
    """What `athanor words... --help` prints."""
    name = " ".join(("athanor", *words))
    context = typer.Context(
        command, info_name=name, terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    return str(command.get_help(context)).strip()


def _sections() -> Iterator[str]:
    for words, command in commands():
        title, function = f"## athanor {' '.join(words)}", command.callback
        if getattr(function, "takes_any_arguments", False):
            told = _SETTINGS.get(words[0], "Takes settings as `name=value`.")
            yield f"{title}\n\n{function.__doc__ or ''}\n\n{told}"
        else:
            yield f"{title}\n\n```text\n{help_of(words, command)}\n```"


def _shown(found: re.Match[str]) -> str:
    path = ROOT / found[1]
    if not path.is_file():
        raise PluginError(f"a page shows {found[1]}, which does not exist")
    language = _LANGUAGES.get(path.suffix, "text")
    text = path.read_text(encoding="utf-8").rstrip()
    return f'```{language} title="{found[1]}"\n{text}\n```'
