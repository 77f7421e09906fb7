"""A policy from its configuration, or another part: as a campaign recorded it, or by settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra import compose, initialize_config_module
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from agents.candidates import Candidates
from agents.policies import Policy
from agents.policies.registry import made
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, RecordError
from knowledge.literature import Proposer


@dataclass(frozen=True)
class Configured:
    """What a replay needs of the configuration. `make` gives a policy candidates and a seed."""

    make: Callable[[Candidates, int], Policy]
    energies: Callable[[], EnergyStack]
    proposer: Callable[[], Proposer]
    seed: int
    yield_asked: float
    experiments: int


def configured(settings: Sequence[str]) -> Configured:
    """The parts that conf describes, with settings as `athanor run` takes them.

    Raises AthanorError, in one line, for a setting that is none.
    """
    try:
        with initialize_config_module("conf", version_base="1.3"):
            config = compose("config", overrides=list(settings))
        return Configured(
            make=lambda candidates, seed: _made(config.policy, candidates, seed),
            energies=lambda: instantiate(config.energies),
            proposer=lambda: instantiate(config.literature),
            seed=_seed(config.seed),
            yield_asked=config.yield_asked,
            experiments=config.budget.experiments,
        )
    except (HydraException, OmegaConfBaseException) as error:
        raise _told(error) from error


def recorded_policy(
    settings: Mapping[str, Any], candidates: Candidates, seed: int | None = None
) -> Policy:
    """The policy of a campaign from the settings in its journal, with its seed or another.

    Raises RecordError for a journal without them, AthanorError for a policy that is not there.
    """
    if "policy" not in settings or "seed" not in settings:
        raise RecordError(
            "the campaign's journal does not tell policy and seed: only what `athanor run` made "
            "can be derived again"
        )
    config = OmegaConf.create(dict(settings))
    return _made(config.policy, candidates, _seed(config.seed) if seed is None else seed)


def recorded_part(settings: Mapping[str, Any], *names: str) -> Any | None:
    """A part of a campaign from the settings in its journal: its energies, its lab's envelope.

    None where they do not tell. Raises AthanorError for a part that is not there any more.
    """
    part: Any = settings
    for name in names:
        part = part.get(name) if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping) or "_target_" not in part:
        return None
    try:
        return instantiate(OmegaConf.create(dict(part)))
    except (HydraException, OmegaConfBaseException) as error:
        raise _told(error) from error


def _made(config: DictConfig, candidates: Candidates, seed: int) -> Policy:
    try:
        return made(instantiate(config), candidates, seed)
    except (HydraException, OmegaConfBaseException) as error:
        raise _told(error) from error


def _seed(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise AthanorError(f"seed is {given}: it must be a whole number, zero or above")
    return given


def _told(error: Exception) -> AthanorError:
    from agents.one_line import in_one_line

    return in_one_line(error)
