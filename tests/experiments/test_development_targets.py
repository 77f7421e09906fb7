"""Targets for development keep away from those that are reported on."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import experiments
from experiments.development_targets import (
    COUNT,
    NEAR_HULL_EV_PER_ATOM,
    RESERVED,
    above_hull_ev_per_atom,
    drawn,
    kind,
    quotas,
    system,
)
from experiments.simulated_alab import TARGETS, targets_in
from knowledge.chemistry import charge_doubt
from knowledge.data_folder import dataset
from knowledge.energies import EnergyTable, embedded_table

TABLE = Path(experiments.__file__).parent / "data/development_targets.csv"
ENERGIES = "thermo/formation_energies.csv.gz"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_table_keeps_the_rules(rows: list[dict[str, str]]) -> None:
    targets = [row["target"] for row in rows]
    assert len(targets) == COUNT == len({row["system"] for row in rows})
    assert [system(t) for t in targets] == [row["system"] for row in rows]
    assert not {row["system"] for row in rows} & set(RESERVED)
    assert all(float(r["ev_per_atom_above_hull"]) <= NEAR_HULL_EV_PER_ATOM for r in rows)
    assert all(row["source"] for row in rows)
    assert not [t for t in targets if charge_doubt(t)]


@pytest.mark.needs(TARGETS)
def test_it_is_like_the_reported_targets_and_shares_no_system(rows: list[dict[str, str]]) -> None:
    reported = targets_in(dataset(TARGETS))
    assert not {row["system"] for row in rows} & {system(t) for t in reported}
    assert Counter(kind(row["target"]) for row in rows) == quotas(reported, COUNT)


@pytest.mark.needs(ENERGIES)
def test_it_is_what_the_energies_say(rows: list[dict[str, str]]) -> None:
    table = EnergyTable.read(dataset(ENERGIES))
    for row in rows[::8]:
        above = above_hull_ev_per_atom(table, row["target"])
        assert f"{above:.3f}" == row["ev_per_atom_above_hull"]


def test_hulls() -> None:
    """A stable compound lies on its hull; one of copper beyond its valences does not."""
    table = embedded_table()
    assert above_hull_ev_per_atom(table, "BaTiO3") == 0
    assert above_hull_ev_per_atom(table, "Ba(CuO)4") > 0.01


def test_kinds() -> None:
    assert system("BaTiO3") == system("Ba2TiO4") == "Ba-O-Ti"
    assert kind("BaTiO3") == (3, False)
    assert kind("CaNi(PO3)4") == (4, True)


def test_only_oxides_of_what_is_in_bottles_are_drawn() -> None:
    told = ["BaTiO3", "BaTi", "UO2", "Ba2ZrSnO6", "LiTiPO5"]
    assert sorted(drawn(told, seed=3)) == ["Ba2ZrSnO6", "BaTiO3"]
    assert list(drawn(told * 9, 1)) != list(drawn(told * 9, 2))


def test_quotas_by_hand() -> None:
    """2, 1 and 1 of four make 5, 2.5 and 2.5 of ten."""
    targets = ["BaTiO3", "BaZrO3", "Ba2ZrSnO6", "CaNi(PO3)4", "Ba9Ca3La4(Fe4O15)2", "BaNaMgFePO4"]
    found = quotas([*targets[:4], "BaNaMgFePO4"], 10)
    assert found == {(3, False): 5, (4, False): 3, (4, True): 2}


@given(
    st.lists(st.sampled_from(["BaTiO3", "CaNi(PO3)4", "Ba2ZrSnO6", "KBaPrWO6"]), min_size=1),
    st.integers(0, 60),
)
def test_quotas_add_up(formulas: list[str], count: int) -> None:
    found = quotas(formulas, count)
    assert sum(found.values()) == count
    for k, n in found.items():
        exact = count * sum(kind(f) == k for f in formulas) / len(formulas)
        assert abs(n - exact) < 1
