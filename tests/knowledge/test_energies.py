"""Gibbs energies against pymatgen's own, corrections against the experiments they are fitted to."""

import csv
import math
import statistics
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import GibbsComputedStructureEntry

from knowledge.energies import EnergyStack, EnergyTable, FormationEnergy, embedded_table, tables_in
from knowledge.energies.corrections import GROUP_CORRECTIONS_EV
from knowledge.energies.errors import as_matrix, solid_causes_ev
from knowledge.energies.gibbs import (
    BOLTZMANN_EV_PER_K,
    TRACE_ATM,
    gas_ev,
    gas_potentials_ev,
    grand_potential_ev,
    kelvin,
    solid_ev_per_atom,
)
from knowledge.errors import NoEnergyError, RecordError
from tests.conformance.energy_source import EnergySourceConformance

HEADER = "formula,ev_per_atom,source\n"


class TestTableConforms(EnergySourceConformance):
    def make(self) -> EnergyTable:
        return embedded_table()


class TestStackConforms(EnergySourceConformance):
    def make(self) -> EnergyStack:
        mine = EnergyTable(HEADER + "BaTiO3,-3.4,me\nXeO3,0.1,me\n", "mine")
        return EnergyStack([mine, embedded_table()])


@pytest.mark.parametrize("temperature_k", [300.0, 700.0, 1200.0, 1900.0])
def test_descriptor_is_bartels(temperature_k: float) -> None:
    """pymatgen's implementation on a cell that has the additive volume."""
    entry = FormationEnergy("BaTiO3", -3.5, "test")
    volumes = {r["element"]: float(r["cubic_angstrom_per_atom"]) for r in _table("volumes.csv")}
    volume = volumes["Ba"] + volumes["Ti"] + 3 * volumes["O"]
    cell = Structure(
        Lattice.cubic(volume ** (1 / 3)),
        ["Ba", "Ti", "O", "O", "O"],
        [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
    )
    peer = GibbsComputedStructureEntry(cell, -3.5, temp=temperature_k)
    ours = solid_ev_per_atom(entry, temperature_k)
    assert ours == pytest.approx(peer.energy_per_atom, abs=2e-3)  # volumes have three decimals


def test_gases_follow_the_ideal_law() -> None:
    assert gas_ev("CO2", 1000.0) == pytest.approx(-4.103, abs=2e-3)  # NIST-JANAF, -395.9 kJ/mol
    for gas in ("O2", "CO2", "H2O", "NH3"):
        lower = gas_ev(gas, 800.0, 0.01) - gas_ev(gas, 800.0, 1.0)
        assert lower == pytest.approx(BOLTZMANN_EV_PER_K * 800 * math.log(0.01))
    swept = gas_potentials_ev(800.0, {})
    assert swept["CO2"] == pytest.approx(gas_ev("CO2", 800.0, TRACE_ATM))
    with pytest.raises(NoEnergyError):
        gas_ev("XeF6", 800.0)


def test_grand_potential_is_the_energy_of_giving_off_gas() -> None:
    """CaCO3 less its CO2 and half O2, counted by hand."""
    potentials = {"CO2": -5.0, "O2": -0.6, "H2O": -3.0, "NH3": -1.0, "NO2": -1.0, "N2": -0.5}
    assert grand_potential_ev("CaCO3", -2.0, potentials) == pytest.approx(5 * -2.0 + 5.0 + 0.3)
    assert grand_potential_ev("Ca(OH)2", -2.0, potentials) == pytest.approx(-10.0 + 3.0 + 0.3)
    assert grand_potential_ev("NaNO3", -1.0, potentials) == pytest.approx(-5.0 + 1.0 + 0.3)


def test_temperatures_outside_the_descriptor() -> None:
    assert kelvin(25.0) == 300.0
    assert kelvin(900.0) == pytest.approx(1173.15)
    for given in (1800.0, math.nan, math.inf):
        with pytest.raises(RecordError, match="at most 1727 C"):
            kelvin(given)


@pytest.mark.needs("thermo/formation_energies.csv.gz")
def test_corrections_are_what_the_experiments_say() -> None:
    from experiments.build_energies import carbonate_fit, group_errors
    from knowledge.data_folder import dataset

    table = EnergyTable.read(dataset("thermo/formation_energies.csv.gz"))
    enthalpy, slope, misfits = carbonate_fit(table)
    kept = GROUP_CORRECTIONS_EV["carbonate"]
    assert (enthalpy, slope) == pytest.approx(kept[:2], rel=1e-2)
    assert math.hypot(*(e for _, _, e in misfits)) / math.sqrt(2) == pytest.approx(
        kept[2], abs=0.01
    )
    for group, errors in group_errors(table).items():
        if group == "carbonate":
            continue
        mean, _, spread = GROUP_CORRECTIONS_EV[group]
        assert statistics.mean(errors.values()) == pytest.approx(mean, abs=1e-3)
        assert statistics.stdev(errors.values()) == pytest.approx(spread, abs=1e-3)


@pytest.mark.needs("thermo/formation_energies.csv.gz")
def test_embedded_table_is_what_its_command_writes() -> None:
    from experiments.build_energies import showcase_phases
    from knowledge.data_folder import dataset

    made = showcase_phases(EnergyTable.read(dataset("thermo/formation_energies.csv.gz")))
    kept = [(r["formula"], float(r["ev_per_atom"]), r["source"]) for r in _table("embedded.csv")]
    assert made == kept
    assert len(kept) <= 1000


def test_interpolation_between_end_members(energies: EnergyStack) -> None:
    """Vegard's line and the ideal entropy of one mixed site, -k (0.7 ln 0.7 + 0.3 ln 0.3)."""
    ends = [energies.energy(f).ev_per_atom for f in ("LaMnO3", "SrMnO3")]
    mixed = energies.energy("La0.7Sr0.3MnO3")
    assert mixed.kind == "interpolated"
    assert mixed.ev_per_atom == pytest.approx(0.7 * ends[0] + 0.3 * ends[1])
    entropy = -BOLTZMANN_EV_PER_K * (0.7 * math.log(0.7) + 0.3 * math.log(0.3)) / 5
    assert mixed.mixing_entropy_ev_per_atom_k == pytest.approx(entropy)
    assert mixed.sigma_ev_per_atom > energies.energy("LaMnO3").sigma_ev_per_atom
    assert energies.energy("La7Sr3Mn10O30").ev_per_atom == pytest.approx(mixed.ev_per_atom)


def test_interpolation_of_oxygen() -> None:
    table = EnergyTable(HEADER + "SrFeO2,-2.0,a\nSrFeO3,-2.4,b\n", "two")
    between = EnergyStack([table]).energy("SrFeO2.5")
    assert between.kind == "interpolated"
    assert between.ev_per_atom * 4.5 == pytest.approx((-2.0 * 4 - 2.4 * 5) / 2)


def test_the_first_source_wins() -> None:
    mine = EnergyTable(HEADER + "BaTiO3,-3.4,me\n", "mine")
    stack = EnergyStack([mine, embedded_table()])
    assert stack.energy("BaTiO3").source == "mine: me"
    assert stack.energy("BaCO3").source.startswith("embedded")
    assert stack.fingerprint != EnergyStack([embedded_table()]).fingerprint


def test_corrected_energies_are_not_corrected_again() -> None:
    header = "formula,ev_per_atom,source,corrected\n"
    raw, corrected = (
        EnergyStack([EnergyTable(header + f"CaCO3,-2.5,me,{flag}\n", "mine")]).energy("CaCO3")
        for flag in ("", "yes")
    )
    difference = solid_ev_per_atom(raw, 1000) - solid_ev_per_atom(corrected, 1000)
    enthalpy, slope, _ = GROUP_CORRECTIONS_EV["carbonate"]
    assert difference == pytest.approx((enthalpy + slope * 1000) / 5)
    assert ("group", "carbonate") in solid_causes_ev(raw, 1000)
    assert ("group", "carbonate") not in solid_causes_ev(corrected, 1000)


def reaction_sigma_ev(energies: EnergyStack, change: dict[str, float]) -> float:
    causes = as_matrix([solid_causes_ev(energies.energy(f), 1000) for f in change])
    return float(np.linalg.norm(np.array(list(change.values())) @ causes))


def test_what_like_phases_err_together_cancels(energies: EnergyStack) -> None:
    """In Ba2TiO4 + TiO2 -> 2 BaTiO3 no element comes or goes: only the phases' own errors stay."""
    change = {"Ba2TiO4": -1.0, "TiO2": -1.0, "BaTiO3": 2.0}
    own = [
        solid_causes_ev(energies.energy(f), 1000)["own", energies.energy(f).formula] * n
        for f, n in change.items()
    ]
    assert reaction_sigma_ev(energies, change) == pytest.approx(np.linalg.norm(own))
    # Giving off a carbonate is known less well than passing it on.
    released = reaction_sigma_ev(energies, {"BaCO3": -1.0, "BaO": 1.0})
    passed_on = reaction_sigma_ev(energies, {"BaCO3": -1.0, "BaO": 1.0, "CaO": -1.0, "CaCO3": 1.0})
    assert passed_on < released


def test_ternary_oxides_err_as_hautier_found(energies: EnergyStack) -> None:
    """0.024 eV/atom for ternaries from binary oxides (Phys. Rev. B 85, 155208), at 0 K."""
    entries = [energies.energy(f) for f in ("BaO", "TiO2", "BaTiO3")]
    own = [e.sigma_ev_per_atom * n for e, n in zip(entries, (2, 3, 5), strict=True)]
    assert np.linalg.norm(own) / 5 == pytest.approx(0.024, rel=0.05)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "needs `formula`"),
        (HEADER + "BaO,abc,me\n", "line 2"),
        (HEADER + "BaO,nan,me\n", "line 2"),
        (HEADER + ",-1,me\n", "line 2"),
        (HEADER, "no row"),
        ("", "columns none"),
    ],
)
def test_broken_tables_are_named(text: str, said: str) -> None:
    with pytest.raises(RecordError, match=said):
        EnergyTable(text, "mine.csv")


def test_tables_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "thermo").mkdir()
    (tmp_path / "thermo" / "formation_energies_mine.csv").write_text(HEADER + "BaO,-3,me\n")
    (tmp_path / "thermo" / "other.csv").write_text("not,a,table\n")
    assert [t.name for t in tables_in(tmp_path)] == ["formation_energies_mine.csv"]
    broken = tmp_path / "thermo" / "formation_energies_x.csv.gz"
    broken.write_bytes(b"not gzip")
    with pytest.raises(RecordError, match="cannot read"):
        EnergyTable.read(broken)


def test_missing_energies_say_how_to_get_them(energies: EnergyStack) -> None:
    for target in ("LiCoO2", "UO2", "BaNb2O6"):
        with pytest.raises(NoEnergyError, match="ATHANOR_DATA"):
            energies.require(target)


def test_tables_name_their_sources() -> None:
    for name in ("embedded.csv", "volumes.csv", "experimental_enthalpies.csv"):
        assert all(row["source"].strip() for row in _table(name))
    assert np.isfinite([float(r["ev_per_atom"]) for r in _table("embedded.csv")]).all()


def _table(name: str) -> list[dict[str, str]]:
    text = files("knowledge.energies").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
