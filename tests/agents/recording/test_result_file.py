"""Results of many experiments in a CSV file, as spreadsheets and instruments write it."""

from pathlib import Path

import pytest

from agents.recording.result_file import products_in
from knowledge.errors import AthanorError


@pytest.mark.parametrize(
    "text",
    [
        "experiment,phase,weight_fraction,sigma\nA,BaTiO3,0.93,0.01\nA,Ba2TiO4,0.07,\nB,TiO2,1,\n",
        "Experiment;Phase;Weight fraction\r\nA;BaTiO₃;0,93\r\nA;Ba2TiO4;0,07\r\n\r\nB;TiO2;1\r\n",
        "\ufeffexperiment\tphase\tweight_fraction\n"
        "A\tBaTiO3\t93 %\nA\tBa2TiO4\t7%\nB\tTiO2\t100%\n",
        "phase,weight_fraction,experiment\nBaTiO3,93,A\nTiO2,100,B\nBa2TiO4,7,A\n",
        "sep=;\r\nexperiment;phase;weight fraction (%)\r\n"
        "A;BaTiO3;93\r\nA;Ba2TiO4;7\r\nB;TiO2;100\r\n",
        "Code,Formula,wt%,Rwp\nA,BaTiO3,93,8.1\nA,Ba2TiO4,7,\nB,TiO2,100,9\n",
    ],
)
def test_files_as_spreadsheets_write_them(tmp_path: Path, text: str) -> None:
    file = tmp_path / "results.csv"
    file.write_bytes(text.encode())
    products = products_in(file)
    found = {n: [(p.formula, p.weight_fraction) for p in x.phases] for n, x in products.items()}
    assert found == {"A": [("BaTiO3", 0.93), ("Ba2TiO4", 0.07)], "B": [("TiO2", 1.0)]}
    assert products["A"].phases[0].sigma == (0.01 if ",0.01" in text else 0.02)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column experiment"),
        ("experiment,phase\n", "no column weight_fraction"),
        ("experiment,phase,weight_fraction\n", "tells of no experiment"),
        ("experiment,phase,weight_fraction\nA,BaTiO3,0,93\n", "line 2: 4 cells"),
        ("experiment,phase,weight_fraction\nA,BaTiO3,much\n", "line 2: weight_fraction"),
        ("experiment,phase,weight_fraction\n,BaTiO3,1\n", "line 2: no experiment"),
        ("experiment,phase,weight_fraction\nA,BaTiO3,1.7\n", "experiment A: "),
        ("experiment,phase,weight_fraction,sigma\nA,BaTiO3,1,-1\n", "experiment A: BaTiO3 ± -1"),
        ('experiment,phase,weight_fraction\nA,"BaTiO3,1\n', "line 2"),
        ("experiment,phase,weight_fraction\nA,BaTiO3 0.5,1\n", "line 2: the phase is 'BaTiO3 0.5'"),
        ("experiment,phase,weight_fraction\nA,,1\n", "line 2: the phase is ''"),
        ("experiment,phase,phase,weight_fraction\nA,BaTiO3,TiO2,1\n", "two columns are phase"),
        ("experiment,formula,phase,weight_fraction\nA,BaTiO3,TiO2,1\n", "two columns are phase"),
        ("experiment,phase,weight fraction (mol%)\nA,BaTiO3,1\n", "the unit of"),
        ("experiment,phase,weight_fraction,sigma\nA,BaTiO3,0.9(1),0.1\n", "given twice"),
        ("experiment,phase,weight_fraction,sigma\nA,BaTiO3,0.9,0.5\n", "is it 0.5 %?"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "results.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AthanorError) as error:
        products_in(file)
    assert told in str(error.value)
    assert str(file) in str(error.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(AthanorError, match="cannot read"):
            products_in(file)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_other_encodings_are_refused_in_plain_words(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "results.csv"
    file.write_bytes("experiment,phase,weight_fraction\nA,CoCl2·6H2O,1\n".encode(encoding))
    with pytest.raises(AthanorError, match="not UTF-8; save it as CSV UTF-8"):
        products_in(file)


@pytest.mark.parametrize(
    ("text", "sigma"),
    [
        ("experiment,phase,weight_fraction,sigma\nA,BaTiO3,93,0.5\nA,TiO2,7,0.5\n", 0.005),
        ("experiment,phase,weight_fraction,sigma\nA,BaTiO3,93%,0.5\nA,TiO2,7%,0.5\n", 0.005),
        ("experiment,phase,wt%,esd\nA,BaTiO3,93,0.5\nA,TiO2,7,0.5\n", 0.005),
        ("experiment,phase,weight_fraction,sigma (%)\nA,BaTiO3,0.93,2\nA,TiO2,0.07,2\n", 0.02),
        ("experiment,phase,weight_fraction,sigma\nA,BaTiO3,0.93,1 %\nA,TiO2,.07,0.01\n", 0.01),
        ("experiment,phase,weight_fraction\nA,BaTiO3,0.930(5)\nA,TiO2,0.070(5)\n", 0.005),
    ],
)
def test_a_sigma_is_in_the_unit_of_its_fraction(tmp_path: Path, text: str, sigma: float) -> None:
    file = tmp_path / "results.csv"
    file.write_text(text, encoding="utf-8")
    assert {p.sigma for p in products_in(file)["A"].phases} == {sigma}


def test_slips_and_polymorphs_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_text("code,phase,wt%\nA,TiO2 (rutile),5\nA,LaCoO3,95\n", encoding="utf-8")
    assert products_in(file)["A"].phases[1].polymorph == "rutile"
    file.write_text("code,phase,wt%\nA,LaCOO3,95\n", encoding="utf-8")
    with pytest.raises(AthanorError, match=r"experiment A: .* is it LaCoO3\?"):
        products_in(file, known=lambda _: ["LaCoO3"])
