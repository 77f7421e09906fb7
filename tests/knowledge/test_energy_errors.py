"""Errors of energies: what each cause gives, and what cancels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.energies import EnergyStack, FormationEnergy
from knowledge.energies.corrections import (
    GROUP_CORRECTIONS_EV,
    group_correction_ev,
    group_sigmas_ev,
)
from knowledge.energies.errors import (
    DESCRIPTOR_SIGMA_EV_PER_ATOM_AT_1000_K,
    ELEMENT_SIGMA_EV,
    GAS_SIGMA_EV_PER_ATOM,
    OXYGEN_SIGMA_EV,
    as_matrix,
    cause_names,
    gas_causes_ev,
    solid_causes_ev,
)


def test_causes_of_a_carbonate_by_hand() -> None:
    """Its oxygen is all in the group, whose error the group has."""
    entry = FormationEnergy("BaCO3", -2.5, "test", sigma_ev_per_atom=0.03)
    descriptor = DESCRIPTOR_SIGMA_EV_PER_ATOM_AT_1000_K * 1.2
    assert solid_causes_ev(entry, 1200.0) == pytest.approx(
        {
            ("own", "BaCO3"): 5 * (0.03**2 + descriptor**2) ** 0.5,
            ("element", "Ba"): ELEMENT_SIGMA_EV,
            ("group", "carbonate"): GROUP_CORRECTIONS_EV["carbonate"][2],
        }
    )


def test_causes_of_an_oxide_an_element_and_a_corrected_energy() -> None:
    oxide = solid_causes_ev(FormationEnergy("Y2O3", -3.9, "test"), 1000.0)
    assert oxide["element", "Y"] == pytest.approx(2 * ELEMENT_SIGMA_EV)
    assert oxide["element", "O"] == pytest.approx(3 * OXYGEN_SIGMA_EV)
    assert solid_causes_ev(FormationEnergy("Y", 0.0, "test"), 1000.0) == {}
    known = FormationEnergy("CaCO3", -2.5, "test", corrected=True)
    assert [kind for kind, _ in solid_causes_ev(known, 1000.0)] == ["own"]


def test_gases_err_for_each_molecule() -> None:
    assert gas_causes_ev({"CO2": -1.0, "O2": 0.5}) == pytest.approx(
        {("gas", "CO2"): -3 * GAS_SIGMA_EV_PER_ATOM, ("gas", "O2"): GAS_SIGMA_EV_PER_ATOM}
    )


CAUSES = st.dictionaries(
    st.tuples(st.sampled_from(["own", "element", "gas"]), st.sampled_from("ABCD")),
    st.floats(-1, 1),
)


@given(st.lists(CAUSES, min_size=1, max_size=5))
def test_matrix_holds_every_cause_once(rows: list[dict[tuple[str, str], float]]) -> None:
    matrix, names = as_matrix(rows), cause_names(rows)
    assert len(set(names)) == len(names)
    assert matrix.shape == (len(rows), len(names))
    for line, row in zip(matrix, rows, strict=True):
        assert {n: v for n, v in zip(names, line, strict=True) if n in row} == row
        assert all(v == 0 for n, v in zip(names, line, strict=True) if n not in row)


def test_what_is_on_both_sides_cancels_and_what_is_not_stays(energies: EnergyStack) -> None:
    """CaCO3 + SrO -> CaO + SrCO3 passes a carbonate on, CaCO3 -> CaO gives it off."""
    formulas = ["CaCO3", "SrO", "CaO", "SrCO3"]
    rows = [solid_causes_ev(energies.energy(f), 1000.0) for f in formulas]
    matrix, names = as_matrix(rows), cause_names(rows)
    passed_on = dict(zip(names, np.array([-1.0, -1.0, 1.0, 1.0]) @ matrix, strict=True))
    for (kind, name), error in passed_on.items():
        if kind != "own":
            assert error == pytest.approx(0.0, abs=1e-15), (kind, name)
        else:
            assert error != 0
    given_off = dict(zip(names, np.array([-1.0, 0.0, 1.0, 0.0]) @ matrix, strict=True))
    assert given_off["group", "carbonate"] == -GROUP_CORRECTIONS_EV["carbonate"][2]
    assert given_off["element", "Ca"] == 0


def test_corrections_by_hand() -> None:
    enthalpy, slope, sigma = GROUP_CORRECTIONS_EV["carbonate"]
    assert group_correction_ev("CaCO3", 900.0) == pytest.approx(enthalpy + 900 * slope)
    assert group_correction_ev("La2(CO3)3", 900.0) == pytest.approx(3 * (enthalpy + 900 * slope))
    assert group_sigmas_ev("La2(CO3)3") == pytest.approx({"carbonate": 3 * sigma})
    nitrate, none, _ = GROUP_CORRECTIONS_EV["nitrate"]
    assert none == 0
    assert group_correction_ev("Ba(NO3)2", 300.0) == pytest.approx(2 * nitrate)
    assert group_correction_ev("Ba(NO3)2", 1500.0) == group_correction_ev("Ba(NO3)2", 300.0)
    for plain in ("BaTiO3", "O2", "CaC2", "TiN"):
        assert group_correction_ev(plain, 900.0) == 0
        assert group_sigmas_ev(plain) == {}
