"""The beam against brute force: every way to write every set, multiplied out."""

import itertools
import math

import pytest
import torch

from knowledge.literature.language import sources_asked
from knowledge.literature.network import RecipeModel
from knowledge.literature.search import (
    _log_probability,
    as_batch,
    likely_sets,
    set_probabilities,
)
from tests.knowledge.literature.small import small_examples, small_model

TARGETS = ("BaTiO3", "Ba0.5Sr0.5TiO3", "Ca3(PO4)2", "TiC", "CaTi(PO4)2")
YEAR = 0.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> RecipeModel:
    return small_model(small_examples(tmp_path_factory.mktemp("small")))


def every_way(model: RecipeModel, target: str) -> dict[tuple[str, ...], float]:
    """Each set's probability from all sequences of known precursors."""
    known = model.config.precursors
    slots = len(sources_asked(target))
    named = torch.tensor(list(itertools.product(range(len(known)), repeat=slots)))
    with torch.inference_mode():
        log_p = _log_probability(model, as_batch([target], YEAR), named)
    sets: dict[tuple[str, ...], float] = {}
    for sequence, score in zip(named.tolist(), log_p.tolist(), strict=True):
        if score > -1000:
            key = tuple(sorted({known[i] for i in sequence}))
            sets[key] = sets.get(key, 0.0) + math.exp(score)
    return sets


@pytest.mark.parametrize("target", TARGETS)
def test_all_ways_together_are_certain(model: RecipeModel, target: str) -> None:
    assert sum(every_way(model, target).values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("target", TARGETS)
def test_the_beam_finds_what_brute_force_finds(model: RecipeModel, target: str) -> None:
    brute = every_way(model, target)
    found = likely_sets(model, [target], 50, YEAR)[0]
    assert found
    for one in found:
        assert one.probability == pytest.approx(brute[one.precursors], rel=1e-4)
    asked = [list(s) for s in brute]
    probabilities = set_probabilities(model, target, asked, YEAR)
    assert probabilities == pytest.approx(list(brute.values()), rel=1e-4)


def test_what_does_not_balance_is_left_out(model: RecipeModel) -> None:
    """CaHPO4 alone brings calcium and phosphorus, in a ratio that makes no Ca3(PO4)2."""
    sets = {f.precursors for f in likely_sets(model, ["Ca3(PO4)2"], 50, YEAR)[0]}
    assert ("CaPHO4",) in {tuple(s) for s in every_way(model, "Ca3(PO4)2")}
    assert ("CaPHO4",) not in sets
    assert ("CaCO3", "CaPHO4") in sets


def test_answers_do_not_depend_on_the_batch(model: RecipeModel) -> None:
    together = likely_sets(model, TARGETS, 5, YEAR)
    for target, found in zip(TARGETS, together, strict=True):
        alone = likely_sets(model, [target], 5, YEAR)[0]
        assert [f.precursors for f in alone] == [f.precursors for f in found]
        assert [f.probability for f in alone] == pytest.approx(
            [f.probability for f in found], rel=1e-4
        )


def test_an_inventory_is_all_there_is(model: RecipeModel) -> None:
    held = frozenset({"BaO2", "TiO2"})
    (only,) = likely_sets(model, ["BaTiO3"], 5, YEAR, held)[0]
    assert set(only.precursors) == held
    assert only.probability == pytest.approx(1)
    assert likely_sets(model, ["SrTiO3"], 5, YEAR, held)[0] == []


def test_unseen_precursors_have_a_place(model: RecipeModel) -> None:
    """What was known keeps its order, and the new one is likely or not by its composition."""
    wider = model.extended(["BaO"])
    sets = likely_sets(wider, ["BaTiO3"], 10, YEAR)[0]
    new = [f for f in sets if "BaO" in f.precursors]
    assert new
    assert new[0].probability > 0
    before = likely_sets(model, ["BaTiO3"], 10, YEAR)[0]
    assert [f.precursors for f in sets if f not in new] == [f.precursors for f in before]
    assert sum(f.probability for f in sets) <= 1 + 1e-6
