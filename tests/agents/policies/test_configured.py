"""Every policy of conf/policy is made as `athanor run policy=NAME` makes it."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

import conf
from agents.candidates import Candidates
from agents.history import History
from agents.policies.registry import made, policy_names
from knowledge.errors import AthanorError

NAMES = sorted(p.stem for p in Path(conf.__file__).parent.joinpath("policy").glob("*.yaml"))


def configured(name: str, *overrides: str) -> object:
    with initialize_config_module("conf", version_base="1.3"):
        return instantiate(compose("config", overrides=[f"policy={name}", *overrides]).policy)


def test_every_policy_has_a_configuration() -> None:
    assert set(NAMES) == {*policy_names(), "plugin"}


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("language", "plugin")])
def test_it_is_made_and_asked(name: str, candidates: Candidates) -> None:
    policy = made(configured(name), candidates, 3)  # type: ignore[arg-type]
    assert policy.name == name
    assert len(policy.suggest(History(target=candidates.target), 2)) == 2


def test_plugin_makes_what_is_named(candidates: Candidates) -> None:
    overrides = ("policy.name=genetic", "+policy.population=2")
    policy = made(configured("plugin", *overrides), candidates, 0)  # type: ignore[arg-type]
    assert policy.name == "genetic"


@pytest.mark.parametrize(
    ("name", "overrides", "told"),
    [
        ("plugin", (), "no policy is called ''"),
        ("language", (), "name its folder"),
        ("arrows", ("policy.temperatures=0",), "temperatures is 0"),
        ("gp", ("policy.random_first=0",), "random_first is 0"),
        ("forest", ("+policy.trees=5",), "forest has no setting trees"),
    ],
)
def test_what_cannot_be_made_is_told(
    name: str, overrides: tuple[str, ...], told: str, candidates: Candidates
) -> None:
    with pytest.raises(AthanorError, match=told):
        made(configured(name, *overrides), candidates, 0)  # type: ignore[arg-type]
