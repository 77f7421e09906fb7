"""The nearest published recipes, from a small table."""

from pathlib import Path

import pytest

from knowledge.errors import RecordError
from knowledge.literature.corpus import Corpus
from tests.knowledge.literature.small import table


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(table(tmp_path))


def test_the_same_target_comes_first_with_its_doi(corpus: Corpus) -> None:
    first, second, third = corpus.nearest("BaTiO3")
    assert {first.doi, second.doi} == {"10.1/a", "10.1/b"}
    assert first.likeness == second.likeness == 1
    assert third.doi == "10.1/d"  # Ba0.5Sr0.5TiO3 lacks a tenth of its atoms
    assert third.likeness == pytest.approx(0.9)


def test_of_given_precursors(corpus: Corpus) -> None:
    found = corpus.nearest("BaTiO3", ["TiO2", "BaO2"])
    assert [r.doi for r in found] == ["10.1/b"]
    assert found[0].temperature_c == 900
    assert found[0].year == 2002
    assert corpus.nearest("BaTiO3", ["BaO", "TiO2"]) == []


def test_how_precursors_are_written_does_not_matter(corpus: Corpus) -> None:
    assert [r.doi for r in corpus.nearest("Ca3P2O8", ["NH4H2PO4", "CaCO3"])] == ["10.1/f"]
    assert corpus.nearest("Ca3P2O8", ["NH4H2PO4", "CaCO3"])[0].temperature_c is None


def test_one_recipe_of_each_paper(tmp_path: Path) -> None:
    rows = [("BaTiO3", ["BaCO3", "TiO2"], 900.0 + i, 4.0, "air", 1, 2000.0, "10.1/one")
            for i in range(5)]  # fmt: skip
    assert len(Corpus(table(tmp_path, rows)).nearest("BaTiO3", count=5)) == 1


def test_a_file_that_is_no_corpus(tmp_path: Path) -> None:
    path = tmp_path / "recipes.parquet"
    path.write_text("nothing")
    with pytest.raises(RecordError, match="athanor fetch literature"):
        Corpus(path).nearest("BaTiO3")
