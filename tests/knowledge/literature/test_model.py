"""The shipped model: the contract of every proposer, known syntheses, odd formulas, its folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.balance import amounts, balance
from knowledge.chemistry import identity
from knowledge.errors import AthanorError, FormulaError, RecordError
from knowledge.literature import LiteratureModel, literature_model
from knowledge.literature.language import read_target, weighable
from knowledge.literature.model import LIKELIEST, WEIGHTS, Calibration
from knowledge.literature.recipes import recipe_for, recipe_proposals
from tests.conformance.proposer import ProposerConformance

ELEMENTS = ("Li", "Na", "Ba", "Sr", "La", "Y", "Ti", "Mn", "Fe", "Nb", "P", "B", "S", "F", "Cl",
            "N", "C", "H", "Ir", "Xe")  # fmt: skip


class TestLiteratureModelConforms(ProposerConformance):
    def make(self) -> LiteratureModel:
        return literature_model()


@pytest.mark.parametrize(
    ("target", "precursors", "low_c", "high_c"),
    [
        ("BaTiO3", {"BaCO3", "TiO2"}, 900, 1350),
        ("YBa2Cu3O7", {"BaCO3", "CuO", "Y2O3"}, 850, 980),
        ("SrTiO3", {"SrCO3", "TiO2"}, 1000, 1450),
        ("La0.7Sr0.3MnO3", {"La2O3", "SrCO3", "MnO2"}, 1000, 1450),
        ("Li4Ti5O12", {"Li2CO3", "TiO2"}, 700, 1000),
    ],
)
def test_what_everybody_does(
    target: str, precursors: set[str], low_c: float, high_c: float
) -> None:
    """Textbook syntheses, and where textbooks fire them."""
    first = recipe_proposals(literature_model(), target, 1)[0]
    assert set(first.recipe.precursors) == precursors
    assert first.probability is not None
    assert first.probability > 0.2  # manganites: three oxides of manganese share them
    assert low_c <= first.recipe.hottest.temperature_c <= high_c
    low, high = first.temperature_90_c
    assert low < first.recipe.hottest.temperature_c < high


def test_sulfides_are_not_made_in_air() -> None:
    told = literature_model().conditions("ZrS2", ["Zr", "S"])
    assert told.atmosphere["air"] < 0.5
    assert literature_model().conditions("BaTiO3", ["BaCO3", "TiO2"]).atmosphere["air"] > 0.8


ODD = [
    "La0.85Sr0.15Mn0.9Co0.1O3", "Y2.94Ce0.06Al5O12", "Ca(OH)2", "CuSO4·5H2O", "CoCl2.6H2O",
    "KD2PO4", "Li6La3Zr1.5W0.5O12", "(Mg0.2Co0.2Ni0.2Cu0.2Zn0.2)O", "TiC", "Si3N4", "Na3OCl",
    "BaLaSrCaTiNbTaZrHfFeMnO18", "Mg0.0001Ti0.9999O2", "CsPbI3", "Bi2Sr2Ca2Cu3O10", "Cu2ZnSnS4",
]  # fmt: skip


@pytest.mark.parametrize("target", ODD)
def test_odd_formulas_get_recipes_that_can_be_weighed(target: str) -> None:
    found = recipe_proposals(literature_model(), target, 3)
    assert found
    for proposal in found:
        grams = proposal.recipe.masses_g(5.0)
        assert all(g > 0 for g in grams.values())
        assert all(map(weighable, grams))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("Fe", "is an element"),
        ("He", "is an element"),
        ("CO2", "besides O, C, H and N"),
        ("Fe3+", "cannot read"),
        ("PO4-3", "cannot read"),
        ("YBa2Cu3O7-x", "cannot read"),
        ("UuoO2", "no such element|cannot read"),
        ("", "empty"),
    ],
)
def test_what_is_no_target_is_a_named_error(target: str, said: str) -> None:
    with pytest.raises(FormulaError, match=said):
        literature_model().propose(target)


def test_an_element_without_a_source_is_silence_that_says_why() -> None:
    model = literature_model()
    assert model.propose("XeTiO3") == []
    assert "Xe" in model.silence("XeTiO3")
    assert 200 < model.firing("XeTiO3").mean_c < 2000  # read off the target alone


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(st.sampled_from(ELEMENTS), st.integers(1, 9), min_size=1, max_size=12),
    st.integers(0, 40),
)
def test_any_formula_is_answered_or_refused_by_name(
    amounts_of: dict[str, int], oxygen: int
) -> None:
    """Whatever the formula: proposals that balance, a distribution, none of them the target."""
    formula = "".join(f"{e}{n}" for e, n in amounts_of.items()) + (f"O{oxygen}" if oxygen else "")
    try:
        found = literature_model().propose(formula, 10)
    except AthanorError:
        return
    assert sum(p.probability for p in found) <= 1 + 1e-9
    for proposal in found:
        assert balance(formula, proposal.precursors)
        assert identity(formula) not in map(identity, proposal.precursors)


def test_the_order_of_a_formula_does_not_matter() -> None:
    model = literature_model()
    assert model.propose("BaTiO3", 5) == model.propose("O3TiBa", 5)
    assert read_target("Ba2Ti2O6") == read_target("BaTiO3")


def test_many_at_once_are_as_one_at_a_time() -> None:
    model, targets = literature_model(), ["BaTiO3", "LiMn2O4", "YBa2Cu3O7", "XeTiO3"]
    for alone, together in zip(
        [model.propose(t, 5) for t in targets], model.propose_all(targets, 5), strict=True
    ):
        assert [p.precursors for p in alone] == [p.precursors for p in together]
        # Sums in batches of other sizes are added in another order.
        assert [p.probability for p in alone] == pytest.approx(
            [p.probability for p in together], abs=1e-4
        )


def test_parts_side_by_side_come_back_in_order() -> None:
    model, four = literature_model(), ["BaTiO3", "LiMn2O4", "SrTiO3", "MgAl2O4"]
    alone = [model.propose(target, 1)[0].precursors for target in four]
    together = model.propose_all(four * 40, 1)
    assert [found[0].precursors for found in together] == alone * 40


def test_more_sets_keep_the_first_and_stay_a_distribution() -> None:
    model = literature_model()
    few, many = model.propose("LiMn2O4", LIKELIEST), model.propose("LiMn2O4", 60)
    assert len(many) > LIKELIEST
    assert sum(p.probability for p in many) <= 1 + 1e-9
    assert [p.precursors for p in many[:5]] == [p.precursors for p in few[:5]]


def test_an_inventory_is_all_that_is_proposed() -> None:
    """Barium peroxide, which few take for titanates, is taken where nothing else is."""
    held = ["BaO2", "TiO2", "CuO", "BaTi2O5"]
    restricted = literature_model().restricted_to(held)
    found = restricted.propose("BaTiO3", 5)
    assert found
    assert {p for proposal in found for p in proposal.precursors} <= set(held)
    assert restricted.fingerprint != literature_model().fingerprint
    assert restricted.propose("SrTiO3") == []
    assert "nothing in the inventory" in restricted.silence("SrTiO3")


def test_precursors_never_read_of_have_a_place() -> None:
    """A salt that no paper names: possible, and less likely than what papers use."""
    model = literature_model()
    assert not {"Ba2TiO4", "Ti9O17"} <= set(model.precursors)
    unread, usual = model.probabilities("BaTiO3", [["Ba2TiO4", "Ti9O17"], ["BaCO3", "TiO2"]])
    assert 0 < unread < usual
    recipe = recipe_for(model, "BaTiO3", ["BaO", "Ti9O17"])
    assert 600 < recipe.recipe.hottest.temperature_c < 1600
    assert recipe.probability is None


def test_far_from_anything_read() -> None:
    model = literature_model()
    assert model.doubts("BaTiO3") == []
    assert any("Pm" in said for said in model.doubts("PmTiO3"))


def test_a_carbide_needs_its_carbon() -> None:
    """No gas of a furnace brings it: titanium alone makes no carbide."""
    assert amounts("TiC", ["Ti"]) is None
    assert amounts("TiC", ["Ti", "C"]) == pytest.approx({"Ti": 1, "C": 1})
    for proposal in literature_model().propose("TiC", 5):
        assert any("C" in p.replace("Cu", "") for p in proposal.precursors)


def test_answers_do_not_depend_on_the_process() -> None:
    code = (
        "from knowledge.literature import literature_model as m;"
        "print([(p.precursors, round(p.probability, 5)) for p in m().propose('LiFePO4', 4)])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = literature_model().propose("LiFePO4", 4)
    assert told.stdout.strip() == str([(p.precursors, round(p.probability, 5)) for p in here])


def test_its_folder(tmp_path: Path) -> None:
    shipped = literature_model().folder
    size = sum(p.stat().st_size for p in shipped.iterdir())
    assert size <= 20e6
    assert {p.name for p in shipped.iterdir()} >= {"card.md", "config.json", "model.safetensors"}
    assert not [p for p in shipped.iterdir() if p.suffix in (".bin", ".pt", ".pkl", ".py")]
    assert str(shipped).endswith(WEIGHTS)
    with pytest.raises(RecordError, match="is missing"):
        LiteratureModel(tmp_path).propose("BaTiO3")
    broken = Path(shutil.copytree(shipped, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(RecordError, match="no weights that can be read"):
        LiteratureModel(broken).propose("BaTiO3")


def test_without_calibration_shares_are_those_of_the_search() -> None:
    plain = LiteratureModel(literature_model().folder)
    plain.__dict__["calibration"] = Calibration()
    raw = plain.propose("LiMn2O4", LIKELIEST)
    assert sum(p.probability for p in raw) == pytest.approx(Calibration().coverage)
