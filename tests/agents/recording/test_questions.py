"""Questions to a person: nothing is asked that was given, and nothing said is replaced."""

from pathlib import Path

import pytest

from agents.recording.handing_in import Options, hand_in
from agents.recording.questions import Questions
from knowledge.errors import AthanorError
from lab.manual import BenchBook
from tests.agents.recording.bench import at, bench


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BenchBook:
    monkeypatch.chdir(tmp_path)
    return bench(tmp_path / "bench")


class Person:
    """Answers questions in this order, and keeps what was asked and told."""

    def __init__(self, *answers: str) -> None:
        self._answers, self.asked, self.told = list(answers), list[str](), list[str]()
        self.questions = Questions(self.ask, self.told.append)

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self._answers.pop(0)

    def say(self, book: BenchBook, options: Options) -> bool:
        """Whether anything was written; all answers were asked for."""
        written = hand_in(book, options, self.questions)
        assert self._answers == []
        return bool(written)


def test_all_that_is_left_out_is_asked(book: BenchBook) -> None:
    person = Person("c-0001", "BaTiO3=0.9,TiO2=0.1", "TiO2=700 mg", "3%", "y")
    assert person.say(book, Options())
    known = at(book, "c-0001")
    assert known.outcome is not None
    assert {p.sigma for p in known.outcome.phases} == {0.03}
    assert known.weighed_g == {"TiO2": 0.7}


def test_what_is_given_is_used_and_not_asked(book: BenchBook) -> None:
    given = Options("c-0001", sigma="1%", weighed="TiO2=0.7", note="white")
    assert Person("BaTiO3=0.9,TiO2=0.1", "y").say(book, given)
    known = at(book, "c-0001")
    assert known.outcome is not None
    assert {p.sigma for p in known.outcome.phases} == {0.01}
    assert (known.weighed_g, known.note) == ({"TiO2": 0.7}, "white")
    assert Person("lost", "y").say(book, Options("c-0002", weighed="TiO2=0.72", note="it fell"))
    known = at(book, "c-0002")
    assert known.outcome is not None
    assert [f.message for f in known.outcome.faults][-1] == "it fell"


def test_a_sigma_in_the_text_stays(book: BenchBook) -> None:
    assert Person("BaTiO3=0.9±0.02 TiO2=0.1", "", "5%", "y").say(book, Options("c-0001"))
    outcome = at(book, "c-0001").outcome
    assert outcome is not None
    assert {p.formula: p.sigma for p in outcome.phases} == {"BaTiO3": 0.02, "TiO2": 0.05}
    every = Person("BaTiO3=0.90(1) TiO2=0.10(1)", "", "y")  # no sigma is left to be asked
    assert every.say(book, Options("c-0002"))


def test_that_there_is_a_result_is_said_before_anything_is_asked(book: BenchBook) -> None:
    hand_in(book, Options("c-0001", phases="BaTiO3=0.5,TiO2=0.5", weighed="TiO2=0.7"))
    silent = Person()
    with pytest.raises(AthanorError, match=r'has a result already: .*--correct "WHY"'):
        silent.say(book, Options("c-0001"))
    chooses = Person("c-0001", "c-0002", "not fired", "n")
    assert not chooses.say(book, Options())
    assert any("has a result already" in line for line in chooses.told)
    goes_on = Person("BaTiO3=1", "", "", "y")
    assert goes_on.say(book, Options("c-0001", correct="read again"))
    assert "TiO2 0.7000 g" in goes_on.asked[1]  # as said before
    assert at(book, "c-0001").weighed_g == {"TiO2": 0.7}


def test_what_was_not_fired_was_not_weighed(book: BenchBook) -> None:
    person = Person("not fired", "lost", "y")
    assert person.say(book, Options("c-0001", weighed="TiO2=0.7"))
    assert "what was not fired was not weighed" in person.told[1]
