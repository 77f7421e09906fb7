"""What the README shows works as shown."""

import importlib.util
import re
from types import ModuleType

import pytest

from agents.candidates import Candidates
from agents.policies import Policy
from tests.conformance.policy import PolicyConformance
from tests.shown import ROOT, commands_in, missing_files, missing_modules, objection

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The policy of the README as a module."""
    block = re.search(r"```python\n(# agents/policies/coolest\.py\n.+?)```", README, re.DOTALL)
    assert block
    path = tmp_path_factory.mktemp("readme") / "coolest.py"
    path.write_text(block[1], encoding="utf-8")
    spec = importlib.util.spec_from_file_location("coolest", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestPolicyOfTheReadme(PolicyConformance):
    @pytest.fixture(autouse=True)
    def _module(self, shown: ModuleType) -> None:
        self._shown = shown

    def make(self, candidates: Candidates, seed: int) -> Policy:
        policy: Policy = self._shown.CoolestPolicy(candidates, seed)
        return policy


def test_files_and_modules_it_names_exist() -> None:
    assert [path for path in missing_files(README) if "coolest" not in path] == []
    assert missing_modules(README) == []


def test_commands_it_shows_exist() -> None:
    shown = [words for words in commands_in(README) if "policy=coolest" not in words]
    objections = [objection(words) for words in shown]
    assert len(objections) > 20
    assert [told for told in objections if told] == []
