"""Secrets on the command line of `athanor run` come into no file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from agents.commands.run import _without_secrets
from knowledge.errors import AthanorError
from tests.agents.watch.servers import always, serving
from tests.commands import command

QUICK = [
    "literature=frequency",
    "candidates.spacing_c=200",
    "candidates.hold_h=[4]",
    "budget.experiments=1",
]


def resolved(override: str) -> object:
    """What the configuration holds in the end, by Hydra's own grammar."""
    parsed = OverridesParser.create().parse_override(override)
    config = OmegaConf.create({"value": parsed.value()})
    return config.value


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("watch.webhook=https://h/p?a=b&c=d", "https://h/p?a=b&c=d"),
        ("+watch.webhook='https://h/a,b'", "https://h/a,b"),
        ("journal.url=postgresql://u:p@h:5432/db", "postgresql://u:p@h:5432/db"),
        ('journal.url="postgresql://u:p#x@h/db"', "postgresql://u:p#x@h/db"),
        ("lab.token=007", "007"),
        ("++hydra.job.env_set.API_TOKEN=xyz", "xyz"),
    ],
)
def test_a_secret_becomes_a_variable(argument: str, value: str) -> None:
    seed, kept = _without_secrets(["seed=0", argument])
    assert seed == "seed=0"
    assert kept == argument.partition("=")[0] + "=${oc.env:ATHANOR_SECRET_2}"
    assert os.environ["ATHANOR_SECRET_2"] == value
    assert resolved(kept) == value


@pytest.mark.parametrize(
    "argument",
    [
        "seed=0,1", "target='NaN'", "-m", "--config-dir=token", "watch.webhook=null", "x=nan",
        "watch.webhook=", "~watch.webhook", "watch.webhook=${oc.env:HOOK}", "watch={webhook: null}",
        "watch={webhook: '${oc.env:HOOK}'}", "journal.url=postgresql://u:${oc.env:P}@h/db",
        "journal.url=sqlite:///a,sqlite:///b", "watch.webhook_on=[success,fault]", "n_tokens=64",
        "lab.inventory=[{formula: BaO, lot: A1}]", "budget.experiments=range(1,5)",
    ],
)  # fmt: skip
def test_other_arguments_stay(argument: str) -> None:
    before = dict(os.environ)
    assert _without_secrets([argument]) == [argument]
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("watch.webhook=https://h/MARK,https://h/b", "watch.webhook is a secret, which cannot be"),
        ("journal.url=postgresql://u:MARK@h/a,sqlite:///b", "cannot be swept over"),
        ("lab.token=choice(MARK,b)", "cannot be swept over"),
        ("watch={webhook: 'https://h/MARK', log: true}", "watch holds a secret in one of its"),
        ("journal.url=postgresql://u:MARK${oc.env:P}@h/db", "${oc.env:VARIABLE}"),
        ("lab.token=[MARK]", "lab.token holds a secret"),
    ],
)
def test_what_is_refused(argument: str, said: str) -> None:
    with pytest.raises(AthanorError) as refused:
        _without_secrets([argument])
    assert said in str(refused.value)
    assert "MARK" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("launcher", "targets"), [("basic", "BaTiO3,SrTiO3"), ("joblib", "BaTiO3")]
)
def test_a_sweep_leaves_no_secret_behind(tmp_path: Path, launcher: str, targets: str) -> None:
    """Every byte of the folder of a real sweep, which did use both secrets."""
    if launcher == "joblib":
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    campaigns = len(targets.split(","))
    database = tmp_path / "journals.sqlite"
    with serving(always(200)) as server:
        hook = server.url.replace("PATHSECRET", "MARKER7F3")
        words = [
            "run", "-m", f"target={targets}", "policy=hottest", f"hydra/launcher={launcher}",
            f"watch.webhook={hook}", f"journal.url=sqlite:///{database}?token=MARKER7F3", *QUICK,
        ]  # fmt: skip
        nothing = {"ATHANOR_DATA": "/nonexistent"}
        if launcher == "basic":
            ended = command("agents.cli", *words, cwd=tmp_path, env=nothing)
        else:  # joblib's workers want a parent that Python itself started
            ended = subprocess.run(
                [sys.executable, "-m", "agents.cli", *words], env=os.environ | nothing,
                capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False,
            )  # fmt: skip
        told = [(post["target"], post["kind"]) for post in server.posts]
    assert ended.returncode == 0, ended.stderr
    assert sum(kind == "ended" for _, kind in told) == campaigns
    assert database.is_file()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "multirun.yaml" for path in files)
    assert sum(path.name == "log.jsonl" for path in files) == campaigns
    assert [path for path in files if b"MARKER7F3" in path.read_bytes()] == []
    assert "MARKER7F3" not in ended.stdout + ended.stderr
