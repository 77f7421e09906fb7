"""What each campaign of a study is made of: settings of the study, then of its world and policy.

Hydra resolves them together, so a policy may change anything that `athanor run` knows.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from agents.identity import identity_of
from agents.one_line import in_one_line
from agents.settings_check import check_settings, is_number, refusal
from experiments.study.axes import Arms
from experiments.study.row import RULES
from knowledge.errors import AthanorError

# Of the study's own settings, those that belong to a campaign.
_OF_A_CAMPAIGN = ("after", "oracle", "table", "vary")
# What the seeds of a study take the place of, and what its lists say.
_SEED = re.compile(r"seed|policy\.seed|(lab\.)+(world_)?seed")
_Q = "'"
_SAID_BY_LISTS = {"policy": "study.policies", "lab": "study.worlds", "target": "study.targets"}


@lru_cache(maxsize=1024)
def resolved(overrides: tuple[str, ...]) -> dict[str, Any]:
    """The settings of a study with these overrides, as plain values.

    Raises AthanorError, in one line, for what there is not.
    """
    try:
        with _apart(), initialize_config_module("conf", version_base="1.3"):
            config = compose("study", overrides=list(overrides))
        plain = OmegaConf.to_container(config, resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise in_one_line(error, ", study.*") from error
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def check_keys(settings: Mapping[str, Any]) -> None:
    """Raise AthanorError for a key that conf/study.yaml does not have: a file of one's own.

    Without its first line `# @package _global_` such a file says nothing of a study at all.
    """
    base = resolved(())
    for within, given, known in (
        ("", settings, base),
        ("study.", settings["study"], base["study"]),
    ):
        for key in given:
            if key not in known:
                more = "; its first line must be `# @package _global_`" * (key == "experiment")
                raise AthanorError(
                    f"there is no setting {within}{key}, perhaps in an experiment file of your "
                    f"own{more}: allowed are {', '.join(map(str, known))}"
                )


@contextmanager
def _apart() -> Iterator[None]:
    """Composing within a job of Hydra's, whose own state is given back."""
    shared = GlobalHydra.instance()
    before, shared.hydra = shared.hydra, None
    try:
        yield
    finally:
        shared.hydra = before


def campaign_settings(
    overrides: Sequence[str], world: Sequence[str], policy: Sequence[str]
) -> dict[str, Any]:
    """What a campaign is, without its target and any seed. Raises AthanorError for what is none."""
    plain = dict(resolved((*overrides, *world, *policy)))
    study = plain.pop("study")
    check_settings(plain)
    _check_simulated(plain)
    _check_own(study)
    kept = identity_of(plain, may_grow=()) | {k: study[k] for k in _OF_A_CAMPAIGN if study.get(k)}
    for name in ("seed", "target"):
        kept.pop(name, None)
    kept["lab"] = _without_seeds(kept["lab"])
    if study["oracle"]:  # whatever the policy is that it stands in for
        kept.pop("policy")
    if study["table"]:
        kept.pop("lab")
        kept["table_digest"] = _digest(str(study["table"]))
    return {**kept, "rules": RULES}


def _check_own(study: Mapping[str, Any]) -> None:
    """Raise AthanorError for settings of a study's campaigns that make no sense together."""
    if not isinstance(study["oracle"], bool):
        raise refusal("study.oracle", study["oracle"], "true or false")
    if study["vary"] not in (None, "names", "parts"):
        raise refusal("study.vary", study["vary"], "names or parts, of a table")
    if study["vary"] and not study["table"]:
        raise AthanorError(
            f"study.vary={study['vary']} is of a table: give study.table=ybco or a file"
        )
    if study["after"] and study["table"]:
        raise AthanorError(
            "study.after with study.table: a table has one target, and its results are the answers"
        )


def _digest(table: str) -> str:
    """What tells the content of a file from another; of a table of the project, its name."""
    path = Path(table)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else table


def _without_seeds(lab: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a lab without the seeds that a campaign's seed takes the place of."""
    kept = {k: v for k, v in lab.items() if k not in ("world_seed", "seed", "name")}
    return {k: _without_seeds(v) if k == "lab" else v for k, v in kept.items()}


def check_lists_alone(overrides: Sequence[str], worlds: Arms, policies: Arms) -> None:
    """Raise AthanorError for an override of what the lists of the study say."""
    said = {_key(word): arm for arms in (worlds, policies) for arm in arms.values() for word in arm}
    in_arms = (word for arm in said.values() for word in arm)
    for word in (*overrides, *in_arms):
        if _SEED.fullmatch(_key(word)):
            raise AthanorError(
                f"{word}: each seed of study.seeds is a world and a seed of the agent: give those"
            )
    for word in overrides:
        key = _key(word)
        if key in _SAID_BY_LISTS and (key in said or key == "target"):
            name = _SAID_BY_LISTS[key]
            value = word.partition("=")[2]
            raise AthanorError(f"{word}: a study says that by a list: {name}=[{value.strip(_Q)}]")


def _key(word: str) -> str:
    return word.partition("=")[0].lstrip("+~").partition("@")[0]


def _check_simulated(plain: Mapping[str, Any]) -> None:
    """A study's campaigns share nothing, and nobody waits for them."""
    for key in ("reactivity", "targets"):
        if plain[key]:
            other = {"reactivity": "study.after", "targets": "study.targets"}[key]
            raise AthanorError(f"{key} is set: campaigns of a study share nothing; see {other}")
    lab = plain["lab"]
    while isinstance(lab, Mapping) and isinstance(lab.get("lab"), Mapping):
        lab = lab["lab"]
    for key in ("state", "inventory_file", "patterns"):
        if lab.get(key):
            raise AthanorError(f"lab.{key} is {lab[key]}: campaigns of a study share no files")
    share = plain["yield_asked"]
    if not (is_number(share) and 0 < share <= 1):
        raise refusal("yield_asked", share, "a weight fraction above 0, at most 1")
