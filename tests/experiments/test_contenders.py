"""How policies are named at the command line, and what is no such name."""

import pytest

from agents.candidates import Candidates
from agents.policies.registry import UnknownPolicyError
from agents.policies.thermo import ThermoPolicy
from experiments import contenders as module
from experiments.contenders import Contender, ContenderError, contender, contenders


class Choosy:
    """A policy with settings: what is tested is how they get there."""

    name = "choosy"

    def __init__(
        self, candidates: Candidates, seed: int, without: tuple[str, ...] = (), most: int = 1
    ) -> None:
        self.candidates, self.given = candidates, (seed, without, most)

    def suggest(self, history: object, count: int) -> list[object]:
        del history, count
        return []


@pytest.fixture
def choosy(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> object:
        return {"choosy": Choosy, "thermo": ThermoPolicy}[name]

    def make(name: str, candidates: Candidates, seed: int, **settings: object) -> object:
        return find(name)(candidates, seed, **settings)  # type: ignore[operator]

    monkeypatch.setattr(module, "policy_class", find)
    monkeypatch.setattr(module, "named_policy", make)


def test_a_name_alone(candidates: Candidates) -> None:
    (found,) = contenders("thermo")
    assert found == Contender("thermo", "thermo")
    assert isinstance(found.make(candidates, 0), ThermoPolicy)


@pytest.mark.usefixtures("choosy")
def test_settings_are_read_as_yaml(candidates: Candidates) -> None:
    text = "thermo,choosy:without=[a,b];most=3,choosy"
    assert [c.label for c in contenders(text)] == [
        "thermo",
        "choosy:without=[a,b];most=3",
        "choosy",
    ]
    made = contenders(text)[1].make(candidates, 7)
    assert isinstance(made, Choosy)
    assert made.given == (7, ("a", "b"), 3)


@pytest.mark.usefixtures("choosy")
def test_the_key_is_what_it_is_and_not_what_it_is_called() -> None:
    one, other = contender("choosy:most=3;without=[a]"), contender("choosy:without=[a];most=3")
    assert one.key == other.key
    assert one.key != contender("choosy:most=3").key


@pytest.mark.usefixtures("choosy")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("choosy:lest=3", "no setting lest; it has without, most"),
        ("thermo:most=3", "no setting most; it has none"),
        ("choosy:most", "'most' is no setting"),
        ("choosy:most=[", "no value"),
        ("thermo,thermo", "thermo is named twice"),
        (" , ", "no policy is named"),
    ],
)
def test_what_is_no_contender_is_told(text: str, said: str) -> None:
    with pytest.raises(ContenderError, match=said):
        contenders(text)


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownPolicyError, match="thermo"):
        contenders("nobody")
