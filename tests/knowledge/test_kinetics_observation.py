"""Observations of pairs: one spelling, no contradiction in itself, counted once."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import FormulaError, RecordError
from knowledge.kinetics import PairObservation, distinct, fingerprint

FIELDS: dict[str, Any] = {
    "pair": ("TiO2", "BaCO3"),
    "atmosphere": "air",
    "temperature_c": 900,
    "reacted": True,
    "products": ("CO2", "TiBaO3"),
    "source": "e1",
}


def observation(**changes: Any) -> PairObservation:
    return PairObservation(**{**FIELDS, **changes})


def test_formulas_are_identities_and_gases_left_out() -> None:
    assert observation().pair == ("BaCO3", "TiO2")
    assert observation().products == ("BaTiO3",)
    assert observation(pair=["O4Cu2Ba2", "BaCuO2", "BaCO3"]).pair == ("BaCO3", "BaCuO2")
    # Oxygen comes and goes: one phase.
    assert observation(products=["YBa2Cu3O6.5"]) == observation(products=["Ba2YCu3O7"])
    assert observation(pair=["TiO2", "TiO2"]).pair == ("TiO2",)


def test_json_both_ways() -> None:
    with pytest.raises(RecordError, match="not valid"):
        PairObservation.from_json("[]")
    assert PairObservation.from_json(observation().to_json()) == observation()


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"pair": ("BaCO3", "Xx")}, FormulaError, "no such element"),
        ({"pair": ()}, RecordError, "pair"),
        ({"pair": ("BaCO3", "TiO2", "CuO")}, RecordError, "pair"),
        ({"pair": "BaCO3"}, RecordError, "pair: give formulas as a list"),
        ({"products": [3]}, RecordError, "products: give formulas as a list"),
        ({"pair": ("BaO", "CO2")}, RecordError, "CO2 is no solid"),
        ({"reacted": False}, RecordError, "one of the two is wrong"),
        ({"products": ("TiO2", "BaCO3")}, RecordError, "react to itself"),
        ({"atmosphere": "phlogiston"}, RecordError, "allowed are air"),
        ({"temperature_c": -300}, RecordError, "-273.15"),
        ({"temperature_c": float("nan")}, RecordError, "finite"),
        ({"doubt": 0.0}, RecordError, "doubt"),
        ({"doubt": 0.6}, RecordError, "doubt"),
        ({"source": ""}, RecordError, "source"),
    ],
)
def test_what_cannot_be_is_refused(
    changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises((error, RecordError), match=said):
        observation(**changes)


def test_the_same_event_counts_once_and_the_surer_word_wins() -> None:
    guess = observation(doubt=0.2, products=())
    assert distinct([guess, observation()]) == [observation()]
    assert distinct([observation(), guess]) == [observation()]
    others = [observation(temperature_c=800), observation(source="e2"), observation(pair=["CuO"])]
    assert len(distinct([observation(), *others, *others])) == 4


@st.composite
def told(draw: st.DrawFn) -> list[PairObservation]:
    each = st.builds(
        observation,
        pair=st.sampled_from([("BaCO3", "TiO2"), ("BaCO3",), ("CuO", "TiO2")]),
        temperature_c=st.sampled_from([700.0, 800.0]),
        products=st.just(()),
        reacted=st.booleans(),
        source=st.sampled_from(["e1", "e2"]),
        campaign=st.sampled_from(["", "c"]),
        doubt=st.sampled_from([0.02, 0.2]),
    )
    return draw(st.lists(each, max_size=10))


@given(told(), told(), st.integers(0, 10))
def test_merging_is_a_union(
    mine: list[PairObservation], others: list[PairObservation], seed: int
) -> None:
    whole = distinct([*mine, *others])
    assert distinct([*others, *mine]) == whole
    assert distinct([*whole, *mine]) == whole
    assert distinct([*distinct(mine), *distinct(others)]) == whole
    shuffled = [*mine, *others]
    Random(seed).shuffle(shuffled)
    assert fingerprint(shuffled) == fingerprint(whole)
    assert {o.event for o in whole} == {o.event for o in (*mine, *others)}
