"""What is secret in settings, addresses and texts, and how they may be told without it.

Secret is whatever stands under a key that names a secret, and in a URL the password and those
values of its query. In doubt too much is hidden: a password may hold any sign, also those that end
it for a careful reader of URLs.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

HIDDEN = "(hidden)"

_NAMES = (
    "pass(?:word|wd|[ _.-]?phrase)|pwd|token|secret|(?:api|access|private)[ _.-]?key"
    "|authorization|credential|webhook(?!_on)"  # webhook_on: when to use it
)
_NAME = re.compile(_NAMES, re.IGNORECASE)
# Names are bounded, so that a long text takes a time in proportion to its length.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,30}://")
# An address without a password: user, host and port, then a path or a query that may hold a "@".
_NO_PASSWORD = re.compile(r"([^:/?#@\\]*@)?(\[[^\]@/]*\]|[^:/?#@\\]*)(:\d*)?([/?#]|$)")
_PARAMETER = re.compile(r"([?&;#])([^=&;#?]+)=([^&;#]*)")
# host=h password='a b' as drivers of databases take them, and "password": "a b"
_PAIR = re.compile(
    rf"(?<![?&;#\w.\-])([\w.\-]{{0,200}}(?:{_NAMES})[\w.\-]{{0,200}})(\s*=\s*|[\"']\s*:\s*)"
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)",
    re.IGNORECASE,
)
_HEADER = re.compile(r"(authorization\s*:\s*).+", re.IGNORECASE)


def without_secrets(settings: Mapping[Any, Any]) -> dict[str, Any]:
    """The settings as plain JSON values, with "(hidden)" for everything secret in them.

    Keys become strings, tuples and sets lists, and what JSON has no word for its text. Nothing,
    true and false are no secrets: they are kept under any key, as are numbers of tokens.
    """
    return {
        text_without_secrets(str(key)): HIDDEN if is_secret(str(key), value) else _plain(value)
        for key, value in settings.items()
    }


def is_secret(key: str, value: Any = "...") -> bool:
    """Whether a value is secret because of the name it has, as in `lab.api_key`."""
    if value is None or value == "" or isinstance(value, bool) or not _NAME.search(key):
        return False
    return not (key.endswith("tokens") and isinstance(value, int | float))  # max_new_tokens: 64


def shown_url(url: str) -> str:
    """A URL with its user, host, port and path, without its password and what else is secret."""
    start = _URL.match(url)
    if not start:
        return url
    head, rest = url[: start.end()], url[start.end() :]
    # Only http has a grammar that all keep to. Drivers of databases take "/" in a password.
    is_web = head.lower() in ("http://", "https://")
    bare = rest.startswith("/") or (is_web and _NO_PASSWORD.match(rest))
    user, colon, after = rest.partition(":")
    password, at, place = after.rpartition("@")
    if password and not bare:
        rest = f"{user}{colon}{HIDDEN}{at}{place}"
    return head + _PARAMETER.sub(_shown_parameter, rest)


def text_without_secrets(text: str) -> str:
    """A text in which URLs are shown without secrets, as are pairs such as password=..."""
    key, equals, value = text.partition("=")
    if equals and not re.search(r"\s|://", key) and is_secret(key, value):
        return f"{key}={HIDDEN}"
    start = _URL.search(text)
    if start and text[: start.start()].strip() in ("", f"{key}="):  # a URL and nothing else
        return text[: start.start()] + shown_url(text[start.start() :])
    shown = _PAIR.sub(rf"\1\2{HIDDEN}", text)
    shown = _HEADER.sub(rf"\1{HIDDEN}", shown)
    return re.sub(rf"{_URL.pattern}\S+", lambda found: shown_url(found[0]), shown)


def _shown_parameter(found: re.Match[str]) -> str:
    separator, name, value = found.groups()
    return f"{separator}{name}={HIDDEN if is_secret(unquote(name), value) else value}"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return text_without_secrets(value)
    if isinstance(value, Mapping):
        return without_secrets(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return text_without_secrets(str(value))
