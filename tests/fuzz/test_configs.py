"""Mutilated configurations: a campaign of safe recipes, or one line that says what is wrong."""

import random
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from agents import application
from agents.gathering import targets_of
from agents.one_line import in_one_line
from agents.settings_check import PARTS, check_settings
from knowledge.errors import AthanorError
from knowledge.recipe import Recipe
from lab.simulated import SimulatedLab

SETTINGS, CONFIGS, CAMPAIGNS = 10_000, 2_000, 150
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 5, 2**63, 10**30, 0.5, -0.5, 1e-300, 1e308, float("nan"),
    float("inf"), "", "x", "abc", "../..", "NaN", "1", "-1", "Ba(OH)2·8H2O", "\u0000", "δ" * 300,
    "\ud800", "a\nb", "~", "BaTiO3", [], [None], ["x"], [[]], [1, "x"], [float("nan")], {},
    {"": None}, {"a": {"b": {"c": {"d": [{}]}}}}, [[[[[[[[1]]]]]]]], {1: 2}, b"\xff",
    900, 0.01, 2, 50.0, "air", "oxygen", ["air", "oxygen"], [1, 2], ["TiO2", "BaCO3"], "SrTiO3",
]  # fmt: skip
ASKED = [
    "literature=frequency", "policy=random", "candidates.max_precursor_sets=1",
    "candidates.spacing_c=400", "candidates.hold_h=[4]", "budget.experiments=2", "poll_seconds=0",
    "lab.inventory=[BaCO3,BaO,TiO2]", "patience_h=0",
]  # fmt: skip

KEPT = ("_target_", "max_temperature_c", "max_hold_h", "atmospheres", "crucible", "glove_box")
SHORT: dict[str, Any] = {
    "forbidden_elements": ["Be", "Hg"],
    "glove_box_only": ["air-sensitive", "Li2O"],
    "max_toxic_gas_ml": {"NO2": 1000, "CO": 200000},
    "volatile_limits_c": {"PbO": 1085},
    "volatile_powders_c": {"S": 445},
    "crucible_limits_c": {"alumina": {"any": 1700, "Li": 1100}},
}


@pytest.fixture(scope="module")
def whole() -> Iterator[DictConfig]:
    """The default configuration of a small campaign, with which Hydra knows itself."""
    with initialize_config_module("conf", version_base="1.3"):
        config = compose("config", overrides=ASKED, return_hydra_config=True)
    HydraConfig.instance().set_config(config)
    with open_dict(config):
        del config["hydra"]
        config.lab.envelope = {
            **config.lab.envelope,
            **SHORT,
        }  # long tables take long, and are all alike
    yield config
    HydraConfig.instance().cfg = None


@pytest.fixture(autouse=True)
def embedded_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATHANOR_DATA", "/nonexistent")


def mutilated(value: Any, chance: random.Random, stop: float = 0.1) -> Any:
    """A copy with something in it replaced, dropped, doubled or added, at any depth."""
    if not isinstance(value, dict | list) or not value or chance.random() < stop:
        return chance.choice(ODD)
    if isinstance(value, list):
        at = chance.randrange(len(value))
        new = [mutilated(value[at], chance)] * chance.choice((0, 1, 1, 2))
        return [*value[:at], *new, *value[at + 1 :]]
    key = chance.choice(list(value))
    what = chance.random()
    if what < 0.1:
        return {k: v for k, v in value.items() if k != key}
    if what < 0.2:
        return {**value, chance.choice(["", "extra", "a.b", "name", "δ"]): chance.choice(ODD)}
    if what < 0.25 and "_target_" in value:
        return {**value, "_target_": chance.choice([None, "", "x", "no.such.Thing", 5, []])}
    return {**value, key: mutilated(value[key], chance, 0.1)}


