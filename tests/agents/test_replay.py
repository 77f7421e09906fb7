"""A policy among past results: it learns what it asks for, and nothing else."""

from pathlib import Path

import pytest

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.past.tables import Table, read_table
from agents.policies import Policy
from agents.policies.hottest import HottestPolicy
from agents.policies.random import RandomPolicy
from agents.policies.registry import named_policy, policy_names
from agents.replay import play
from knowledge.energies import EnergyStack
from knowledge.errors import RecordError
from lab.recorded import RecordedLab
from tests.agents.replay_tables import CELLS, PERCENT, cell, known, played, table, write

# One whose suggestions a language model writes needs a server.
POLICIES = [name for name in policy_names() if name != "language"]


@pytest.fixture
def read(tmp_path: Path) -> Table:
    return table(tmp_path / "table.csv")


@pytest.fixture
def candidates(read: Table, energies: EnergyStack) -> Candidates:
    return known(read, energies)


@pytest.mark.parametrize("policy", POLICIES)
def test_unseen_cells_say_nothing(tmp_path: Path, energies: EnergyStack, policy: str) -> None:
    """With other results in all cells not asked yet, what is asked next is the same."""
    read = table(tmp_path / "table.csv")
    candidates = known(read, energies)
    whole = played(read, candidates, named_policy(policy, candidates, 3))
    for seen in range(len(whole)):
        asked = {cell(e) for e in whole[:seen]}
        poisoned = {c: PERCENT[c] if c in asked else 100 - PERCENT[c] for c in CELLS}
        other = table(tmp_path / "poisoned.csv", poisoned)
        lab = RecordedLab(other.results)
        again = known(other, energies)
        steps = play(again, named_policy(policy, again, 3), lab, most=seen + 1).experiments
        assert [e.suggestion for e in steps] == [e.suggestion for e in whole[: seen + 1]]


def test_order_of_rows_and_other_columns_say_nothing(tmp_path: Path, energies: EnergyStack) -> None:
    read = table(tmp_path / "a.csv")
    path = write(tmp_path / "b.csv", dict(reversed(PERCENT.items())))
    lines = path.read_text().splitlines()
    energy = [f"{line},{-number}" for number, line in enumerate(lines[1:])]
    path.write_text("\n".join([f"{lines[0]},reaction_energy_mev_per_atom", *energy]))
    other = read_table(path, read.target)
    assert known(other, energies).to_json() == known(read, energies).to_json()


@pytest.mark.parametrize("policy", POLICIES)
def test_it_ends_when_everything_is_found(read: Table, candidates: Candidates, policy: str) -> None:
    experiments = played(read, candidates, named_policy(policy, candidates, 0))
    found = [e for e in experiments if e.succeeded]
    assert {cell(e) for e in found} == {c for c, y in PERCENT.items() if y == 100}
    assert experiments[-1].succeeded
    assert len({cell(e) for e in experiments}) == len(experiments)


def test_without_success_it_ends_at_the_best(tmp_path: Path, energies: EnergyStack) -> None:
    worse = {c: y / 2 for c, y in PERCENT.items()}
    read = table(tmp_path / "t.csv", worse)
    candidates = known(read, energies)
    experiments = played(read, candidates, RandomPolicy(candidates, 0))
    assert experiments[-1].yield_fraction == 0.5
    assert all(e.yield_fraction < 0.5 for e in experiments[:-1])


def test_a_batch_is_told_together(read: Table, candidates: Candidates) -> None:
    """What is asked for together has seen the same; the last batch may be cut short."""
    experiments = played(read, candidates, HottestPolicy(candidates, 1), batch=3)
    assert [e.suggestion.watermark for e in experiments] == [
        3 * (i // 3) for i in range(len(experiments))
    ]
    assert [e.suggestion.decision_index for e in experiments] == list(range(len(experiments)))


def test_outcomes_are_those_of_the_table(read: Table, candidates: Candidates) -> None:
    lab = RecordedLab(read.results)
    experiments = play(candidates, RandomPolicy(candidates, 5), lab).experiments
    assert {cell(e): round(100 * e.yield_fraction, 9) for e in experiments} == PERCENT


class _Stubborn:
    """Suggests its first candidate again and again, or nothing."""

    name = "stubborn"

    def __init__(self, candidates: Candidates, after: int) -> None:
        self._policy: Policy = RandomPolicy(candidates, 0)
        self._first = self._policy.suggest(History(target=candidates.target), 1)
        self._after = after

    def suggest(self, history: History, count: int) -> list[Suggestion]:  # noqa: ARG002
        return [] if len(history.completed) >= self._after else list(self._first)


@pytest.mark.parametrize(("after", "told"), [(9, "each once"), (1, "suggests nothing")])
def test_a_policy_that_breaks_its_contract(
    read: Table, candidates: Candidates, after: int, told: str
) -> None:
    with pytest.raises(RecordError, match=told):
        play(candidates, _Stubborn(candidates, after), RecordedLab(read.results))
