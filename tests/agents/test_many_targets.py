"""Several targets in one campaign: whose turn it is, who is given up, and what they share."""

import contextlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from agents import cli
from agents.campaign import Budget, Campaign, Ending
from agents.candidates import CandidateGrid, Candidates, gather
from agents.gathering import targets_of
from agents.history import History
from agents.journal import Journal, journal_of
from agents.ledger import Ledger
from agents.pursuit import Pursuit, by_formula
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError
from knowledge.literature import frequency_proposer
from knowledge.recipe import Target
from lab.simulated import SimulatedLab
from tests.agents.lab_by_hand import PENDING, Clock, InOrder, LabByHand
from tests.conftest import INVENTORY

BA, SR, BA2 = "BaTiO3", "SrTiO3", "Ba2TiO4"


@pytest.fixture(scope="module")
def two(energies: EnergyStack, candidates: Candidates) -> list[Candidates]:
    """Candidates of two targets that share TiO2."""
    check = SimulatedLab(0, INVENTORY, energies=energies).check
    grid = CandidateGrid(spacing_c=100, span_sigmas=2, hold_h=(4.0,))
    target = Target(formula=SR)
    other = gather(target, INVENTORY, check, energies, frequency_proposer(), grid)
    return [candidates, other]


def played(
    pursuits: Sequence[Pursuit],
    lab: LabByHand,
    budget: Budget,
    journal: Journal | None = None,
) -> tuple[Ending, Ledger]:
    journal = journal or Journal("sqlite://", "c")
    ending = Campaign(pursuits, lab, journal, budget, sleep=Clock().sleep).run()
    return ending, Ledger(journal.events())


def stating(two: Sequence[Candidates], *chances: Sequence[float]) -> list[Pursuit]:
    """Policies that state these chances, experiment after experiment."""
    return [Pursuit.with_policy(c, InOrder(c, p)) for c, p in zip(two, chances, strict=True)]


def test_the_budget_goes_where_most_is_expected(two: list[Candidates]) -> None:
    """By hand: 0.5, then 0.4 before 0.3, 0.2 before 0.15; ties go to the target named first."""
    lab = LabByHand()
    pursuits = stating(two, [0.3, 0.2, 0.1, 0.1], [0.5, 0.4, 0.15, 0.1])
    ending, ledger = played(pursuits, lab, Budget(6))
    assert list(lab.fired) == [
        "c-t02-0000", "c-t02-0001", "c-t01-0000", "c-t01-0001", "c-t02-0002", "c-t01-0002",
    ]  # fmt: skip
    assert (ending.reason, ending.experiments, ending.made) == ("budget spent", 6, ())
    assert ledger.target_of("c-t02-0001") == SR


def test_what_is_in_the_lab_for_a_target_makes_the_next_one_worth_less(
    two: list[Candidates],
) -> None:
    """By hand, side by side: 0.6; then 0.6 * (1 - 0.6) = 0.24 is less than 0.3 for the other."""
    lab = LabByHand(says={"c-t01-0000": [PENDING] * 3, "c-t02-0000": [PENDING] * 3})
    pursuits = stating(two, [0.6, 0.6, 0.0], [0.3, 0.3, 0.0])
    played(pursuits, lab, Budget(3, 3))
    assert list(lab.fired) == ["c-t01-0000", "c-t02-0000", "c-t01-0001"]


def test_a_target_that_is_made_gets_nothing_more(two: list[Candidates]) -> None:
    lab = LabByHand(share=0.95)
    ending, _ = played(stating(two, [0.1] * 9, [0.2] * 9), lab, Budget(9))
    assert (ending.reason, ending.experiments) == ("yield reached", 2)
    assert set(ending.made) == {BA, SR}
    assert list(lab.fired) == ["c-t02-0000", "c-t01-0000"]


def test_given_up_after_so_many_experiments(two: list[Candidates]) -> None:
    ending, ledger = played(
        stating(two, [0.9] * 9, [0.1] * 9), LabByHand(), Budget(20, per_target=2)
    )
    assert (ending.reason, ending.experiments) == ("every target settled", 4)
    for formula in (BA, SR):
        assert ledger.of(formula).dropped == "2 experiments are spent on it (budget.per_target)"


def test_given_up_when_nothing_left_is_likely(two: list[Candidates]) -> None:
    pursuits = stating(two, [0.3, 0.04], [0.3, 0.2, 0.02])
    ending, ledger = played(pursuits, LabByHand(), Budget(20, least_chance=0.05))
    assert (ending.reason, ending.experiments) == ("every target settled", 3)
    assert ledger.of(BA).dropped == (
        "the best recipe left succeeds with 4.0%, and 5.0% is asked (budget.least_chance)"
    )
    assert "2.0%" in str(ledger.of(SR).dropped)


