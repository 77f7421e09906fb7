"""Policies by name: the built-in ones, and those that other packages bring by an entry point."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from agents.candidates import Candidates
from agents.history import History
from agents.policies import Policy
from agents.policies.registry import (
    PolicySettingError,
    UnknownPolicyError,
    made,
    named_policy,
    policy_class,
    policy_names,
)
from agents.policies.thermo import ThermoPolicy
from tests.conformance.policy import PolicyConformance

BUILT_IN = (
    "random", "hottest", "literature", "thermo", "arrows", "genetic", "gp", "forest", "athanor",
    "language",
)  # fmt: skip
COOLEST = '''
"""A policy as somebody else would write it: it inherits from nothing of ours."""

from agents.policies.protocol import Choice, remaining, suggestions


class CoolestPolicy:
    name = "coolest"

    def __init__(self, candidates, seed, backwards=False):
        self._candidates, self._backwards = candidates, backwards

    def suggest(self, history, count):
        left = remaining(self._candidates, history)
        left.sort(key=lambda c: c.recipe.hottest.temperature_c, reverse=self._backwards)
        choices = [Choice(c, "the coolest left") for c in left[:count]]
        return suggestions(self.name, self._candidates, history, choices)


class NoPolicy:
    def __init__(self, candidates, seed):
        pass


NOTHING = 7
'''
ENTRY_POINTS = """
[athanor.policies]
coolest = other_package.policies:CoolestPolicy
broken = other_package.absent:Policy
raises = other_package.raises:Policy
nameless = other_package.policies:NotThere
nothing = other_package.policies:NOTHING
idle = other_package.policies:NoPolicy
thermo = other_package.policies:CoolestPolicy
"""


@pytest.fixture(scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Another package on the path, with its metadata, as pip would leave it there."""
    site = tmp_path_factory.mktemp("site")
    package, metadata = site / "other_package", site / "other_package-1.0.dist-info"
    package.mkdir()
    metadata.mkdir()
    (package / "__init__.py").write_text("")
    (package / "policies.py").write_text(COOLEST)
    (package / "raises.py").write_text("raise RuntimeError('half installed')\n")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(site))
    yield
    sys.path.remove(str(site))
    for module in [m for m in sys.modules if m.startswith("other_package")]:
        del sys.modules[module]


@pytest.mark.usefixtures("_installed")
class TestAnotherPackagesPolicy(PolicyConformance):
    def make(self, candidates: Candidates, seed: int) -> Policy:
        return named_policy("coolest", candidates, seed)

    def test_it_is_known_by_name(self) -> None:
        assert policy_names()[: len(BUILT_IN)] == BUILT_IN
        assert "coolest" in policy_names()
        assert policy_class("coolest").__module__ == "other_package.policies"

    def test_settings_are_passed_on(self, candidates: Candidates, empty: History) -> None:
        policy = named_policy("coolest", candidates, 0, backwards=True)
        all_c = [c.recipe.hottest.temperature_c for c in candidates.items]
        assert policy.suggest(empty, 1)[0].recipe.hottest.temperature_c == max(all_c)

    def test_a_built_in_name_is_not_taken(self) -> None:
        assert policy_class("thermo") is ThermoPolicy
        assert policy_names().count("thermo") == 1

    @pytest.mark.parametrize("name", ["broken", "raises", "nameless"])
    def test_a_broken_one_is_told_and_breaks_no_other(self, name: str) -> None:
        with pytest.raises(
            UnknownPolicyError, match=rf"{name}, of other-package, cannot be loaded"
        ):
            policy_class(name)
        assert policy_class("coolest")
        assert name in policy_names()

    def test_what_is_no_policy_is_told(self, candidates: Candidates) -> None:
        with pytest.raises(UnknownPolicyError, match=r"nothing cannot be called \(type int\)"):
            policy_class("nothing")
        with pytest.raises(UnknownPolicyError, match="which is no policy"):
            named_policy("idle", candidates, 0)


@pytest.mark.parametrize("name", [n for n in BUILT_IN if n != "language"])
def test_every_built_in_one_is_made_by_its_name(name: str, candidates: Candidates) -> None:
    assert named_policy(name, candidates, 0).name == name


def test_an_unknown_name_is_told_with_those_allowed() -> None:
    with pytest.raises(UnknownPolicyError, match=r"'tarot': allowed are random, .*, language"):
        policy_class("tarot")
    with pytest.raises(UnknownPolicyError, match="no policy is called ''"):
        policy_class("")


def test_a_setting_that_it_has_not_is_told_with_those_it_has(candidates: Candidates) -> None:
    with pytest.raises(PolicySettingError, match="gp has no setting depth: allowed are random_fir"):
        named_policy("gp", candidates, 0, depth=3)
    with pytest.raises(PolicySettingError, match="thermo has no setting depth: allowed are none"):
        made(partial(policy_class("thermo"), depth=3), candidates, 0)


def test_names_cost_no_slow_import() -> None:
    import subprocess

    code = (
        "import sys; from agents.policies.registry import policy_names; policy_names();"
        "print({m for m in sys.modules} & {'torch', 'sklearn', 'botorch', 'transformers'})"
    )
    root = Path(__file__).parent.parent.parent.parent
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert shown.stdout.strip() == "set()"
