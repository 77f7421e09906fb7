"""Policies by name: those that come with Athanor, and those of other packages.

Another package adds a policy by an entry point in its pyproject.toml:

    [project.entry-points."athanor.policies"]
    mine = "my_package.policies:MyPolicy"

It is imported when it is asked for and not before, so one that is broken breaks no other.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import Parameter, signature
from typing import Any

from agents.candidates import Candidates
from agents.policies.protocol import Policy
from knowledge.errors import AthanorError

GROUP = "athanor.policies"
# Modules are named, not imported: some take seconds to load.
_BUILT_IN = {
    "random": "agents.policies.random:RandomPolicy",
    "hottest": "agents.policies.hottest:HottestPolicy",
    "literature": "agents.policies.literature:LiteraturePolicy",
    "thermo": "agents.policies.thermo:ThermoPolicy",
    "arrows": "agents.policies.arrows:ArrowsPolicy",
    "genetic": "agents.policies.genetic:GeneticPolicy",
    "gp": "agents.policies.gp:GpPolicy",
    "forest": "agents.policies.forest:ForestPolicy",
    "athanor": "agents.policies.athanor:AthanorPolicy",
    "language": "agents.policies.language:LanguagePolicy",
}


class UnknownPolicyError(AthanorError):
    """A name that no policy has, or a policy that cannot be had."""


class PolicySettingError(AthanorError):
    """A setting that a policy does not have."""


def policy_names() -> tuple[str, ...]:
    """Names of all policies: the built-in ones in their order, then those of other packages."""
    return (*_BUILT_IN, *sorted(_added()))


def policy_class(name: str) -> Callable[..., Policy]:
    """What makes the policy of a name, called with `candidates`, `seed` and settings of its own.

    A built-in name is never taken by another package. Raises UnknownPolicyError for a name that
    none has, and for a policy whose module cannot be imported.
    """
    added = {} if name in _BUILT_IN else _added()  # looking for packages takes milliseconds
    if name not in _BUILT_IN and name not in added:
        raise UnknownPolicyError(
            f"no policy is called {name!r}: allowed are {', '.join(policy_names())}; others come "
            f"with packages that have an entry point in {GROUP}"
        )
    try:
        found = _imported(_BUILT_IN[name]) if name in _BUILT_IN else added[name].load()
    except Exception as error:  # whatever the code of others raises when it is imported
        where = "" if name in _BUILT_IN else f", of {_package(added[name])},"
        raise UnknownPolicyError(
            f"the policy {name}{where} cannot be loaded ({type(error).__name__}: {error}): mend "
            f"or reinstall its package, or choose another"
        ) from error
    if not callable(found):
        raise UnknownPolicyError(
            f"the policy {name} cannot be called (type {type(found).__name__}): its entry point "
            "must name a class, or a function, that takes candidates and seed"
        )
    made: Callable[..., Policy] = found
    return made


def named_policy(name: str, candidates: Candidates, seed: int, **settings: Any) -> Policy:
    """The policy of a name, ready to be asked. Raises as `policy_class` and `made` do."""
    return made(policy_class(name), candidates, seed, **settings)


def made(maker: Callable[..., Any], candidates: Candidates, seed: int, **settings: Any) -> Policy:
    """The policy that a class, or a function with some settings given, makes.

    Raises PolicySettingError for settings that it does not take, UnknownPolicyError for what is
    made and is no policy.
    """
    if isinstance(maker, partial):  # what a configuration gives
        return made(maker.func, candidates, seed, **{**maker.keywords, **settings})
    name = getattr(maker, "name", None)
    called = name if isinstance(name, str) else getattr(maker, "__name__", repr(maker))
    taken = signature(maker).parameters
    if not any(p.kind is Parameter.VAR_KEYWORD for p in taken.values()):
        allowed = [n for n in taken if n not in ("candidates", "seed")]
        beyond = [n for n in settings if n not in taken]
        if beyond:
            raise PolicySettingError(
                f"the policy {called} has no setting {', '.join(beyond)}: allowed are "
                f"{', '.join(allowed) or 'none'}"
            )
    policy = maker(candidates=candidates, seed=seed, **settings)
    if not isinstance(policy, Policy):
        raise UnknownPolicyError(
            f"{called} makes a {type(policy).__name__}, which is no policy: it needs a name and "
            "suggest(history, count)"
        )
    return policy


def _added() -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=GROUP) if e.name not in _BUILT_IN}


def _imported(where: str) -> object:
    module, _, attribute = where.partition(":")
    return getattr(import_module(module), attribute)


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value