class Weary(InOrder):
    """Has enough after the first experiment."""

    def verdict(self, history: History) -> str | None:
        return "it would cost more than it is worth" if history.completed else None


def test_given_up_when_its_policy_advises_so(two: list[Candidates]) -> None:
    pursuits = [
        Pursuit.with_policy(two[0], Weary(two[0], [0.9] * 9)),
        Pursuit.with_policy(two[1], InOrder(two[1], [0.1] * 9)),
    ]
    ending, ledger = played(pursuits, LabByHand(), Budget(3))
    assert ledger.of(BA).dropped == "it would cost more than it is worth"
    assert ledger.of(SR).dropped is None
    assert [ledger.target_of(n) for n in ledger.experiments] == [BA, SR, SR]
    assert ending.reason == "budget spent"


def test_one_compound_is_one_target_however_it_is_written(two: list[Candidates]) -> None:
    found = targets_of("x", ["TiBaO3", "BaTiO3", SR, "Ba2Ti2O6", SR], 0.9)
    assert [t.formula for t in found] == ["TiBaO3", SR]
    with pytest.raises(AthanorError, match="are one compound: name each target once"):
        by_formula([*stating(two, [], []), *stating(two[:1], [])])


def test_targets_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(f"note,target\na,{BA}\nb,\nc,TiBaO3\nd,{SR}\n", encoding="utf-8")
    assert [t.formula for t in targets_of("x", str(path), 0.9)] == [BA, SR]
    for text in ("formula\nBaTiO3\n", "", "target\n\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AthanorError, match="column `target`"):
            targets_of("x", str(path), 0.9)
    with pytest.raises(AthanorError, match="cannot be read"):
        targets_of("x", str(tmp_path), 0.9)


def athanor(*words: object) -> tuple[int, str, str]:
    """Exit status, standard output and error of a command run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.setattr(sys, "argv", ["athanor", *map(str, words)])
        patch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as caught, contextlib.redirect_stderr(err):
            cli.main()
    return int(str(caught.value.code)), out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `athanor run` leaves of two targets of the same elements, and one that cannot be had."""
    made = tmp_path_factory.mktemp("campaign")
    status, out, err = run(made, 6)
    assert status == 0, err
    assert "NaNbO3" in out + err
    return made


def run(folder: Path, experiments: int) -> tuple[int, str, str]:
    return athanor(
        "run", f"targets=[{BA},{BA2},NaNbO3]", "policy=athanor", "literature=frequency",
        f"budget.experiments={experiments}", "candidates.spacing_c=100", "candidates.hold_h=[4]",
        "yield_asked=0.995", f"hydra.run.dir={folder}",
    )  # fmt: skip


def test_one_target_that_cannot_be_had_is_left_out(folder: Path) -> None:
    journal = journal_of(folder)
    ledger = Ledger(journal.events())
    assert [t.formula for t in ledger.targets] == [BA, BA2]
    assert {name.rsplit("-", 2)[1] for name in ledger.experiments} == {"t01", "t02"}


def test_each_target_has_its_page_and_its_place_in_the_status(folder: Path) -> None:
    pages = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("report*.html")}
    assert sorted(pages) == ["report-01.html", "report-02.html", "report.html"]
    assert BA in pages["report-01.html"]
    assert BA2 in pages["report-02.html"]
    for name in ("report-01.html", "report-02.html"):
        assert f'href="{name}"' in pages["report.html"]
    status, out, _ = athanor("status", folder)
    assert status == 0
    assert BA in out
    assert BA2 in out


def test_why_and_replay_of_the_second_target(folder: Path) -> None:
    second = next(n for n in Ledger(journal_of(folder).events()).experiments if "-t02-" in n)
    status, out, err = athanor("why", second, "--folder", folder)
    assert status == 0, err
    assert BA2 in out
    status, out, err = athanor("replay", folder)
    assert (status, err) == (0, "")
    assert out.count("decisions came out equal") == 2
    assert "differs" not in out


def test_what_one_target_showed_is_taken_in_by_the_other_and_decides_the_same_again(
    folder: Path, tmp_path: Path
) -> None:
    """Run with half the budget, then with all of it, the campaign is as if it was run at once."""
    whole = journal_of(folder).events()
    shared = [e for e in whole if e.kind == "reactivity"]
    assert shared
    assert {e.target for e in shared} <= {BA, BA2}
    assert all(e.payload["observations"] for e in shared)
    (tmp_path / "again").mkdir()
    for experiments in (2, 4, 6):
        status, _, err = run(tmp_path / "again", experiments)
        assert status == 0, err
    again = journal_of(tmp_path / "again").events()

    def chosen(events: Sequence[object]) -> list[object]:
        ledger = Ledger(events)  # type: ignore[arg-type]
        return [ledger.suggestion(n).recipe for n in ledger.experiments]

    assert chosen(again) == chosen(whole)
