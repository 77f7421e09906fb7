"""conf/lab/alabos.yaml, and settings that cannot be: one line each."""

from pathlib import Path
from typing import Any

import pytest

from agents.configured_lab import configured_lab
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from knowledge.recipe import HeatingStep, Recipe, Target
from lab import Refused
from lab.alabos import AlabosLab
from tests.conformance.lab import recipe
from tests.lab.alabos.stand_in import TASKS, StandIn, made

NOWHERE = "http://127.0.0.1:9"


def test_the_lab_of_the_configuration(server: StandIn, tmp_path: Path) -> None:
    """Its rules do what its envelope allows, and AlabOS takes it."""
    log = tmp_path / "log.sqlite"
    settings = [f"url={server.url}", f"log={log}", "silent_h=1", "inventory=[BaCO3,TiO2]"]
    lab = configured_lab("alabos", settings)
    assert isinstance(lab, AlabosLab)
    assert repr(lab) == f"<alabos lab, AlabOS at 127.0.0.1:{server.port}>"
    steps = [
        HeatingStep(temperature_c=t, hold_h=4, regrind_before=t > 1000) for t in (900, 1000, 1100)
    ]
    twice = Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), tuple(steps))
    lab.submit(twice, "a.campaign-0001")
    server.work(60)
    status = lab.poll("a.campaign-0001")
    assert isinstance(status, Outcome)
    assert status.status == "measured"
    [sent] = server.model.experiments.values()
    assert [t["type"] for t in sent["tasks"]] == [
        "PowderDosing", "Heating", "RecoverPowder", "Heating", "RecoverPowder", "Diffraction",
    ]  # fmt: skip


def test_a_lab_in_a_file_of_ones_own(server: StandIn, tmp_path: Path) -> None:
    """As the configuration says: what differs, in a copy."""
    mine = tmp_path / "mylab.yaml"
    mine.write_text(
        "defaults: [alabos, _self_]\n"
        f"url: {server.url}\nlog: {tmp_path / 'log.sqlite'}\nname: ours\ninventory: [BaCO3, TiO2]\n"
        "task_types: [PowderDosing, BoxFurnace, RecoverPowder, Diffraction]\n"
        "tasks:\n"
        "  - {pattern: [weigh, mix, fill], type: PowderDosing, parameters: {all: actions}}\n"
        "  - {pattern: [heat, cool], type: BoxFurnace, parameters: {all: actions}}\n"
        "  - {pattern: [recover, grind, fill], type: RecoverPowder, parameters: {all: actions}}\n"
        "  - {pattern: [recover, grind], type: RecoverPowder, parameters: {all: actions}}\n"
        "  - {pattern: [scan], type: Diffraction, parameters: {all: actions}}\n"
    )
    lab = configured_lab(str(mine))
    assert lab.name == "ours"
    lab.submit(recipe(), "e1")
    [sent] = server.model.experiments.values()
    assert sent["tasks"][1]["type"] == "BoxFurnace"
    assert sent["tasks"][1]["parameters"]["all"][0]["temperature_c"] == 1100


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no log": ({"log": ""}, "could hand an experiment over twice"),
    "no log at all": ({"log": None}, "could hand an experiment over twice"),
    "no address": ({"url": "lab"}, "is no address of a lab"),
    "settle_s": ({"settle_s": -1}, r"lab.settle_s is -1: it must be from 0"),
    "silent_h": ({"silent_h": float("nan")}, r"lab.silent_h is nan"),
    "timeout_s": ({"timeout_s": 0}, r"lab.timeout_s is 0"),
    "token_variable": ({"token_variable": "a b"}, "the name of an environment variable"),
    "name": ({"name": ""}, r"lab.name is ''"),
    "bench": ({"bench": {"batch_g": 2}}, r"lab.bench is .*: it must be a Bench"),
    "inventory": ({"inventory": "BaCO3"}, r"give a list, such as \[BaCO3\]"),
    "results": ({"results": {"a": 1}}, r"lab.results is"),
    "no tasks": ({"tasks": []}, "no list of rules"),
    "no types": ({"task_types": "Heating"}, "must be a list of names"),
    "another type": ({"task_types": ["PowderDosing"]}, "every later experiment waits for ever"),
    "nobody scans": (
        {"tasks": TASKS[:-1]},
        r"cannot do one firing: no rule .* takes action 9, scan",
    ),
    "nobody fills again": ({"tasks": [*TASKS[:2], *TASKS[3:]]}, "2 firings, ground in between: "),
    "ca_file": ({"ca_file": "ca.pem"}, r"lab.ca_file is ca.pem, and lab.url is http"),
}


@pytest.mark.parametrize("name", WRONG)
def test_settings_that_cannot_be(name: str, tmp_path: Path) -> None:
    changes, said = WRONG[name]
    with pytest.raises(AthanorError, match=said) as error:
        made(**{"url": NOWHERE, "folder": tmp_path, **changes})
    assert str(error.value).isprintable()
    assert not list(tmp_path.iterdir())  # nothing was begun


def test_a_lab_that_fires_once_needs_no_rule_for_more(tmp_path: Path) -> None:
    from lab.safety import Envelope

    few = [*TASKS[:2], *TASKS[3:]]
    lab = made(NOWHERE, tmp_path, tasks=few, envelope=Envelope(max_steps=1))
    lab.check(recipe())
    steps = tuple(HeatingStep(temperature_c=t, hold_h=4, regrind_before=True) for t in (900, 1100))
    with pytest.raises(Refused, match="2 firings"):
        lab.check(Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps))


def test_a_file_that_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "alabos.sqlite").write_text(
        "no database at all, but long enough to be read as one" * 20
    )
    with pytest.raises(AthanorError, match="as the log of a lab") as error:
        made(NOWHERE, tmp_path)
    assert str(error.value).isprintable()
