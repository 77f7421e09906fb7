"""What the README shows works as shown."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from agents.candidates import Candidates
from agents.policies import Policy
from tests.conformance.policy import PolicyConformance

ROOT = Path(__file__).parent.parent
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
    for path in re.findall(r"\(?`?((?:agents|conf|knowledge|lab|tests)/[\w/.]+\.\w+)", README):
        if "coolest" not in path:
            assert (ROOT / path).exists(), path
    for module in re.findall(r"python -m (experiments\.\w+)", README):
        if module != "experiments.NAME":
            assert importlib.util.find_spec(module), module
