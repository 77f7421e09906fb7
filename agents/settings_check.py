"""The settings of a campaign checked before anything is made of them.

Parts check what is theirs when they are made. Here is what is of no part, and that parts are parts.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from agents.watch.secrets import is_secret, text_without_secrets
from knowledge.errors import AthanorError

SEE_ALL = "with --cfg job the same command prints all keys with their values"
# What campaigns are made of, as words for who reads that one is missing.
PARTS = {
    "energies": "tables of energies",
    "lab": "a lab",
    "candidates": "a grid of candidates",
    "budget": "a budget",
    "literature": "a literature model",
    "policy": "a policy",
}
_SWITCHES = {"journal": ("at_once",), "watch": ("log", "insecure")}
_TEXTS = {"journal": ("url",), "watch": ("webhook",)}
_KEYS = {"journal": ("url", "at_once"), "watch": ("log", "webhook", "webhook_on", "insecure")}
_PLAIN = (
    "target", "targets", "yield_asked", "seed", "reactivity", "accept", "poll_seconds",
    "patience_h",
)  # fmt: skip
_LONGEST_WAIT = 1e6  # in seconds or hours: more is a slip, and no clock sleeps that long
_MOST_SHOWN = 60


def check_settings(settings: object) -> None:
    """Raise AthanorError, in one line, for the first setting of a campaign that cannot be.

    It names the setting, shows what was given, unless it is a secret, and says what is allowed.
    """
    if not isinstance(settings, dict):
        raise refusal("the configuration", settings, "keys with values")
    for key in (*_PLAIN, *_KEYS, *PARTS):
        if key not in settings:
            raise AthanorError(f"the setting {key} is missing; {SEE_ALL}")
    _check_lists(settings)
    check_named(settings)
    _check_numbers(settings)
    for section, keys in _KEYS.items():
        _check_section(section, settings[section], keys)


def check_named(settings: Mapping[str, Any]) -> None:
    """Raise AthanorError for what would have no content hash: so of the name of a campaign."""
    for name, what in PARTS.items():
        if not isinstance(settings.get(name), Mapping):
            asked = f"the settings of {what}, with a _target_ as in conf"
            raise refusal(name, settings.get(name), asked)
    _check_values(settings)


def check_part(name: str, made: object, kind: type) -> None:
    """Raise AthanorError where what a configuration gave for a part is nothing of its kind."""
    if not isinstance(made, kind):
        asked = f"{PARTS[name]}, made by a _target_ as in conf"
        raise refusal(name, made, asked)


def refusal(name: str, given: object, allowed: str) -> AthanorError:
    """The error, in one line, for a setting with a value that is not allowed."""
    return AthanorError(f"{name} is {_shown(name, given)}: it must be {allowed}; {SEE_ALL}")


def _check_values(value: object, name: str = "") -> None:
    """No value anywhere that no journal could hold: what is no finite number, or no text."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            _check_values(key, f"a key in {name or 'the settings'}")
            _check_values(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            _check_values(each, f"{name}.{number}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise refusal(name, value, "a finite number")
    elif isinstance(value, str) and ("\0" in value or not _is_unicode(value)):
        raise refusal(name, value, "text, without null characters and halves of characters")


def _check_numbers(settings: dict[str, Any]) -> None:
    seed, share = settings["seed"], settings["yield_asked"]
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise AthanorError(
            f"seed is {_shown('seed', seed)}: it must be a whole number, zero or above"
        )
    if not (is_number(share) and 0 < share <= 1):
        raise refusal("yield_asked", share, "a weight fraction above 0, at most 1")
    for name, unit in (("poll_seconds", "seconds"), ("patience_h", "hours")):
        if not (is_number(settings[name]) and 0 <= settings[name] <= _LONGEST_WAIT):
            raise refusal(name, settings[name], f"{unit}, from 0 to {_LONGEST_WAIT:g}")


def _check_lists(settings: dict[str, Any]) -> None:
    one, several = settings["target"], settings["targets"]
    if several in (None, "", []):
        if not isinstance(one, str) or not one:
            raise refusal("target", one, "a formula, such as BaTiO3, in quotes if it reads as else")
    elif not _is_texts([several] if isinstance(several, str) else several):
        asked = "formulas, as in [BaTiO3,'NaN'], or the name of a file"
        raise refusal("targets", several, asked)
    if not _is_texts(settings["accept"]):
        raise refusal("accept", settings["accept"], "a list of names, as in [code,seed]")
    if not isinstance(settings["reactivity"], str | None):
        raise refusal("reactivity", settings["reactivity"], "a file, a database URL, or null")


def _check_section(section: str, given: object, keys: tuple[str, ...]) -> None:
    if not isinstance(given, dict):
        raise refusal(section, given, f"a group of the keys {', '.join(keys)}")
    for key in given:
        if key not in keys:
            raise AthanorError(
                f"{section} has no setting {_shown(section, key)}: allowed are {', '.join(keys)}"
            )
    for key in _SWITCHES[section]:
        if not isinstance(given.get(key, False), bool):
            raise refusal(f"{section}.{key}", given[key], "true or false")
    for key in _TEXTS[section]:
        if not isinstance(given.get(key), str | None):
            raise refusal(f"{section}.{key}", given[key], "a URL, or null")
    kinds = given.get("webhook_on", [])
    if not isinstance(kinds, str) and not _is_texts(kinds):
        raise refusal(f"{section}.webhook_on", kinds, "a list, as in [success,fault]")


def _shown(name: str, given: object) -> str:
    """A value in few words on one line, without what is secret in it."""
    if is_secret(name, given):
        return "something that is not shown"
    if isinstance(given, list | Mapping):
        return f"a {'list' if isinstance(given, list) else 'group'} of {len(given)}"
    if given is None or isinstance(given, bool):
        return {None: "null", True: "true", False: "false"}[given]
    if isinstance(given, str):
        text = text_without_secrets(given)
        text = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
        return ascii(text) if not text.isprintable() else repr(text)
    if isinstance(given, int | float):
        text = repr(given)
        return text if len(text) <= _MOST_SHOWN else f"{given:.3e}"
    return f"a {type(given).__name__}"


def is_number(given: object) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(given, int | float) and not isinstance(given, bool)


def is_list(given: object) -> bool:
    """Whether it is a list with something in it; text is none."""
    return isinstance(given, Sequence) and not isinstance(given, str | bytes) and len(given) > 0


def _is_texts(given: object) -> bool:
    """Whether it is a list of texts, each on one line."""
    return isinstance(given, list) and all(
        isinstance(each, str) and each.isprintable() for each in given
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
