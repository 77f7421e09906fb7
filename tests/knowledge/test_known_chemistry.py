"""What chemists know about these systems, with the sources of the numbers.

Enthalpies and entropies at 298 K behind the temperatures: CRC Handbook of Chemistry and Physics,
97th ed., and Robie & Hemingway, USGS Bulletin 2131 (1995).
"""

import csv
from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pytest

from knowledge.chemistry import atoms
from knowledge.energies import EnergyStack, default_energies
from knowledge.energies.gibbs import gas_ev, solid_ev_per_atom
from knowledge.recipe import AIR

AIR_CO2_ATM = AIR.partial_pressures_atm["CO2"]


@pytest.fixture
def gibbs(energies: EnergyStack) -> Callable[[str, float], float]:
    def of_formula(formula: str, temperature_k: float) -> float:
        return solid_ev_per_atom(energies.energy(formula), temperature_k) * atoms(formula)

    return of_formula


def favourable_from(change: Callable[[float], float]) -> float:
    """Lowest temperature, kelvin, from which a change is negative and stays so."""
    grid = np.arange(300.0, 2001.0, 5.0)
    values = np.array([change(t) for t in grid])
    unfavourable = np.flatnonzero(values > 0)
    assert len(unfavourable), "favourable everywhere"
    assert unfavourable[-1] + 1 < len(grid), "never favourable"
    return float(grid[unfavourable[-1] + 1])


def decomposition_k(gibbs: Callable[[str, float], float], metal: str, co2_atm: float) -> float:
    return favourable_from(
        lambda t: gibbs(f"{metal}O", t) + gas_ev("CO2", t, co2_atm) - gibbs(f"{metal}CO3", t)
    )


def test_barium_titanate_forms_from_676_k(gibbs: Callable[[str, float], float]) -> None:
    """dH = 107 kJ/mol over dS = 159 J/mol/K is about 676 K at 1 atm of CO2, and less in air."""

    def change(t: float, co2_atm: float) -> float:
        reactants = gibbs("BaCO3", t) + gibbs("TiO2", t)
        return gibbs("BaTiO3", t) + gas_ev("CO2", t, co2_atm) - reactants

    sealed = favourable_from(lambda t: change(t, 1.0))
    assert sealed == pytest.approx(676, abs=250)
    assert favourable_from(lambda t: change(t, AIR_CO2_ATM)) < sealed
    changes = [change(t, 1.0) for t in np.arange(400, 1500, 100)]
    assert changes == sorted(changes, reverse=True)


def test_orthotitanate_comes_and_goes(gibbs: Callable[[str, float], float]) -> None:
    """BaCO3 + BaTiO3 -> Ba2TiO4 + CO2 in air above about 1000 K; TiO2 takes it back.

    dH = 240 kJ/mol over dS = 190 J/mol/K and R ln(1/0.0004) puts it at 940 K.
    """

    def forms(t: float) -> float:
        reactants = gibbs("BaCO3", t) + gibbs("BaTiO3", t)
        return gibbs("Ba2TiO4", t) + gas_ev("CO2", t, AIR_CO2_ATM) - reactants

    assert favourable_from(forms) == pytest.approx(940, abs=100)
    for t in (1000, 1200, 1400, 1600):
        assert 2 * gibbs("BaTiO3", t) < gibbs("Ba2TiO4", t) + gibbs("TiO2", t)


def test_carbonates_decompose_in_order(gibbs: Callable[[str, float], float]) -> None:
    """Mg, Ca, Sr, Ba, at 1 atm of CO2 and cooler in air."""
    order = [decomposition_k(gibbs, metal, 1.0) for metal in ("Mg", "Ca", "Sr", "Ba")]
    assert order == sorted(order)
    in_air = [decomposition_k(gibbs, metal, AIR_CO2_ATM) for metal in ("Mg", "Ca", "Sr", "Ba")]
    assert all(air < sealed for air, sealed in zip(in_air, order, strict=True))


def equilibria(fitted: str) -> list[tuple[str, float]]:
    path = files("knowledge.energies").joinpath("data/carbonate_equilibria.csv")
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return [
        (r["formula"].removesuffix("CO3"), float(r["temperature_k"]))
        for r in rows
        if r["fitted"] == fitted
    ]


def test_carbonates_of_the_fit_stand_up_to_their_temperature(
    gibbs: Callable[[str, float], float],
) -> None:
    """Two constants for four carbonates; 100 K are 0.15 eV per carbonate group."""
    for metal, temperature_k in equilibria("yes"):
        assert decomposition_k(gibbs, metal, 1.0) == pytest.approx(temperature_k, abs=100)


@pytest.mark.needs("thermo/formation_energies.csv.gz")
def test_carbonates_outside_the_fit_do_so_too() -> None:
    energies = default_energies()

    def gibbs(formula: str, temperature_k: float) -> float:
        return solid_ev_per_atom(energies.energy(formula), temperature_k) * atoms(formula)

    for metal, temperature_k in equilibria("no"):
        if metal == "Zn":  # below what the Gibbs energies cover, and 95 K or more below experiment
            assert gibbs("ZnO", 300) + gas_ev("CO2", 300) < gibbs("ZnCO3", 300)
            continue
        assert decomposition_k(gibbs, metal, 1.0) == pytest.approx(temperature_k, abs=250)


def test_elements_are_zero(gibbs: Callable[[str, float], float]) -> None:
    for element in ("Ba", "Ti", "Cu", "Mg", "Fe"):
        for t in (300.0, 1000.0, 2000.0):
            assert gibbs(element, t) == 0.0
    for gas in ("O2", "N2", "H2"):
        assert gas_ev(gas, 1000.0) == 0.0
