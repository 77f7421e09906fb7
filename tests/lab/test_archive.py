"""What a lab took on is known for ever, and by whoever opens the file."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from knowledge.errors import RecordError
from knowledge.outcome import Fault, Outcome, PhaseFraction
from knowledge.recipe import HeatingStep, Recipe, Target
from lab import Refused, Unsubmitted
from lab.archive import Archive
from tests.lab.test_simulated import opened, outcome_of, run
from tests.lab.test_simulated import recipe as fired


def recipe(temperature_c: float = 1000) -> Recipe:
    step = HeatingStep(temperature_c=temperature_c, hold_h=4)
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), (step,))


def outcome(name: str, share: float = 0.75) -> Outcome:
    seen = PhaseFraction(formula="BaTiO3", weight_fraction=share, sigma=0.01)
    return Outcome(experiment_id=name, phases=(seen,), unidentified_weight_fraction=1 - share)


@pytest.fixture(params=["in a file", "in memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return Archive(tmp_path / "state.db" if request.param == "in a file" else None)


def test_what_was_put_in_comes_out(archive: Archive) -> None:
    assert archive.add("e1", recipe()) == 0
    assert archive.recipe("e1") == recipe()
    assert archive.recipe_id("e1") == recipe().content_id
    assert archive.outcome("e1") is None
    fault = Fault(kind="furnace trip", stage="furnace 1", message="no heat")
    told = outcome("e1").model_copy(update={"faults": (fault,), "lab_time_h": 1 / 3})
    archive.finish(told)
    assert archive.outcome("e1") == told
    assert archive.recipe("nobody") is archive.recipe_id("nobody") is None
    assert archive.outcome("nobody") is None


def test_replicates_are_counted_by_recipe(archive: Archive) -> None:
    names = [f"e{n}" for n in range(6)]
    recipes = [recipe(), recipe(1100), recipe(), recipe(), recipe(1100), recipe(1200)]
    assert [archive.add(*pair) for pair in zip(names, recipes, strict=True)] == [0, 0, 1, 2, 1, 0]
    assert [archive.replicate(name) for name in names] == [0, 0, 1, 2, 1, 0]


def test_an_outcome_is_final(archive: Archive) -> None:
    archive.add("e1", recipe())
    archive.finish(outcome("e1", 0.5))
    archive.finish(outcome("e1", 0.25))
    assert archive.outcome("e1") == outcome("e1", 0.5)


def test_an_id_is_taken_once(archive: Archive) -> None:
    """A second recipe under one id would be lost: it is an error, and changes nothing."""
    archive.add("e1", recipe())
    with pytest.raises(Exception, match="UNIQUE"):
        archive.add("e1", recipe(1100))
    assert archive.recipe("e1") == recipe()


def test_unfinished_in_the_order_in_which_they_came(archive: Archive) -> None:
    names = ["b", "a", "c", "B", "", "ä"]
    for name in names:
        archive.add(name, recipe())
    archive.finish(outcome("a"))
    assert [(n, r) for n, _, r in archive.unfinished()] == [
        (name, number) for number, name in enumerate(names) if name != "a"
    ]
    assert archive.open_count == 5


@pytest.mark.parametrize("name", ["'; drop table experiments; --", "e 1", "ü" * 500, "\n", "%"])
def test_any_name_will_do(archive: Archive, name: str) -> None:
    archive.add(name, recipe())
    archive.finish(outcome(name))
    assert archive.outcome(name) == outcome(name)
    assert archive.open_count == 0


def test_precursors_come_in_any_order(archive: Archive) -> None:
    step = HeatingStep(temperature_c=1000, hold_h=4)
    written = Recipe.balanced(Target(formula="BaTiO3"), ("TiO2", "BaCO3"), (step,))
    archive.add("e1", written)
    assert archive.recipe("e1") == written


def test_another_opens_the_file(tmp_path: Path) -> None:
    first = Archive(tmp_path / "state.db")
    first.add("e1", recipe())
    first.add("e2", recipe(1100))
    first.finish(outcome("e1"))
    first.close()
    second = Archive(str(tmp_path / "state.db"))
    assert second.outcome("e1") == outcome("e1")
    assert list(second.unfinished()) == [("e2", recipe(1100), 0)]
    assert second.add("e3", recipe(1100)) == 1


def test_without_a_file_nothing_is_shared() -> None:
    first, second = Archive(), Archive()
    first.add("e1", recipe())
    assert second.recipe_id("e1") is None


@pytest.mark.parametrize("kind", ["text", "folder", "nowhere"])
def test_files_that_are_none(tmp_path: Path, kind: str) -> None:
    """The message names the file and what to do, in one line."""
    file = tmp_path / kind
    if kind == "text":
        file.write_text("experiments: none so far, this is a note\n" * 50)
    if kind == "folder":
        file.mkdir()
    if kind == "nowhere":
        file = tmp_path / "no" / "folder" / "state.db"
    with pytest.raises(RecordError, match=r"lab\.state is .*: give another file") as error:
        Archive(file)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


_WRITER = """
import sys
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab.archive import Archive
archive = Archive(sys.argv[1])
recipe, outcome = Recipe.from_json(sys.argv[2]), Outcome.from_json(sys.argv[3])
for number in range(100_000):
    archive.add(f"e{number}", recipe)
    if number % 2:
        archive.finish(outcome.model_copy(update={"experiment_id": f"e{number}"}))
    print(number, flush=True)
