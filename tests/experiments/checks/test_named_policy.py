"""Policies by name: what cannot be checked is told in one clear line, and hashes are found out."""

from pathlib import Path

import pytest

from agents.candidates import Candidates
from experiments.checks.elsewhere import same_elsewhere
from experiments.checks.named_policy import policy_named
from experiments.checks.pace import pace_of
from experiments.checks.policy import PolicyCase
from experiments.checks.promise import Broken
from knowledge.errors import AthanorError
from tests.commands import command

OWN = '''
from agents.policies.protocol import Choice, remaining, suggestions


class Hashed:
    """Chooses in the order of hashes, which every process has another of."""

    name = "hashed"

    def __init__(self, candidates, seed, backwards=False):
        self.candidates, self.backwards = candidates, backwards

    def suggest(self, history, count):
        left = remaining(self.candidates, history)
        left.sort(key=lambda c: hash(c.recipe.content_id), reverse=self.backwards)
        choices = [Choice(c, "the next") for c in left[:count]]
        return suggestions(self.name, self.candidates, history, choices)


class Seedless(Hashed):
    def __init__(self, candidates):
        pass


class Failing(Hashed):
    def __init__(self, candidates, seed):
        raise ValueError("the moon is\\nwrong")


class Silent:
    def __init__(self, candidates, seed):
        pass


NUMBER = 7
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with policies of somebody's, which is on the path."""
    made = tmp_path_factory.mktemp("own")
    (made / "own_policies.py").write_text(OWN, encoding="utf-8")
    (made / "own_needs.py").write_text("import nobody_has_this\n", encoding="utf-8")
    (made / "own_slip.py").write_text("def f(:\n", encoding="utf-8")
    pytest.MonkeyPatch().syspath_prepend(str(made))
    return made


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("", "name a policy"),
        ("oracle", "oracle is no policy"),
        ("Hashed", "a class of your own is named with its module, my_module.Hashed"),
        ("nowhere.Policy", "there is no module nowhere: not in"),
        ("own_policies.Hashd", "has no Hashd: it has Hashed, Seedless, Failing, Silent"),
        ("own_policies.NUMBER", "cannot be called"),
        ("own_policies.Silent", "is no policy: it needs a name and suggest"),
        ("own_policies.Seedless", "unexpected keyword argument 'seed'"),
        ("own_policies.Failing", "the moon is wrong \\(line 27 of own_policies.py\\)"),
        ("own_policies.Hashed:speed=3", "no setting speed: allowed are backwards"),
        ("own_needs.Policy", "it needs nobody_has_this, which is not installed"),
        ("own_slip.Policy", "SyntaxError"),
        ("thermo:speed=3", "the policy thermo has no setting speed"),
        ("thermo:speed", "SETTING=VALUE"),
    ],
)
def test_what_cannot_be_checked_is_told_in_one_line(
    word: str, told: str, candidates: Candidates
) -> None:
    with pytest.raises(AthanorError, match=told) as error:
        policy_named(word, candidates)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("word", ["thermo", "athanor:objective=all", "arrows"])
def test_policies_of_ours_by_their_names(word: str, candidates: Candidates) -> None:
    make = policy_named(word, candidates)
    assert make(candidates, 0).name == word.partition(":")[0]


@pytest.mark.usefixtures("folder")
def test_settings_arrive(candidates: Candidates) -> None:
    make = policy_named("own_policies.Hashed:backwards=true", candidates)
    assert make(candidates, 0).backwards is True  # type: ignore[attr-defined]


def test_what_leans_on_hashes_is_found_out(
    folder: Path, candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in 9 x 8 x 7 orders is the same by chance: two processes with fixed hashes are not."""
    monkeypatch.setenv("PYTHONPATH", str(folder))
    word = "own_policies.Hashed"
    case = PolicyCase(policy_named(word, candidates), candidates)
    with pytest.raises(Broken, match="a fresh process gave different suggestions"):
        same_elsewhere(word).keep(case)


def test_every_suggestion_of_a_campaign_is_timed(candidates: Candidates) -> None:
    pace = pace_of(policy_named("thermo", candidates), candidates)
    assert len(pace.seconds) == len(candidates.items)
    assert all(s >= 0 for s in pace.seconds)
    assert f"{len(candidates.items)} candidates" in str(pace)


def test_the_command_says_what_is_wrong_and_ends_with_2(tmp_path: Path) -> None:
    done = command("agents.cli", "check-policy", "my_policy.MyPolicy", cwd=tmp_path)
    assert done.returncode == 2
    told = done.stderr.strip()
    assert told.startswith(f"athanor: there is no module my_policy: not in {tmp_path}")
    assert "\n" not in told
