"""Ten thousand records as people get them wrong: taken as meant, or refused and nothing changed.

Each goes the way of the command, and meets an experiment without a result; some, meant to, one that
has one.
"""

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agents.recording.handing_in import Options, hand_in
from knowledge.errors import AthanorError
from lab.manual import BenchBook, ManualLab
from tests.agents.recording.bench import STOCK, all_of, at, recipe
from tests.agents.recording.drafts import SECOND, SPOILERS, Draft, Shares, product, written

RECORDS = 10_000
EXPERIMENTS = 4


class Benches:
    """Benches that are all the same to begin with: another one when all experiments have a result.

    `meant` is what was recorded last of each that has one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        lab = ManualLab(folder / "0", STOCK)
        for number in range(1, EXPERIMENTS + 1):
            made = recipe("BaTiO3", "BaCO3", "TiO2", temperature_c=900 + 10 * number)
            lab.submit(made, f"c-000{number}")
        lab.submit(recipe("SrTiO3", "SrCO3", "TiO2"), "c-0008")
        self.codes = [at(lab.book, f"c-000{n}").code for n in range(1, EXPERIMENTS + 1)]
        lab.close()
        self.book, self.meant = BenchBook(folder / "0"), dict[str, tuple[Shares, float]]()
        self._fresh()

    def _fresh(self) -> None:
        self.book.close()
        self._number += 1
        made = self._folder / str(self._number)
        shutil.copytree(self._folder / "0", made)
        self.book, self.meant = BenchBook(made, must_exist=True), {}

    def next(self) -> str:
        """The code of an experiment without a result."""
        if len(self.meant) == EXPERIMENTS:
            self._fresh()
        return next(code for code in self.codes if code not in self.meant)


def options(draft: Draft, folder: Path) -> Options:
    """What is typed after `athanor record`."""
    said: dict[str, Any] = {"experiment": draft.code, "phases": draft.text, "who": "ada"}
    if draft.csv is not None:
        file = folder / "results.csv"
        file.write_text(draft.csv, encoding="utf-8")
        said = {"csv": file, "who": "ada"}
    return Options(**{**said, **draft.more})


def holds(book: BenchBook, code: str, meant: Shares, deviation: float) -> None:
    """The result of an experiment is what was meant, to the last digit."""
    outcome = book.find(code).outcome
    assert outcome is not None
    found = {p.formula: p.weight_fraction for p in outcome.phases}
    assert found == {n: pytest.approx(share, abs=1e-12) for n, share in meant}
    assert [p.sigma for p in outcome.phases] == pytest.approx([deviation] * len(meant), abs=1e-12)
    assert outcome.unidentified_weight_fraction == 0
    assert outcome.faults == ()


def test_ten_thousand_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no campaigns are
    rng, benches = random.Random(20), Benches(tmp_path)
    came_of: Counter[tuple[str, str]] = Counter()
    for _ in range(RECORDS):
        code, meant = benches.next(), product(rng)
        second = bool(benches.meant) and rng.random() < 0.1
        if second:
            code = rng.choice(list(benches.meant))
        spoiler = rng.choice(SECOND if second else SPOILERS)
        draft = spoiler(rng, Draft(code, written(rng, meant), meant))
        if second and draft.told == "to put it right" and benches.meant[code] == (meant, 0.02):
            continue  # it is no other result
        came = _handed_in(benches.book, draft, code, tmp_path)
        came_of[spoiler.__name__, came] += 1
        if came == "taken":
            benches.meant[code] = meant, draft.deviation
    assert len(came_of) == len({*SPOILERS, *SECOND})  # one thing came of each way
    assert min(came_of.values()) > 100
    assert came_of.total() > RECORDS - 10


def _handed_in(book: BenchBook, draft: Draft, code: str, folder: Path) -> str:
    """Hand a draft in, and hold what came of it against what must."""
    before, given = all_of(book), options(draft, folder)
    try:
        hand_in(book, given)
    except AthanorError as error:
        assert all_of(book) == before, draft
        line = str(error)
        assert "\n" not in line, draft
        assert line.isprintable(), draft
        assert draft.told is not None, (draft, line)
        assert draft.told in line, (draft, line)
        return "refused"
    assert draft.told is None, draft
    holds(book, code, draft.meant, draft.deviation)
    if len(draft.text) % 4:
        return "taken"
    after = all_of(book)
    written = hand_in(book, given)  # pasted twice
    assert written is not None
    assert [each.changed for each in written] == [False]
    assert all_of(book) == after
    return "taken"
