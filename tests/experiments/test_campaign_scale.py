"""The measure of large campaigns: its journal is a real one, and bad input is one line."""

from pathlib import Path

import pytest

from experiments.campaign_scale import formulas, journal_opens
from knowledge.errors import AthanorError
from tests.commands import command


def test_a_journal_of_so_many_events_is_opened(tmp_path: Path) -> None:
    found = journal_opens(301, tmp_path)
    assert (found["events"], found["experiments"], found["pending"]) == (301, 100, 0)


@pytest.mark.parametrize("count", [0, -1, 10_000])
def test_targets_that_there_are_not(count: int) -> None:
    with pytest.raises(AthanorError, match="there are 1 to"):
        formulas(count)


def test_bad_input_is_one_line() -> None:
    done = command("experiments.campaign_scale", "--events", "0")
    assert done.returncode == 2
    assert "--events is 0" in done.stderr
    assert "Traceback" not in done.stderr
