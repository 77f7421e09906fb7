"""No secret is told, however deep it lies in settings, addresses and texts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch.secrets import HIDDEN, is_secret, shown_url, text_without_secrets, without_secrets

MARKER = "MARKER7F3"
SECRET_KEYS = (
    "password", "passwd", "token", "secret", "api_key", "apikey", "apiKey", "authorization",
    "credential", "credentials", "webhook", "private_key", "PGPASSWORD", "lab.token",
    "aws_secret_access_key", "X-Api-Key", "pass_phrase", "tokens",
)  # fmt: skip

plain_values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
)
names = st.text(st.characters(categories=("L", "N")), max_size=8)
# What people put into passwords, signs that mean something in URLs among them.
around = st.text(st.sampled_from("aB1:/@?#&=%+,;'\"[]{}$!-_. "), max_size=6)
secrets = st.builds(lambda before, after: before + MARKER + after, around, around)
bare_secrets = st.builds(lambda a, b: a + MARKER + b, names, names)


@st.composite
def places_of_a_secret(draw: st.DrawFn) -> Any:
    """A piece of settings with the marker where a secret belongs."""
    how = draw(
        st.sampled_from(["key", "list", "mapping", "database", "web", "query", "pair", "set"])
    )
    secret = draw(secrets)
    key = draw(st.sampled_from(SECRET_KEYS))
    if how == "key":
        return {key: secret}
    if how == "list":
        return {key: [secret, {"a": secret}]}
    if how == "mapping":
        return {key: {"on": ["success"], "where": secret}}
    if how == "database":
        return f"postgresql+psycopg://{draw(names)}:{secret}@db.example.org:5432/runs"
    if how == "web":
        return f"https://{draw(names)}:{draw(bare_secrets)}@example.org/a@b?c=d@e"
    if how == "query":
        return f"https://example.org:8080/a?b=c&{key}={draw(bare_secrets)}&d=e@f"
    if how == "pair":
        return f"host=db {key}={draw(bare_secrets)} dbname=runs"
    return f"+{key}={secret}"


@st.composite
def settings_with_a_secret(draw: st.DrawFn) -> dict[str, Any]:
    value = draw(places_of_a_secret())
    for _ in range(draw(st.integers(0, 4))):
        beside = draw(st.lists(plain_values, max_size=2))
        if draw(st.booleans()):
            value = [*beside, value]
        else:
            value = {**{f"other{i}": each for i, each in enumerate(beside)}, draw(names): value}
    return value if isinstance(value, dict) else {"a": value}


@given(settings_with_a_secret())
def test_no_secret_is_anywhere_in_the_json(settings: dict[str, Any]) -> None:
    shown = without_secrets(settings)
    assert MARKER in json.dumps(settings)
    assert MARKER not in json.dumps(shown)
    assert HIDDEN in json.dumps(shown)
    assert without_secrets(shown) == shown


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.sampled_from("abc 123.-/"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner),
))  # fmt: skip
def test_what_is_no_secret_is_left_as_it_is(value: Any) -> None:
    assert without_secrets({"setting": value}) == {"setting": value}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h:5432/db", "postgresql://u:(hidden)@h:5432/db"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        (
            "postgresql://u:p/q@r@h/db?sslmode=require",
            "postgresql://u:(hidden)@h/db?sslmode=require",
        ),
        ("postgresql://u@site:p@h/db", "postgresql://u@site:(hidden)@h/db"),
        (
            "postgresql://h/db?user=u&password=p&x=1",
            "postgresql://h/db?user=u&password=(hidden)&x=1",
        ),
        ("postgresql://h/db?pass%77ord=p", "postgresql://h/db?pass%77ord=(hidden)"),
        ("redis://:p@h:1/0", "redis://:(hidden)@h:1/0"),
        ("sqlite:////data/a:b@c.sqlite", "sqlite:////data/a:b@c.sqlite"),
        ("https://h:8080/a@b?t=12:30", "https://h:8080/a@b?t=12:30"),
        ("https://u@h:8080/a@b", "https://u@h:8080/a@b"),
        ("https://u:p@[::1]:8080/x", "https://u:(hidden)@[::1]:8080/x"),
        ("https://[::1]:8080/a@b", "https://[::1]:8080/a@b"),
        ("https://h/x#access_token=t", "https://h/x#access_token=(hidden)"),
        ("runs.sqlite", "runs.sqlite"),
        ("C:\\runs@home", "C:\\runs@home"),
    ],
)
def test_urls(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no postgresql://u:p@h/db: refused", "no postgresql://u:(hidden)@h/db: refused"),
        ("host=h password='a b' dbname=d", "host=h password=(hidden) dbname=d"),
        ("a=password=p", "a=password=(hidden)"),
        ("watch.webhook=https://h/p seed=1", "watch.webhook=(hidden)"),
        ("run seed=1 watch.webhook=https://h/p x=2", "run seed=1 watch.webhook=(hidden) x=2"),
        ('{"token": "a b", "n": 1}', '{"token": (hidden), "n": 1}'),
        ("Authorization: Bearer abc", "Authorization: (hidden)"),
        ("journal.url=postgresql://u:a b@h/db", "journal.url=postgresql://u:(hidden)@h/db"),
        ("BaCO3 + TiO2 -> BaTiO3: 900 C, 12 h", "BaCO3 + TiO2 -> BaTiO3: 900 C, 12 h"),
    ],
)  # fmt: skip
def test_texts(text: str, shown: str) -> None:
    assert text_without_secrets(text) == shown


def test_what_is_under_a_secret_name_and_holds_nothing_stays() -> None:
    settings = {"webhook": None, "token": "", "use_token": True, "max_new_tokens": 64, 3: (1, "a")}
    assert without_secrets(settings) == {
        "webhook": None, "token": "", "use_token": True, "max_new_tokens": 64, "3": [1, "a"],
    }  # fmt: skip
    assert without_secrets({"webhook_on": ["success"]}) == {"webhook_on": ["success"]}
    assert is_secret("password", 1234)
    assert not is_secret("seed", 1234)
