"""Formulas, identities and balances, with answers from the back of a textbook."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from knowledge.balance import amounts, balance, precursor_sets
from knowledge.chemistry import (
    VOLATILE_ELEMENTS,
    anion_class,
    charge_doubt,
    identity,
    molecular_groups,
    parse,
)
from knowledge.errors import FormulaError, UnbalancedError

OXIDES = {"Ba": "BaCO3", "Ti": "TiO2", "Y": "Y2O3", "Cu": "CuO", "La": "La2O3", "Sr": "SrO",
          "Mn": "MnO2", "Li": "LiOH", "P": "NH4H2PO4", "Na": "NaNO3", "Fe": "Fe2O3"}  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("La0.7Sr0.3MnO3", "La7Sr3Mn10O30"),
        ("La0.667Sr0.333MnO3", "La2SrMn3O9"),  # rounded thirds
        ("YBa2Cu3O6.5", "YBa2Cu3O7"),  # one phase, oxygen from 6 to 7
        ("Y0.5BaCu1.5O3.4", "Ba2YCu3O7"),
        ("Ca(OH)2", "CaH2O2"),
        ("CoCl2·6H2O", "CoCl2.6H2O"),
        (" Ba Ti O3 ", "BaTiO3"),
    ],
)
def test_one_phase_many_spellings(first: str, second: str) -> None:
    assert identity(first) == identity(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("BaTiO3", "Ba2TiO4"), ("YBa2Cu3O5", "YBa2Cu3O7"), ("FeO", "Fe2O3"), ("NaN", "NaN3"),
     ("CoCl2·6H2O", "CoCl2"), ("La0.7Sr0.3MnO3", "La0.6Sr0.4MnO3"), ("Mn2O3", "MnO2")],
)  # fmt: skip
def test_different_phases(first: str, second: str) -> None:
    assert identity(first) != identity(second)


@pytest.mark.parametrize("text", ["", "  ", "Xx2", "ba", "BaTiO3+", "Ba-1Ti", "123", "(", "Ba1e9O"])
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(FormulaError, match="write it like"):
        parse(text)


def test_textbook_balances() -> None:
    ybco = balance("YBa2Cu3O7", ["Y2O3", "BaCO3", "CuO"])
    assert ybco.precursors == pytest.approx({"Y2O3": 0.5, "BaCO3": 2, "CuO": 3})
    assert ybco.gases_in == pytest.approx({"O2": 0.25})
    assert ybco.gases_out == pytest.approx({"CO2": 2})
    ammonium = balance("CaFe2P2O9", ["CaCO3", "Fe2O3", "NH4H2PO4"])
    assert ammonium.gases_out == pytest.approx({"CO2": 1, "NH3": 2, "H2O": 3})
    nitrate = balance("LiMn2O4", ["LiNO3", "MnO2"])
    assert nitrate.gases_out == pytest.approx({"NO2": 1, "O2": 0.5})
    assert balance("BaTiO3", ["BaCO3", "TiO2"]).equation == "BaCO3 + TiO2 -> BaTiO3 + CO2"


def test_unbalanced_says_what_to_do() -> None:
    for precursors in (["BaCO3"], ["BaCO3", "TiO2", "BaO"], ["BaCO3", "TiO2", "SrO"], []):
        with pytest.raises(UnbalancedError, match="choose precursors"):
            balance("BaTiO3", precursors)
    with pytest.raises(UnbalancedError, match="among its own precursors"):
        balance("YBa2Cu3O7", ["YBa2Cu3O6"])
    with pytest.raises(UnbalancedError, match="besides O, C, H and N"):
        balance("CO2", ["BaCO3"])


fractions = st.integers(1, 20).map(lambda n: n / 10)


@given(
    st.dictionaries(st.sampled_from(sorted(OXIDES)), fractions, min_size=1, max_size=4),
    st.integers(1, 12),
)
def test_every_reaction_conserves_every_element(cations: dict[str, float], oxygen: int) -> None:
    target = "".join(f"{e}{n}" for e, n in cations.items()) + f"O{oxygen}"
    assume(identity(target) not in {identity(OXIDES[e]) for e in cations})  # Mn0.5O is MnO2
    found = balance(target, [OXIDES[e] for e in cations])
    for element in {str(e) for e in parse(target)} | VOLATILE_ELEMENTS:
        left = sum(n * parse(f)[element] for f, n in {**found.precursors, **found.gases_in}.items())
        right = parse(target)[element]
        right += sum(n * parse(f)[element] for f, n in found.gases_out.items())
        assert left == pytest.approx(right, abs=1e-8)


@given(st.dictionaries(st.sampled_from(sorted(OXIDES)), fractions, min_size=1, max_size=4))
def test_identity_does_not_depend_on_scale(cations: dict[str, float]) -> None:
    spelt = [
        "".join(f"{e}{n * k:.6f}" for e, n in cations.items()) + f"O{3 * k}" for k in (1, 2, 5)
    ]
    assert len({identity(s) for s in spelt}) == 1
    assert identity(identity(spelt[0])) == identity(spelt[0])


def test_precursor_sets_are_all_of_them() -> None:
    inventory = ["BaCO3", "BaO", "TiO2", "BaTiO3", "SrO", "Ba2TiO4"]
    assert precursor_sets("BaTiO3", inventory) == [
        ("Ba2TiO4", "TiO2"),
        ("BaCO3", "TiO2"),
        ("BaO", "TiO2"),
    ]
    assert precursor_sets("BaTiO3", inventory[::-1]) == precursor_sets("BaTiO3", inventory)
    assert amounts("BaTiO3", ("Ba2TiO4", "TiO2")) == pytest.approx({"Ba2TiO4": 0.5, "TiO2": 0.5})


@pytest.mark.parametrize(
    ("formula", "groups"),
    [
        ("NH4H2PO4", {"ammonium": 1, "hydroxyl": 2}),
        ("(NH4)2HPO4", {"ammonium": 2, "hydroxyl": 1}),
        ("Ca(NO3)2", {"nitrate": 2}),
        ("LiNO3·3H2O", {"nitrate": 1, "hydroxyl": 6}),
        ("NaHCO3", {"carbonate": 1, "hydroxyl": 1}),
        ("BaC2O4", {}),
        ("NH4Cl", {"ammonium": 1}),
        ("BaTiO3", {}),
    ],
)
def test_molecular_groups(formula: str, groups: dict[str, float]) -> None:
    assert molecular_groups(formula) == groups


def test_doubt_about_charges_is_said_of_small_formulas() -> None:
    assert "BaO2" in (charge_doubt("BaO2") or "")
    assert charge_doubt("Fe3C") is not None
    for fine in ("BaTiO3", "La0.7Sr0.3MnO3", "YBa2Cu3O7", "Cu", "Ba6Na2V2Sb2O17"):
        assert charge_doubt(fine) is None


def test_anion_classes() -> None:
    kinds = {"BaTiO3": "oxide", "LiFePO4": "phosphate", "CdS": "sulfide", "LaOF": "oxyfluoride",
             "Fe3Al": "intermetallic", "Si3N4": "nitride"}  # fmt: skip
    assert {f: anion_class(f) for f in kinds} == kinds