"""


def test_what_was_told_survives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(file), recipe().to_json(), outcome("e").to_json()],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    told += [int(line) for line in process.stdout if line.strip().isdigit()]
    process.wait()
    archive = Archive(file)
    for number in told:
        assert archive.recipe(f"e{number}") == recipe()
        expected = outcome(f"e{number}") if number % 2 else None
        assert archive.outcome(f"e{number}") == expected
        assert archive.replicate(f"e{number}") == number


def test_a_lab_that_was_restarted_goes_on(tmp_path: Path) -> None:
    """It knows outcomes, cancels and replicates, and finishes what was open as it would have."""
    recipes = [fired(950), fired(950), fired(1100), fired(950)]
    undisturbed = run(opened(), *recipes)
    first = opened(state=tmp_path / "state.db")
    for n, each in enumerate(recipes[:3]):
        first.submit(each, f"e{n}")
    first.submit(fired(1200), "never")
    cancelled = first.cancel("never")
    done = outcome_of(first, "e0")
    first.close()
    second = opened(state=tmp_path / "state.db")
    assert second.poll("e0") == done
    assert second.poll("never") == cancelled
    assert isinstance(second.poll("nobody"), Unsubmitted)
    second.submit(recipes[1], "e1")  # the same again changes nothing
    with pytest.raises(Refused, match="experiment id"):
        second.submit(fired(1300), "e0")
    second.submit(recipes[3], "e3")
    found = [done, *(outcome_of(second, f"e{n}") for n in (1, 2, 3))]
    assert [o.phases for o in found] == [o.phases for o in undisturbed]
    now_h = second.now_h
    del second  # forgotten is as good as closed
    third = opened(state=tmp_path / "state.db")
    assert [outcome_of(third, f"e{n}") for n in range(4)] == found
    assert third.now_h == now_h


def test_without_a_file_nothing_is_remembered() -> None:
    run(opened(), fired())
    assert isinstance(opened().poll("e0"), Unsubmitted)


def test_a_restart_needs_no_more_powder(tmp_path: Path) -> None:
    """Two samples are weighed from bottles for two; the lab stops before the second is told of."""
    grams = fired().masses_g(2.0)
    # A microgram more, for what rounding takes.
    stock = [{"formula": f, "grams": round(2 * g + 1e-5, 6)} for f, g in grams.items()]
    files = {"inventory_file": tmp_path / "stock.db", "state": tmp_path / "state.db"}
    first = opened(stock=stock, **files)
    first.submit(fired(), "e1")
    first.submit(fired(), "e2")
    assert outcome_of(first, "e1").status == "measured"
    first.close()
    assert outcome_of(opened(stock=stock, **files), "e2").status == "measured"


def resident_mb() -> float:
    """Megabytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_memory_stays_flat() -> None:
    """Three thousand experiments after a warm-up keep nothing but a file.

    A recipe and an outcome take 5 kB and more, so keeping them would add 15 MB; the allocator may
    take a few. Recipes are of a grid, as policies have it.
    """
    lab = opened()
    recipes = [fired(900 + 50 * n, 4) for n in range(8)]

    def work(first: int, count: int) -> None:
        for n in range(first, first + count):
            lab.submit(recipes[n % 8], f"e{n}")
            outcome_of(lab, f"e{n}")

    work(0, 300)
    before = resident_mb()
    work(300, 3000)
    assert resident_mb() - before < 5


class Archives(RuleBasedStateMachine):
    """A file, opened and closed at any time, beside a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "state.db"
        self.archive = Archive(self.file)
        self.recipes: dict[str, Recipe] = {}
        self.outcomes: dict[str, Outcome] = {}

    @rule(name=st.sampled_from("abcdef"), warm=st.booleans())
    def add(self, name: str, warm: bool) -> None:
        if name not in self.recipes:
            new = recipe(1100 if warm else 1000)
            before = list(self.recipes.values()).count(new)
            assert self.archive.add(name, new) == before
            self.recipes[name] = new

    @rule(name=st.sampled_from("abcdef"), share=st.floats(0, 1))
    def finish(self, name: str, share: float) -> None:
        self.archive.finish(outcome(name, share))
        if name in self.recipes:
            self.outcomes.setdefault(name, outcome(name, share))

    @rule()
    def restart(self) -> None:
        self.archive.close()
        self.archive = Archive(self.file)

    @invariant()
    def agrees(self) -> None:
        for name in "abcdef":
            assert self.archive.recipe(name) == self.recipes.get(name)
            assert self.archive.outcome(name) == self.outcomes.get(name)
        left = [n for n in self.recipes if n not in self.outcomes]
        assert [n for n, *_ in self.archive.unfinished()] == left

    def teardown(self) -> None:
        self.archive.close()
        self.folder.cleanup()


TestArchives = Archives.TestCase
TestArchives.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
