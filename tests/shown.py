"""What texts for people show: commands, files and modules, and whether there are such."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.override_parser.overrides_parser import OverridesParser

from agents.commands.run import hydra_arguments
from docs.pages import tree

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```(?:bash|sh)?\n(.+?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(athanor [^`]+)`", re.DOTALL)
_FILES = re.compile(
    r"\b((?:agents|conf|experiments|knowledge|lab|tests)/[\w/.-]+\.(?:py|yaml|csv|md))"
)
_CONFIGS = {"run": "config", "study": "study"}
# Words that stand for what a reader fills in.
_BLANKS = ("...", "DIR", "NAME", "OVERRIDE")


def missing_files(text: str) -> list[str]:
    """Files of the project that a text names and that are not there."""
    return [path for path in _FILES.findall(text) if not (ROOT / path).exists()]


def missing_modules(text: str) -> list[str]:
    """Modules that a text runs (`python -m NAME`) and that are not there."""
    named = re.findall(r"python -m ((?:experiments|docs)[\w.]+)", text)
    return [m for m in named if importlib.util.find_spec(m) is None and not m.endswith(".NAME")]


def commands_in(text: str) -> list[tuple[str, ...]]:
    """Every `athanor ...` of a text, as the words after `athanor`: in blocks, and within lines."""
    lines = [line for block in _BLOCK.findall(text) for line in _lines(block)]
    lines += [" ".join(found.split()) for found in _INLINE.findall(_BLOCK.sub("", text))]
    found = []
    for line in lines:
        for part in line.split("; "):
            if part.startswith("athanor "):
                found.append(tuple(shlex.split(part, comments=True)[1:]))
    return list(dict.fromkeys(found))


def _lines(block: str) -> Iterator[str]:
    return (line.strip() for line in re.sub(r"\\\n\s*", "", block).splitlines())


@lru_cache
def objection(words: tuple[str, ...]) -> str:
    """Why a command could not be what it says: no such command, option or setting; or nothing."""
    command, rest = _command(words)
    if command is None:
        return f"there is no athanor {words[0]}"
    if words[0] in _CONFIGS:
        return _does_not_compose(_CONFIGS[words[0]], rest)
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
    unknown = [w for w in rest if w.startswith("--") and w.partition("=")[0] not in known]
    return f"athanor {words[0]} has no {unknown[0]}" if unknown else ""


def _command(words: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    group: Any = tree()
    for place, word in enumerate(words):
        found = group.commands.get(word)
        if found is None:  # such as `athanor inventory`, which lists by itself
            named = group is not tree() and word.startswith("-")
            return (group, words[place:]) if named else (None, ())
        if not hasattr(found, "commands"):
            return found, words[place + 1 :]
        group = found
    return group, ()


def _does_not_compose(config: str, words: tuple[str, ...]) -> str:
    overrides = [w for w in words if "=" in w and not w.startswith("-")]
    if any(w in words for w in ("--config-dir", *_BLANKS)):
        return ""  # settings of a reader's own
    try:
        with initialize_config_module("conf", version_base="1.3"):
            compose(config, overrides=_first(overrides), return_hydra_config=True)
    except Exception as error:
        return f"{' '.join(words)}: {error}"
    return ""


def _first(overrides: list[str]) -> list[str]:
    """Overrides, where several values are swept over the first of them."""
    parsed = OverridesParser.create().parse_overrides(hydra_arguments(overrides))
    return [
        f"{one.get_key_element()}={next(one.sweep_string_iterator())}"
        if one.is_sweep_override()
        else str(one.input_line)
        for one in parsed
    ]
