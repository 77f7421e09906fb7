"""Promises of labs that keep no state: they end with the process, also when that was killed.

Books in a file would keep them for ever. So they are made in the name of the process, and whoever
opens the books next ends those of processes that are no more.
"""

import os
import re
import socket

from lab.inventory import Inventory

_NAME = re.compile(r".* \[process (?P<process>\d+) on (?P<host>.*)\]", re.DOTALL)


def promised_as(experiment_id: str) -> str:
    """The name in the books of an experiment that ends with this process."""
    return f"{experiment_id} [process {os.getpid()} on {socket.gethostname()}]"


def release_of_the_dead(stock: Inventory) -> None:
    """End the promises of processes of this machine that are no more.

    Those of another machine stay: whether it still works is not to be seen from here.
    """
    for name in stock.promised:
        found = _NAME.fullmatch(name)
        if found and found["host"] == socket.gethostname() and not _lives(int(found["process"])):
            stock.release(name)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
