"""Two processes: results in order or as they come, errors that arrive, a killed process told."""

import os
import signal
import time

import pytest

from experiments.side_by_side import as_done, in_order, workers
from knowledge.errors import AthanorError


def slowly(number: int) -> int:
    time.sleep(0.2 * (number == 0))
    return number * number


def third_fails(number: int) -> int:
    if number == 2:
        raise AthanorError("the third")
    return number


def ends(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def threads(_: int) -> int:
    import torch

    return torch.get_num_threads()


def test_all_is_done_once_in_whatever_order() -> None:
    with workers() as pool:
        assert in_order(pool, slowly, range(6)) == [0, 1, 4, 9, 16, 25]
        assert sorted(as_done(pool, slowly, range(6))) == [0, 1, 4, 9, 16, 25]
        assert in_order(pool, slowly, []) == []
        assert set(in_order(pool, threads, range(4))) == {1}


def test_an_error_comes_through_and_ends_the_work() -> None:
    with pytest.raises(AthanorError, match="the third"), workers() as pool:
        list(as_done(pool, third_fails, range(500)))


def test_a_process_that_was_killed_is_told() -> None:
    with pytest.raises(AthanorError, match="ended from outside"), workers() as pool:
        list(as_done(pool, ends, range(5)))
