"""Every YAML in conf is what it says: it is composed, and made."""

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from agents.application import parts_of, settings_of
from agents.policies.registry import policy_class
from experiments.study.application import begin, finish
from experiments.study.axes import targets_in
from experiments.study.shard import Worker
from experiments.study.store import Store, read_results
from knowledge.data_folder import data_folder

CONF = Path(__file__).parents[1] / "conf"
ROOTS = ("campaign", "config", "study")
EXPERIMENTS = sorted(p.stem for p in (CONF / "experiment").glob("*.yaml"))
# What some choices need to be made: a model of one's own, a policy of somebody's, a folder.
NEEDS = {
    "policy/plugin": ["policy.name=hottest"],
    "policy/language": ["policy.folder=."],
    "literature/local": ["literature.folder=."],
    "lab/manual": ["lab.folder={tmp}/bench"],
    "lab/alabos": ["lab.log={tmp}/alabos.sqlite"],
}
# A folder with a causal language model, and a server that tells what it is, are not at hand here.
# They are made by tests of their own.
ELSEWHERE = {"literature/local": "tests/knowledge", "lab/remote": "tests/lab/remote"}


def choices() -> list[str]:
    found = [
        str(path.relative_to(CONF).with_suffix(""))
        for path in sorted(CONF.rglob("*.yaml"))
        if path.parent != CONF and path.parent.name != "experiment"
    ]
    assert len(found) > 20
    return found


def composed(root: str, *overrides: str) -> Any:
    with initialize_config_module("conf", version_base="1.3"):
        return compose(root, overrides=list(overrides))


def test_the_roots_of_conf_are_known() -> None:
    assert {p.stem for p in CONF.glob("*.yaml")} == set(ROOTS)
    for root in ROOTS:
        assert settings_of(composed(root))["target"] == "BaTiO3"


@pytest.mark.parametrize("choice", choices())
def test_every_choice_is_composed_and_made(choice: str, tmp_path: Path) -> None:
    group, _, name = choice.rpartition("/")
    more = [word.format(tmp=tmp_path) for word in NEEDS.get(choice, [])]
    override = f"+{choice.replace('/', '=')}" if group == "stock" else f"{group}={name}"
    config = composed("config", *([] if group == "lab/envelope" else [override]), *more)
    settings = settings_of(config)
    if choice in ELSEWHERE:
        assert list((CONF.parent / ELSEWHERE[choice]).glob("test_*.py"))
        return
    made = parts_of(config)
    assert made.lab.name
    if group == "policy":
        assert callable(made.policy)
        if name not in ("plugin",):
            assert made.policy.func is policy_class(name)  # type: ignore[attr-defined]
    if group == "stock":
        assert list(made.lab.inventory) == settings["lab"]["inventory"]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_says_what_it_asks_and_only_what_differs(name: str) -> None:
    text = (CONF / "experiment" / f"{name}.yaml").read_text(encoding="utf-8")
    first, question, *_ = text.splitlines()
    assert first == "# @package _global_"
    assert question.startswith("# ")
    assert "?" in text.partition("\ndefaults:")[0].partition("\nyield_asked:")[0]
    base, own = composed("study"), OmegaConf.create(text)
    for key in (k for k in own if k not in ("defaults", "study")):
        assert OmegaConf.select(base, str(key)) != own[key]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_runs(name: str, tmp_path: Path) -> None:
    """With one target (two where one is learned on), one seed, two experiments."""
    own = ["study.targets=[MgCuP2O7,'MgNi(PO3)4']", "study.targets=[MgCuP2O7]"]
    few = {
        "transfer": own[0], "alab_simulated": own[1], "policy_ablation": own[1],
        "ybco_replay": "study.targets=[YBa2Cu3O7]",
    }.get(name, "study.targets=[BaTiO3]")  # fmt: skip
    begun = begin(
        [
            f"experiment={name}", few, "study.seeds=1", "budget.experiments=2",
            "candidates.spacing_c=200", "candidates.max_precursor_sets=4",
            f"study.folder={tmp_path}",
        ]
    )  # fmt: skip
    Worker(Store(tmp_path), told=lambda _: None).work(begun.study.plan.blocks)
    assert finish(begun).missing == 0
    rows = read_results([tmp_path])
    assert len(rows) == begun.study.plan.size
    assert set(rows.error) == {""}
    assert rows.experiments.between(1, 2).all()


@pytest.mark.skipif(
    not (data_folder() / "campaigns/alab_targets.csv").is_file(), reason="the table is not there"
)
def test_the_targets_of_the_alab_are_those_of_the_published_table() -> None:
    table = data_folder() / "campaigns/alab_targets.csv"
    assert [t.formula for t in targets_in("alab", 0.5)] == [
        t.formula for t in targets_in(str(table), 0.5)
    ]
