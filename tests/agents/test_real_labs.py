"""What a campaign does otherwise with labs that exist: names of its own, powder that is awaited."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agents.campaign import Budget, Campaign, Watcher
from agents.candidates import Candidates
from agents.journal import Journal, campaigns_in
from agents.policies.hottest import HottestPolicy
from agents.pursuit import Pursuit
from agents.steering import amended, say
from agents.watch import Notice
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab import INVENTORY, Real, Refused
from tests.agents.lab_by_hand import LabByHand
from tests.commands import command


@dataclass
class Workshop(LabByHand):
    """Implements Real. Its shelf holds powder for so many experiments."""

    batches: int = 1
    told: list[Outcome] = field(default_factory=list)

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        if experiment_id not in self.fired and len(self.fired) >= self.batches:
            raise Refused(INVENTORY, "BaCO3: 1.69 g asked", "0.3 g are left; buy more")
        super().submit(recipe, experiment_id)

    def amended(self, outcome: Outcome) -> None:
        self.told.append(outcome)


def campaign(
    candidates: Candidates,
    lab: Workshop,
    journal: Journal,
    sleep: Callable[[float], None],
    heard: list[Notice],
) -> Campaign:
    pursuits = [Pursuit.with_policy(candidates, HottestPolicy(candidates, 0))]
    watcher = Watcher(noticed=heard.append)
    return Campaign(pursuits, lab, journal, Budget(3), watcher=watcher, sleep=sleep)


def test_powder_that_is_missing_is_waited_for(candidates: Candidates) -> None:
    """No recipe is lost for it, and it is said once."""
    lab, journal, heard = Workshop(), Journal("sqlite://", "c"), list[Notice]()
    assert isinstance(lab, Real)
    slept = list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 5:
            lab.batches = 3  # somebody has been to the store

    ending = campaign(candidates, lab, journal, sleep, heard).run()
    assert len(slept) == 5
    assert ending.reason == "budget spent"
    assert list(lab.fired) == ["c-0000", "c-0001", "c-0002"]
    assert [n.text for n in heard if n.kind == "question"] == [
        "c-0001 waits for powder: refused by the lab (inventory): BaCO3: 1.69 g asked; 0.3 g are "
        "left; buy more; or athanor veto it"
    ]
    assert not any(e.kind == "unknown" for e in journal.events())


def test_who_waits_for_powder_may_stop(candidates: Candidates, tmp_path: Path) -> None:
    lab, journal = Workshop(), Journal.in_folder(tmp_path, "c")
    elsewhere = Journal.in_folder(tmp_path, "c")

    def sleep(_: float) -> None:
        say(elsewhere, "stopped", "Ada", "sold out")

    ending = campaign(candidates, lab, journal, sleep, []).run()
    assert ending.reason == "stopped"
    assert list(lab.fired) == ["c-0000"]


def test_what_people_amend_is_passed_on_once_a_run(candidates: Candidates) -> None:
    lab, journal = Workshop(batches=3), Journal("sqlite://", "c")
    campaign(candidates, lab, journal, lambda _: None, []).run()
    assert lab.told == []
    outcome = amended("c-0001", "BaTiO3=0.7", 0.02, lost=False, not_fired=False)
    payload = {"experiment_id": "c-0001", "outcome": outcome.model_dump(mode="json")}
    say(journal, "amended", "Ada", "read again", **payload)
    campaign(candidates, lab, journal, lambda _: None, []).run()
    assert lab.told == [outcome]


def test_two_folders_on_one_bench_are_two_campaigns(tmp_path: Path) -> None:
    """Also with the same settings: nobody takes another's result, or crucible, for their own."""
    settings = (
        "run", "lab=manual", "target=BaTiO3", "policy=hottest", "literature=frequency",
        "lab.inventory=[BaCO3,TiO2]", "candidates.hold_h=[4]", "candidates.span_sigmas=0.5",
    )  # fmt: skip
    codes = set()
    for folder in ("ada", "bob"):
        (tmp_path / folder).mkdir()
        bench = {"ATHANOR_BENCH": str(tmp_path / "bench")}
        for _ in range(2):  # the same folder goes on with the same
            done = command("agents.cli", *settings, cwd=tmp_path / folder, env=bench)
            assert done.returncode == 0, done.stderr
            [line] = [x for x in done.stdout.splitlines() if "BaTiO3 from BaCO3" in x]
            codes.add(line.split()[0])
        assert done.stdout.count("and 1 of other campaigns") == (folder == "bob")
    assert len(codes) == 2
    names = [campaigns_in(p)[0] for p in tmp_path.glob("*/campaigns/*")]
    assert len(set(names)) == 2
    assert len({name.rpartition("-")[0] for name in names}) == 1


def test_codes_on_sheets_name_experiments(tmp_path: Path) -> None:
    settings = (
        "run", "lab=manual", "target=BaTiO3", "policy=hottest", "literature=frequency",
        "lab.inventory=[BaCO3,TiO2]", "candidates.hold_h=[4]", "candidates.span_sigmas=0.5",
        "hydra.run.dir=c",
    )  # fmt: skip
    shown = command("agents.cli", *settings, cwd=tmp_path).stdout
    [code] = [x.split()[0] for x in shown.splitlines() if "BaTiO3 from BaCO3" in x]
    assert "athanor run lab=manual target=BaTiO3 policy=hottest" in shown
    assert code in command("agents.cli", "status", "c", cwd=tmp_path).stdout
    veto = command("agents.cli", "veto", "c", code, "--why", "too hot for my furnace", cwd=tmp_path)
    assert veto.returncode == 0, veto.stderr
    sheet = command("agents.cli", "next", code, "--folder", "c", cwd=tmp_path).stdout
    assert "do not fire it: vetoed by" in sheet
    assert "too hot for my furnace" in sheet
    done = command(
        "agents.cli", "amend", "c", code.lower(), "--phases", "BaTiO3=0.7", "--why", "x",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    paused = command("agents.cli", "pause", "c", "--why", "holidays", cwd=tmp_path)
    assert paused.returncode == 0
    again = command("agents.cli", *settings, cwd=tmp_path).stdout
    assert "paused by" in again
    assert f"athanor resume {tmp_path / 'c'}" in again


def test_too_little_powder_is_called_that(tmp_path: Path) -> None:
    done = command(
        "agents.cli", "run", "lab=manual", "target=BaTiO3", "literature=frequency",
        "lab.inventory=[{formula: BaCO3, grams: 1.6, lot: A},TiO2]", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "BaCO3: 1.692474 g asked; 1.6 g are left" in done.stderr
