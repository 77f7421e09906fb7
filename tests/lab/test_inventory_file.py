"""An inventory in a file: shared by processes, and whole after a kill."""

import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.errors import RecordError
from lab import Refused
from lab.inventory import Inventory

BOTTLES = [
    {"formula": "BaCO3", "grams": 8, "lot": "A1"},
    {"formula": "TiO2", "grams": 2},
    "CuO",
]


def test_the_same_configuration_again(tmp_path: Path) -> None:
    first = Inventory(BOTTLES, tmp_path / "stock.sqlite")
    first.reserve("e1", {"BaCO3": 4})
    first.weigh("e1", "BaCO3", 1)
    first.close()
    again = Inventory([*BOTTLES, "ZnO"], tmp_path / "stock.sqlite")
    assert again.left_g("BaCO3") == 7
    assert again.free_g("BaCO3") == 4
    assert again.formulas == ("BaCO3", "TiO2", "CuO", "ZnO")
    again.reserve("e1", {"BaCO3": 4})
    assert again.free_g("BaCO3") == 4
    with pytest.raises(RecordError, match="another lot of TiO2 without a name"):
        Inventory([{"formula": "TiO2", "grams": 3}], tmp_path / "stock.sqlite")
    assert again.left_g("TiO2") == 2


def test_two_connections_never_share_out_the_same_gram(tmp_path: Path) -> None:
    ours = Inventory([{"formula": "BaCO3", "grams": 1}], tmp_path / "stock.sqlite")
    theirs = Inventory(file=tmp_path / "stock.sqlite")
    ours.reserve("e1", {"BaCO3": 1})
    with pytest.raises(Refused, match="promised to others"):
        theirs.weigh("e2", "BaCO3", 1)
    ours.release("e1")
    theirs.weigh("e2", "BaCO3", 1)
    with pytest.raises(Refused, match="0 g are left"):
        ours.reserve("e1", {"BaCO3": 1})


def test_processes_side_by_side(tmp_path: Path) -> None:
    """Three at once ask for 30 of 20 g, one by one: 20 get one."""
    greedy = (
        "import sys\nfrom lab import Refused\nfrom lab.inventory import Inventory\ngot = 0\n"
        "stock = Inventory([{'formula': 'BaCO3', 'grams': 20}], sys.argv[1])\n"
        "for n in range(10):\n"
        "    try: stock.weigh(f'{sys.argv[2]}-{n}', 'BaCO3', 1); got += 1\n"
        "    except Refused: pass\n"
        "print(got)"
    )
    file = tmp_path / "stock.sqlite"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", greedy, str(file), str(n)], stdout=subprocess.PIPE, text=True
        )
        for n in range(3)
    ]
    assert sum(int(p.communicate(timeout=120)[0]) for p in running) == 20
    assert Inventory(file=file).left_g("BaCO3") == 0


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    doomed = (
        "import os, signal, sys\nfrom lab.inventory import Inventory\n"
        "stock = Inventory([{'formula': 'BaCO3', 'grams': 20}], sys.argv[1])\n"
        "stock.reserve('e1', {'BaCO3': 5})\nstock.weigh('e1', 'BaCO3', 2)\n"
        "stock._keeper._db.execute('BEGIN IMMEDIATE')\n"
        "stock._keeper._db.execute('DELETE FROM lots')\n"  # half a change
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    file = tmp_path / "stock.sqlite"
    killed = subprocess.run([sys.executable, "-c", doomed, str(file)], timeout=120, check=False)
    assert killed.returncode == -9
    stock = Inventory(file=file)
    assert (stock.left_g("BaCO3"), stock.free_g("BaCO3")) == (18, 15)


def test_files_that_are_no_inventory(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "text").write_text("not a database, but long enough to be taken for one" * 99)
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.execute("CREATE TABLE events (x)")
    for name, said in (
        ("text", "not a database"),
        ("other.sqlite", "is a database but no inventory"),
        ("no/folder.sqlite", "name a file in a folder that can be written"),
    ):
        with pytest.raises(RecordError, match=said):
            Inventory(BOTTLES, tmp_path / name)
