"""The frequency proposer: small counts by hand, and known syntheses."""

import pytest

from knowledge.chemistry import whole_formula
from knowledge.literature import FrequencyProposer, frequency_proposer
from tests.conformance.proposer import ProposerConformance

TEMPERATURE = {"intercept_c": 1000.0, "sigma_c": 100.0, "classes_c": {"oxide": 10.0},
               "elements_c": {"Ba": [50.0, -100.0]}}  # fmt: skip
SMALL = {
    "counts": {
        "Ba": {"oxide": {"BaCO3": 8.0, "BaO": 2.0}, "phosphate": {"BaO": 10.0}},
        "Ti": {"oxide": {"TiO2": 5.0}},
    },
    "temperature": TEMPERATURE,
    "conditions": {},
}


class TestFrequencyConforms(ProposerConformance):
    def make(self) -> FrequencyProposer:
        return frequency_proposer()


def test_counts_by_hand() -> None:
    """10 observed, one more spread as in all classes together (8/20 BaCO3), half unseen."""
    sources = FrequencyProposer(SMALL).sources("Ba", "oxide")
    assert sources["BaCO3"] == pytest.approx((8 + 8 / 20) / 11.5)
    assert sources["BaO"] == pytest.approx((2 + 12 / 20) / 11.5)
    assert list(sources) == ["BaCO3", "BaO"]
    assert list(FrequencyProposer(SMALL).sources("Ba", "phosphate")) == ["BaO", "BaCO3"]


def test_sets_multiply() -> None:
    proposer = FrequencyProposer(SMALL)
    first, second = proposer.propose("BaTiO3", 5)
    assert first.precursors == ("BaCO3", "TiO2")
    assert second.precursors == ("BaO", "TiO2")
    assert first.probability == pytest.approx(8.4 / 11.5 * 6 / 6.5)
    (asked,) = proposer.probabilities("BaTiO3", [first.precursors])
    assert asked == pytest.approx(first.probability)


def test_temperature_by_hand() -> None:
    estimate = FrequencyProposer(SMALL).firing("BaTiO3")
    assert estimate.mean_c == pytest.approx(1000 + 10 + 50 - 100 / 5)
    assert estimate.sigma_c == 100


@pytest.mark.parametrize(
    ("target", "precursors"),
    [
        ("BaTiO3", {"BaCO3", "TiO2"}),
        ("YBa2Cu3O7", {"BaCO3", "CuO", "Y2O3"}),
        ("LiMn2O4", {"Li2CO3", "MnO2"}),
        ("LiTiPO5", {"Li2CO3", "TiO2", "NH4H2PO4"}),
        ("SrTiO3", {"SrCO3", "TiO2"}),
    ],
)
def test_what_everybody_does(target: str, precursors: set[str]) -> None:
    assert set(frequency_proposer().propose(target, 1)[0].precursors) == precursors


def test_an_element_nobody_fired() -> None:
    assert list(frequency_proposer().propose("NeO2", 5)) == []
    assert frequency_proposer().probabilities("NeO2", [["NeO"]])[0] > 0


@pytest.mark.needs("literature/recipes.parquet")
def test_the_embedded_counts_are_of_the_recipes() -> None:
    """Barium's carbonate in oxides, recounted from the table without our counting code."""
    import pandas as pd

    from knowledge.data_folder import dataset

    table = pd.read_parquet(dataset("literature/recipes.parquet"))
    with_carbonate = sum("BaCO3" in set(p) for p in table.precursors)
    with_oxide = sum("BaO" in set(p) for p in table.precursors)
    sources = frequency_proposer().sources("Ba", "oxide")
    assert next(iter(sources)) == "BaCO3"
    # Weights differ (papers, not rows), so only the order of magnitude is comparable.
    ratio = sources["BaCO3"] / sources["BaO"]
    assert ratio == pytest.approx(with_carbonate / with_oxide, rel=1.0)
    assert whole_formula("BaCO3") in sources
