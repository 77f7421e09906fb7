"""What people say to a campaign: heard before it decides more, and kept with who and why."""

import contextlib
import io
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agents import cli
from agents.campaign import Budget, Campaign, Ending
from agents.candidate_files import write_candidates
from agents.candidates import Candidates
from agents.journal import Journal
from agents.ledger import Ledger
from agents.pursuit import PERSON, Pursuit
from agents.steering import say
from knowledge.errors import RecordError
from lab import Unreachable
from tests.agents.lab_by_hand import PENDING, Clock, InOrder, LabByHand, gave

PERSONAL = ("paused", "resumed", "stopped", "vetoed", "pinned", "amended")


def athanor(*words: object) -> str:
    """What a command that succeeds prints, run in this process."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(sys, "argv", ["athanor", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
    assert caught.value.code == 0
    return said.getvalue()


def refused(*words: object) -> str:
    """The one line of a command that fails."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said):
        patch.setattr(sys, "argv", ["athanor", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
    assert caught.value.code == 2
    assert len(said.getvalue().splitlines()) == 1
    return said.getvalue()


class Room:
    """A campaign's folder, its lab, and a person who speaks when something happens."""

    def __init__(self, folder: Path, candidates: Candidates) -> None:
        self.folder, self.candidates, self.lab = folder, candidates, LabByHand()
        write_candidates(folder, 1, candidates)
        self.clock = Clock()

    def when(self, call: str, name: str, do: Callable[[], object]) -> None:
        """Do something right after the first time that the lab hears this."""
        left = [do]

        def hear(kind: str, experiment: str) -> None:
            if (kind, experiment) == (call, name) and left:
                left.pop()()

        self.lab.after = self.lab.before = hear

    def play(self, experiments: int = 4, parallel: int = 1) -> Ending:
        journal = Journal.in_folder(self.folder, "c")
        pursuit = Pursuit.with_policy(self.candidates, InOrder(self.candidates))
        budget = Budget(experiments, parallel)
        ending = Campaign([pursuit], self.lab, journal, budget, sleep=self.clock.sleep).run()
        journal.close()
        return ending

    @property
    def ledger(self) -> Ledger:
        journal = Journal.in_folder(self.folder, "c")
        events = journal.events()
        journal.close()
        return Ledger(events)

    @property
    def kinds(self) -> list[str]:
        journal = Journal.in_folder(self.folder, "c")
        found = [e.kind for e in journal.events()]
        journal.close()
        return found

    def recipe(self, number: int) -> str:
        """The id of a candidate."""
        return self.candidates.items[number].recipe.content_id

    def tried(self) -> list[str]:
        """Ids of the recipes that were handed over, in order."""
        return [r.content_id for r in self.lab.fired.values()]


@pytest.fixture
def room(tmp_path: Path, candidates: Candidates) -> Room:
    return Room(tmp_path, candidates)


def test_paused_in_the_middle_it_begins_nothing_more_until_it_is_resumed(room: Room) -> None:
    def resume_after_a_while() -> None:
        if len(room.clock.slept_s) == 5:
            assert list(room.lab.fired) == ["c-0000", "c-0001"]
            athanor("resume", room.folder, "--who", "Ada")

    room.clock.on_sleep = resume_after_a_while
    room.when("submit", "c-0001", lambda: athanor("pause", room.folder, "--why", "it smells"))
    assert room.play().experiments == 4
    assert len(room.clock.slept_s) == 5
    kinds = room.kinds
    between = kinds[kinds.index("paused") : kinds.index("resumed")]
    assert "decided" not in between
    assert "finished" in between
    words = room.ledger.words
    assert [(w.kind, w.why) for w in words] == [("paused", "it smells"), ("resumed", "goes on")]
    assert words[1].who == "Ada"
    assert "@" in words[0].who


def test_stopped_it_waits_for_what_is_in_the_lab(room: Room) -> None:
    room.lab.says["c-0001"] = [PENDING] * 3
    room.when("submit", "c-0001", lambda: athanor("stop", room.folder, "--why", "enough"))
    ending = room.play()
    assert (ending.reason, ending.experiments) == ("stopped", 2)
    assert ending.words.endswith(": enough")
    assert "ended: stopped" in athanor("status", room.folder)
    assert room.play().reason == "stopped"
    athanor("resume", room.folder)
    assert (room.play().reason, len(room.lab.fired)) == ("budget spent", 4)


def test_what_is_vetoed_is_never_tried(room: Room) -> None:
    room.when(
        "submit", "c-0000",
        lambda: athanor("veto", room.folder, room.recipe(1), "--why", "toxic"),
    )  # fmt: skip
    assert room.play().experiments == 4
    assert room.tried() == [room.recipe(n) for n in (0, 2, 3, 4)]


def test_what_is_vetoed_in_the_lab_is_cancelled_and_costs_nothing(room: Room) -> None:
    room.lab.says["c-0001"] = [PENDING] * 3
    room.when(
        "submit", "c-0001", lambda: athanor("veto", room.folder, "c-0001", "--why", "wrong jar")
    )
    ending = room.play()
    assert ending.experiments == 4
    outcome = room.ledger.outcome("c-0001")
    assert outcome is not None
    assert outcome.status == "cancelled"
    assert [n for k, n in room.lab.heard if k == "cancel"] == ["c-0001"]
    assert room.tried() == [room.recipe(n) for n in range(5)]


def test_what_is_vetoed_and_fired_already_gives_its_result(room: Room) -> None:
    """Cancelling comes too late: the lab answers with what came of it."""
    name = "c-0001"
    room.lab.says[name] = [PENDING]
    room.lab.ended[name] = gave(name, 0.5)
    room.when("submit", name, lambda: athanor("veto", room.folder, name, "--why", "wrong jar"))
    assert room.play().experiments == 4
    assert room.ledger.outcome(name) == gave(name, 0.5)


def test_what_is_vetoed_before_it_is_handed_over_never_gets_there(room: Room) -> None:
    """The campaign died between deciding and submitting; meanwhile somebody spoke."""

    class Died(Exception):
        pass

    def die(*_: str) -> None:
        raise Died

    room.lab.before = die
    with pytest.raises(Died):
        room.play()
    athanor("veto", room.folder, "c-0000", "--why", "wrong jar")
    room.lab.before = lambda *_: None
    assert room.play().experiments == 4
    assert "c-0000" not in room.lab.fired
    outcome = room.ledger.outcome("c-0000")
    assert outcome is not None
    assert outcome.status == "cancelled"
    assert "wrong jar" in outcome.faults[0].message
    assert "c-0000" not in room.ledger.receipts


def test_a_lab_that_is_away_is_asked_again_to_cancel(room: Room) -> None:
    room.lab.says["c-0000"] = [PENDING] * 9
    asked: list[str] = []

    def hear(kind: str, name: str) -> None:
        if kind == "submit" and name == "c-0000":
            athanor("veto", room.folder, name, "--why", "wrong jar")
        if kind == "cancel":
            asked.append(name)
            if len(asked) < 3:
                raise Unreachable("no route")

    room.lab.before = hear
    room.play(1)
    assert asked == ["c-0000"] * 3


@pytest.mark.parametrize("number", [7, 0])
def test_what_is_pinned_comes_next_once_also_when_it_was_tried(room: Room, number: int) -> None:
    """The first recipe was tried already: it is tried again."""
    room.when(
        "submit", "c-0001",
        lambda: athanor("pin", room.folder, room.recipe(number), "--why", "a hunch"),
    )  # fmt: skip
    assert room.play().experiments == 4
    assert room.tried() == [room.recipe(n) for n in (0, 1, number, 2)]
    suggestion = room.ledger.suggestion("c-0002")
    assert suggestion.policy == PERSON
    assert "a hunch" in suggestion.reason.why
    assert not room.ledger.of("BaTiO3").pinned


def test_pinned_and_then_vetoed_is_vetoed(room: Room) -> None:
    def both() -> None:
        athanor("pin", room.folder, room.recipe(5), "--why", "a hunch")
        athanor("veto", room.folder, room.recipe(5), "--why", "no, it melts")

    room.when("submit", "c-0000", both)
    room.play(9)
    assert room.recipe(5) not in room.tried()


def test_an_amended_result_is_what_the_policy_sees(room: Room) -> None:
    """The history keeps its order, the journal both results."""
    room.when(
        "submit", "c-0002",
        lambda: athanor(
            "amend", room.folder, "c-0000", "--phases", "BaTiO3=0.7", "--why", "relabelled"
        ),
    )  # fmt: skip
    ending = room.play()
    history = room.ledger.history(room.candidates.target)
    assert [c.experiment_id for c in history.completed] == [f"c-{n:04d}" for n in range(4)]
    assert [c.yield_fraction for c in history.completed] == [0.7, 0.1, 0.1, 0.1]
    assert ending.best is not None
    assert ending.best.experiment_id == "c-0000"
    assert room.kinds.count("finished") == 4
    assert "0.70" in athanor("status", room.folder)


def test_an_amended_success_ends_the_campaign(room: Room) -> None:
    room.when(
        "submit", "c-0001",
        lambda: athanor("amend", room.folder, 1, "--phases", "BaTiO3=0.95", "--why", "look again"),
    )  # fmt: skip
    ending = room.play()
    assert (ending.reason, ending.experiments) == ("yield reached", 2)


def test_each_word_has_who_and_why_and_is_noticed_from_another_process(room: Room) -> None:
    """A campaign that runs in a thread, with a lab that waits for the words."""
    ready, spoken = threading.Event(), threading.Event()
    room.lab.says["c-0000"] = [PENDING] * 3

    def hear(kind: str, name: str) -> None:
        if (kind, name) == ("poll", "c-0000") and not spoken.is_set():
            ready.set()
            assert spoken.wait(30)

    room.lab.before = hear
    endings: list[Ending] = []
    thread = threading.Thread(target=lambda: endings.append(room.play()))
    thread.start()
    assert ready.wait(30)
    assert "run by process" in athanor("status", room.folder)
    athanor("pin", room.folder, room.recipe(7), "--why", "try", "--who", "Ada")
    athanor("veto", room.folder, room.recipe(1), "--why", "not that", "--who", "Bo")
    spoken.set()
    thread.join(60)
    assert endings[0].experiments == 4
    assert room.tried() == [room.recipe(n) for n in (0, 7, 2, 3)]
    assert [(w.kind, w.who, w.why) for w in room.ledger.words] == [
        ("pinned", "Ada", "try"), ("vetoed", "Bo", "not that"),
    ]  # fmt: skip


BAD = {"empty": "", "blank": "  \t ", "long": "x" * 10_000, "lines": "a\nb", "bell": "a\x07b"}


@pytest.mark.parametrize("bad", BAD)
def test_words_that_say_nothing_are_refused(room: Room, bad: str) -> None:
    room.play(1)
    before = len(room.kinds)
    folder, recipe, words = room.folder, room.recipe(3), BAD[bad]
    for command in (
        ["pause", folder], ["resume", folder], ["stop", folder], ["veto", folder, recipe],
        ["pin", folder, recipe], ["drop", folder, "BaTiO3"], ["amend", folder, "1", "--lost"],
    ):  # fmt: skip
        assert "printable characters" in refused(*command, "--why", words)
        assert "printable characters" in refused(*command, "--why", "fine", "--who", words)
    with pytest.raises(RecordError, match="printable"):
        say(Journal.in_folder(folder, "c"), "paused", "Ada", words)
    assert len(room.kinds) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["veto", "0badf00d"], "no candidate is 0badf00d"),
        (["veto", "c-0009"], "no experiment is called 'c-0009'"),
        (["pin", "BaCO3+TiO2@9999"], "no candidate is"),
        (["pin", "%';--@100"], "%'"),
        (["drop", "NaCl"], "no target of this campaign: there are BaTiO3"),
        (["amend", "7", "--lost"], "no experiment is called '7'"),
        (["amend", "1"], "say one thing"),
        (["amend", "1", "--lost", "--not-fired"], "say one thing"),
        (["amend", "1", "--phases", "BaTiO3"], "give them as"),
        (["amend", "1", "--phases", "BaTiO3=nan"], "give them as"),
        (["amend", "1", "--phases", "BaTiO3=0.9,TiO2=0.9"], "add up"),
        (["amend", "1", "--phases", "Hello=0.9"], "Hello"),
        (["amend", "1", "--phases", "BaZrO3=0.9"], "no Zr was weighed in"),
    ],
)
def test_what_is_not_there_is_told(room: Room, words: list[str], said: str) -> None:
    room.play(1)
    before = len(room.kinds)
    assert said in refused(words[0], room.folder, *words[1:], "--why", "because")
    assert len(room.kinds) == before


def test_every_word_of_a_person_says_who_and_why(room: Room) -> None:
    """Also a target given up."""
    room.play(1)
    folder, recipe = room.folder, room.recipe(3)
    for command in (
        ["pause", folder], ["resume", folder], ["veto", folder, recipe], ["pin", folder, recipe],
        ["amend", folder, "1", "--lost"], ["drop", folder, "BaTiO3"], ["stop", folder],
    ):  # fmt: skip
        athanor(*command, "--why", "it's 100 % δ", "--who", "Ada")
    journal = Journal.in_folder(folder, "c")
    said = [e for e in journal.events() if e.kind in (*PERSONAL, "dropped")]
    assert len(said) == 7
    for event in said:
        assert event.payload["who"] == "Ada"
        assert event.payload["why"] == "it's 100 % δ"
