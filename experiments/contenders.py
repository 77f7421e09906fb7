"""The policies that a study compares, as they are named at the command line.

    athanor,literature                             two policies as they are
    athanor:without=[literature,pathway]           one with a setting of its own
    "athanor:objective=all;without=[similarity]"   with several

The value of a setting is read as YAML.
"""

import inspect
import re
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]

from agents.candidates import Candidates
from agents.policies import Policy
from agents.policies.registry import named_policy, policy_class
from knowledge.errors import AthanorError

# A comma between contenders, not one within the brackets of a setting.
_BETWEEN = re.compile(r",(?![^\[]*\])")


class ContenderError(AthanorError):
    """A contender that cannot be told apart from others, or cannot be made."""


@dataclass(frozen=True)
class Contender:
    """A policy with settings. `label` is how it is called in tables, and tells it from others."""

    label: str
    name: str
    settings: tuple[tuple[str, Any], ...] = ()

    def make(self, candidates: Candidates, seed: int) -> Policy:
        """The policy, ready to be asked."""
        return named_policy(self.name, candidates, seed, **dict(self.settings))

    @property
    def key(self) -> list[Any]:
        """What it is, however it is called: for a hash."""
        return [self.name, [list(setting) for setting in self.settings]]


def contender(text: str) -> Contender:
    """What one word of the command line names: NAME or NAME:SETTING=VALUE;SETTING=VALUE.

    Raises UnknownPolicyError for a name that no policy has, ContenderError for settings that it
    does not take.
    """
    name, _, given = text.strip().partition(":")
    settings = dict(_setting(text, part) for part in given.split(";") if part.strip())
    takes = inspect.signature(policy_class(name)).parameters
    keywords = [k for k in takes if k not in ("candidates", "seed")]
    free = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in takes.values())
    unknown = [] if free else [k for k in settings if k not in keywords]
    if unknown:
        raise ContenderError(
            f"{text}: {name} has no setting {unknown[0]}; "
            + (f"it has {', '.join(keywords)}" if keywords else "it has none")
        )
    return Contender(text.strip(), name, tuple(sorted(settings.items())))


def contenders(text: str) -> list[Contender]:
    """Those of a list with commas, in its order. Raises ContenderError for one named twice."""
    found = [contender(word) for word in _BETWEEN.split(text) if word.strip()]
    labels = [c.label for c in found]
    twice = [label for label in labels if labels.count(label) > 1]
    if twice or not found:
        what = f"{twice[0]} is named twice" if twice else "no policy is named"
        raise ContenderError(f"--policies {text}: {what}; name each once, as in athanor,thermo")
    return found


def _setting(text: str, part: str) -> tuple[str, Any]:
    key, equals, value = part.partition("=")
    try:
        read = yaml.safe_load(value) if equals else None
    except yaml.YAMLError as error:
        raise ContenderError(
            f"{text}: {value} is no value: give text, [a,b] or a number"
        ) from error
    if not key.strip().isidentifier() or read is None:
        raise ContenderError(f"{text}: {part!r} is no setting: give NAME:SETTING=VALUE")
    return key.strip(), tuple(read) if isinstance(read, list) else read