def one_line(work: Callable[[], object]) -> bool:
    """Whether it worked; if not, it was told in one line, as `athanor run` tells it."""
    try:
        work()
    except OSError:  # a path that no system has: the command says which
        return False
    except (AthanorError, HydraException, OmegaConfBaseException) as error:
        told = str(error if isinstance(error, AthanorError) else in_one_line(error))
        assert told.strip()
        assert len(" ".join(told.split())) < 2000, told
        assert len(told.splitlines()) == 1, told
        assert "Traceback" not in told
        return False
    return True


def configs(whole: DictConfig, seed: int) -> Iterator[DictConfig]:
    """Mutilations without end, each good until the next one is asked for.

    Those that no configuration can hold are left out.
    """
    plain, chance = OmegaConf.to_container(whole), random.Random(seed)
    assert isinstance(plain, dict)
    OmegaConf.set_struct(whole, True)
    while True:
        changed = plain
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            changed = mutilated(changed, chance, 0.0)
        if not isinstance(changed, dict):
            continue
        try:
            with open_dict(whole):
                for key in plain.keys() - changed.keys():
                    del whole[key]
                for key, value in changed.items():
                    if value is not plain.get(key, plain):
                        whole[key] = value
        except (OmegaConfBaseException, ValueError, TypeError):  # never gets as far as to us
            pass
        else:
            try:
                yield whole
            finally:
                _restore(whole, plain, changed)
            continue
        _restore(whole, plain, changed)


def _restore(whole: DictConfig, plain: dict[Any, Any], changed: dict[Any, Any]) -> None:
    with open_dict(whole):
        for key in set(whole) - plain.keys():
            del whole[key]
        for key, value in plain.items():
            if key not in whole or value is not changed.get(key, changed):
                whole[key] = value


def test_plain_settings(whole: DictConfig) -> None:
    plain, chance, worked = OmegaConf.to_container(whole, resolve=True), random.Random(2), 0
    for _ in range(SETTINGS):
        changed = mutilated(plain, chance, 0.0)
        worked += one_line(lambda c=changed: check_settings(c))  # type: ignore[misc]
    assert SETTINGS / 20 < worked < SETTINGS * 19 / 20


def test_what_campaigns_are_made_of(
    whole: DictConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts whose settings are as they were are not made again."""
    monkeypatch.chdir(tmp_path)
    before, worked = OmegaConf.to_container(whole, resolve=True), 0
    assert isinstance(before, dict)

    def work(config: DictConfig) -> None:
        settings = application.settings_of(config)
        targets_of(settings["target"], settings["targets"], settings["yield_asked"])
        for part in PARTS:
            if settings[part] != before[part]:
                application.part_of(config, part)

    for _, config in zip(range(CONFIGS), configs(whole, 0), strict=False):
        worked += one_line(lambda c=config: work(c))  # type: ignore[misc]
    assert CONFIGS / 20 < worked < CONFIGS * 19 / 20


class Recording(SimulatedLab):
    """Keeps what it is asked to do."""

    asked: ClassVar[list[Recipe]] = []

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        self.asked.append(recipe)
        super().submit(recipe, experiment_id)


def test_campaigns_of_mutilated_settings(whole: DictConfig, tmp_path: Path) -> None:
    """What reaches the lab, if anything, passes the check of a fresh lab with those limits.

    Settings that a lab on a network would take long to refuse are those of one in this process.
    """
    config = whole.copy()
    config.lab["_target_"] = f"{__name__}.Recording"
    worked = 0
    for number, changed in zip(range(CAMPAIGNS), configs(config, 1), strict=False):
        Recording.asked.clear()
        folder = tmp_path / str(number)
        folder.mkdir()
        with chdir(folder):
            worked += one_line(lambda c=changed, f=folder: application.campaign(c, f))  # type: ignore[misc]
        if Recording.asked:
            fresh = application.part_of(changed, "lab")
            assert isinstance(fresh, Recording)
            for recipe in Recording.asked:
                fresh.check(recipe)
    assert 0 < worked < CAMPAIGNS
