"""A policy as it is named where it is checked or studied: thermo, my_module.MyPolicy, a:b=c."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hydra import compose, initialize_config_module
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf.errors import OmegaConfBaseException

from agents.candidates import Candidates
from agents.policies import Policy
from agents.policies.registry import UnknownPolicyError, made, policy_names
from experiments.checks.own_code import is_dotted, own
from experiments.checks.promise import told
from experiments.study.axes import ORACLE, policies_of
from knowledge.errors import AthanorError

Maker = Callable[[Candidates, int], Policy]
_GIVEN = "it is called with candidates=..., seed=0 and settings of its own"


def policy_named(word: str, on: Candidates) -> Maker:
    """What makes the policy from candidates and a seed; it was made once, for those given.

    Raises AthanorError, in one line, for what cannot be imported, called, or is no policy.
    """
    name = word.partition(":")[0].strip()
    if not name:
        raise AthanorError("name a policy: my_module.MyPolicy, or one of conf/policy")
    if name == ORACLE:
        raise AthanorError(f"{ORACLE} is no policy, but the limit of what one could reach")
    if is_dotted(name):
        own(name)  # tells better than Hydra why it cannot be had
    ((_, overrides),) = policies_of([word]).items()
    make: Maker = partial(_make, _configured(overrides))
    try:
        make(on, 0)
    except UnknownPolicyError as error:
        if is_dotted(name) or name in policy_names():
            raise
        raise AthanorError(
            f"{error}; a class of your own is named with its module, my_module.{name}"
        ) from error
    except AthanorError:
        raise
    except Exception as error:  # whatever the code of others raises
        raise AthanorError(f"{name} cannot be made, {told(error)}: {_GIVEN}") from error
    return make


def _make(maker: Callable[..., Policy], candidates: Candidates, seed: int) -> Policy:
    return made(maker, candidates, seed)


def _configured(overrides: Sequence[str]) -> Any:
    # A setting that the YAML of a policy does not have is for the policy to refuse.
    given = [f"++{word}" if word.startswith("policy.") else word for word in overrides]
    try:
        with initialize_config_module("conf", version_base="1.3"):
            return instantiate(compose("config", overrides=given).policy)
    except (HydraException, OmegaConfBaseException) as error:
        from agents.one_line import in_one_line

        raise in_one_line(error) from error
