"""A policy as it is named where it is checked or studied: thermo, my_module.MyPolicy, a:b=c."""

from collections.abc import Callable
from functools import partial

from hydra import compose, initialize_config_module
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from agents.application import in_one_line, part_of
from agents.candidates import Candidates
from agents.policies import Policy
from agents.policies.registry import UnknownPolicyError, made, policy_names
from experiments.checks.promise import told
from experiments.study.axes import ORACLE, policies_of
from knowledge.errors import AthanorError

Maker = Callable[[Candidates, int], Policy]


def policy_named(word: str, on: Candidates) -> Maker:
    """What makes the policy from candidates and a seed; it was made once, for those given.

    Raises AthanorError, in one line, for what cannot be imported, called, or is no policy.
    """
    if word.partition(":")[0] == ORACLE:
        raise AthanorError(f"{ORACLE} is no policy, but the limit of what one could reach")
    ((_, overrides),) = policies_of([word]).items()
    try:
        with initialize_config_module("conf", version_base="1.3"):
            maker = part_of(compose("config", overrides=list(overrides)), "policy")
    except (HydraException, OmegaConfBaseException) as error:
        raise in_one_line(error) from error
    make = partial(_make, maker)
    _on_trial(word, make, on)
    return make


def _make(maker: Callable[..., Policy], candidates: Candidates, seed: int) -> Policy:
    return made(maker, candidates, seed)


def _on_trial(word: str, make: Maker, on: Candidates) -> None:
    try:
        make(on, 0)
    except UnknownPolicyError as error:
        if "." in word or word in policy_names():
            raise
        raise AthanorError(
            f"{error}; a class of your own is named with its module, my_module.{word}"
        ) from error
    except AthanorError:
        raise
    except Exception as error:  # whatever the code of others raises
        raise AthanorError(
            f"{word} cannot be made, {told(error)}: it is called with candidates=..., seed=0 and "
            "settings of its own"
        ) from error
