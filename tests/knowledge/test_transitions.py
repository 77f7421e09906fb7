"""The table of transition temperatures against textbooks, and what the estimates are worth."""

import math
from statistics import fmean

import numpy as np
import pytest

from knowledge.chemistry import identity, molecular_groups, parse, whole_formula
from knowledge.errors import FormulaError
from knowledge.recipe import ABSOLUTE_ZERO_C, GASES
from knowledge.transitions import (
    ZERO_CELSIUS_K,
    class_rule,
    decomposition,
    melting,
    oxide_rule,
    salt_rule,
    transition,
    transitions,
)

ROWS = list(transitions().values())


def test_every_row_is_whole() -> None:
    for row in ROWS:
        parse(row.formula)
        assert row.source
        assert row.melting_c is not None or row.change_c is not None
        assert (row.change_c is None) == (row.change == "")
        assert row.gas in ("", *GASES)
        assert (row.gas == "") == (row.gas_atm is None)
        for celsius in (row.melting_c, row.change_c):
            assert celsius is None or ABSOLUTE_ZERO_C < celsius < 4000


def test_no_solid_is_told_twice() -> None:
    from csv import DictReader
    from importlib.resources import files

    text = files("knowledge").joinpath("transition_temperatures.csv").read_text(encoding="utf-8")
    formulas = [row["formula"] for row in DictReader(text.splitlines())]
    assert len({identity(f) for f in formulas}) == len(formulas)


def test_what_is_left_is_in_the_table_and_melts() -> None:
    """A salt that falls apart leaves a solid whose own melting point can be had."""
    for row in ROWS:
        if row.becomes and molecular_groups(row.formula):
            left = transition(row.becomes)
            assert left is not None, row
            assert left.melting_c is not None or left.change_c is not None


@pytest.mark.parametrize(
    ("formula", "textbook_c"),
    [  # Wikipedia and common textbooks, which round; handbooks differ by tens of degrees
        ("NaCl", 801),
        ("SiO2", 1713),
        ("Al2O3", 2072),
        ("MgO", 2852),
        ("V2O5", 690),
        ("MoO3", 795),
        ("Li2CO3", 723),
        ("Na2CO3", 851),
        ("PbO", 888),
        ("BaTiO3", 1625),
        ("LiNbO3", 1250),
        ("Fe", 1538),
        ("W", 3422),
    ],
)
def test_melting_points_are_the_textbooks(formula: str, textbook_c: float) -> None:
    assert melting(formula).mean_c == pytest.approx(textbook_c, abs=30)


@pytest.mark.parametrize(
    ("formula", "textbook_c"),
    [("CaCO3", 898), ("BaCO3", 1360), ("Mg(OH)2", 350), ("Co3O4", 900), ("PbO2", 290)],
)
def test_decompositions_are_the_textbooks(formula: str, textbook_c: float) -> None:
    assert decomposition(formula).mean_c == pytest.approx(textbook_c, abs=10)


def test_alkaline_earth_carbonates_get_more_stable_down_the_group() -> None:
    found = [decomposition(f"{m}CO3").mean_c for m in ("Mg", "Ca", "Sr", "Ba")]
    assert found == sorted(found)


def test_the_error_of_the_oxide_rule_is_what_leaving_out_finds() -> None:
    """Each row is predicted by the geometric mean of the others; oxides themselves stay in."""
    rule = oxide_rule()
    known = np.array([math.log(melting(f).mean_c + ZERO_CELSIUS_K) for f in rule.rows])
    factors = known - _means(rule.rows)
    errors = [factors[i] - fmean(np.delete(factors, i).tolist()) for i in range(len(factors))]
    assert rule.errors == pytest.approx(errors)
    assert rule.sigma == pytest.approx(float(np.sqrt(np.mean(np.square(errors)))))
    assert len(rule.rows) >= 50
    assert math.exp(rule.coefficients[0]) == pytest.approx(0.87, abs=0.005)  # as the module says
    assert rule.sigma == pytest.approx(0.24, abs=0.005)  # 24 % of the absolute temperature


def _means(formulas: tuple[str, ...]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Log mean of the oxides by hand, for elements whose oxide in air is plain."""
    oxides = {
        "Ba": "BaO", "Ca": "CaO", "Sr": "SrO", "Mg": "MgO", "Li": "Li2O", "Na": "Na2O",
        "K": "K2O", "Al": "Al2O3", "Si": "SiO2", "Ti": "TiO2", "Zr": "ZrO2", "B": "B2O3",
        "P": "P2O5", "W": "WO3", "Mo": "MoO3", "Pb": "PbO", "Cr": "Cr2O3", "V": "V2O5",
        "Nb": "Nb2O5", "Ta": "Ta2O5", "Y": "Y2O3", "Cu": "Cu2O", "Fe": "Fe3O4", "Mn": "Mn3O4",
        "Zn": "ZnO", "Cd": "CdO", "Ni": "NiO",
    }  # fmt: skip
    found = []
    for formula in formulas:
        solid = {str(e): n for e, n in parse(formula).items() if str(e) not in "OCHN"}
        kelvin = {e: melting(oxides[e]).mean_c + ZERO_CELSIUS_K for e in solid}
        found.append(math.log(sum(n * kelvin[e] for e, n in solid.items()) / sum(solid.values())))
    return np.array(found)


def test_the_error_of_the_salt_rule_is_what_leaving_out_finds() -> None:
    from pymatgen.core import Element

    rule = salt_rule("carbonate")
    metals = [next(str(e) for e in parse(f) if str(e) not in "CO") for f in rule.rows]
    x = np.array([Element(m).X for m in metals])
    y = np.log([decomposition(f).mean_c + ZERO_CELSIUS_K for f in rule.rows])
    errors = []
    for i in range(len(x)):
        line = np.polyfit(np.delete(x, i), np.delete(y, i), 1)
        errors.append(float(y[i] - np.polyval(line, x[i])))
    assert rule.errors == pytest.approx(errors)
    assert rule.coefficients[1] < 0
    assert rule.sigma == pytest.approx(0.33, abs=0.01)


@pytest.mark.parametrize("formula", ["Ba2TiO4", "LiTiPO5", "La0.7Sr0.3MnO3", "RbBr", "Fe3C", "Sc"])
def test_an_estimate_says_so_and_is_wide(formula: str) -> None:
    found = melting(formula)
    assert "an estimate" in found.source
    assert found.sigma_c > 150
    assert transitions().get(identity(formula)) is None


def test_a_class_with_few_rows_leans_on_all() -> None:
    assert len(class_rule("halide").rows) < len(class_rule("nitride").rows)


def test_no_formula_is_an_error() -> None:
    with pytest.raises(FormulaError):
        melting("Xx2O3")


def test_one_solid_however_it_is_written() -> None:
    for written in ("TiO2", "Ti2O4", "O2Ti"):
        assert transition(written) == transition("TiO2")
    assert whole_formula("YBa2Cu3O6.5") != whole_formula("YBa2Cu3O7")
    assert transition("YBa2Cu3O6.5") == transition("YBa2Cu3O7")
