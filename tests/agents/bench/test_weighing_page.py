"""The page to print: whole, by itself, with everything once, drawn as the furnace is programmed."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.bench.sheet import Firing, Sheet, sheet
from agents.report.profile_drawing import drawing, ticks
from agents.report.weighing_page import SIZES_PT, height_mm, page, size_pt
from knowledge.energies import EnergyStack
from knowledge.recipe import HeatingStep, Recipe, Target
from lab.inventory import Inventory
from lab.procedure import Action, Weigh
from tests.agents.bench.sheet_cases import (
    ENDLESS,
    Read,
    actions,
    at_bench,
    barium_titanate,
    done_by_hand,
    expected_of,
    plain_sheet,
)
from tests.agents.why_cases import recipe

Corners = list[list[tuple[float, float]]]


def drawn(firings: tuple[Firing, ...]) -> tuple[Corners, Corners]:
    """The corners of each firing in a drawing: as hours and Celsius, and where they are put."""
    read = Read(str(drawing(firings)))
    told: Corners = []
    put: Corners = []
    for tag, attributes in read.tags:
        if tag == "polyline":
            points = [
                tuple(map(float, pair.split(","))) for pair in str(attributes["points"]).split()
            ]
            numbers = re.findall(r"-?[\d.]+(?:e-?\d+)?", str(attributes["transform"]))
            a, b, c, d, e, f = map(float, numbers)
            told.append([(x, y) for x, y in points])
            put.append([(a * x + c * y + e, b * x + d * y + f) for x, y in points])
    return told, put


def test_the_drawing_has_the_corners_of_the_programme() -> None:
    steps = (
        HeatingStep(temperature_c=1025, hold_h=4),
        HeatingStep(temperature_c=1100, hold_h=12, ramp_c_per_min=2, regrind_before=True),
    )
    told = plain_sheet(barium_titanate(*steps))
    corners, places = drawn(told.firings)
    assert corners == [list(f.corners) for f in told.firings]
    up_h = 1000 / 5 / 60
    assert corners[0] == [
        (0, 25), (pytest.approx(up_h), 1025), (pytest.approx(up_h + 4), 1025),
        (pytest.approx(2 * up_h + 4), 25),
    ]  # fmt: skip
    assert places[0][-1][0] < places[1][0][0]  # side by side
    # Temperatures have one scale: where 1000 C is labelled is where a line at 1000 C would be.
    (_, low), (_, high) = places[0][:2]
    labelled = re.search(
        r'<text class="c"[^>]* y="([\d.]+)">1000</text>', str(drawing(told.firings))
    )
    assert labelled
    at_1000 = low + (high - low) * (1000 - 25) / (1025 - 25)
    assert float(labelled[1]) - 3 == pytest.approx(at_1000, abs=0.01)  # text stands 3 below


@given(st.lists(actions, min_size=1, max_size=10))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_procedure_is_on_the_page_action_by_action(done: list[Action]) -> None:
    told = sheet(at_bench(barium_titanate(), done=done_by_hand(done)), ENDLESS)
    read = Read(page([told]))
    assert len(read.steps) == len(done)
    for number, (row, step) in enumerate(zip(read.steps, told.steps, strict=True), start=1):
        words = " ".join(row.split())
        assert words.startswith(f"{number} {step.words}")
    corners, places = drawn(told.firings)
    assert corners == [list(f.corners) for f in told.firings]
    for x, y in (place for firing in places for place in firing):
        assert -0.01 <= x <= 340.01  # inside the drawing
        assert -0.01 <= y <= 150.01


def test_the_page_needs_nothing_else(energies: EnergyStack) -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1100)
    told = sheet(at_bench(fired), ENDLESS, expected=expected_of(fired, energies))
    text = page([told, plain_sheet(barium_titanate())])
    read = Read(text)
    assert not {tag for tag, _ in read.tags} & {"script", "link", "img", "iframe", "object"}
    assert not [a for _, a in read.tags if {"src", "href", "data"} & a.keys()]
    for outside in ("http:", "https:", "url(", "@import"):
        assert outside not in text
    assert read.count("section", "sheet") == 2
    assert read.count("span", "box") == sum(len(told.steps) for _ in range(2))
    assert "@page { size: A4 portrait;" in text
    assert "break-after: page" in text


def test_the_page_tells_what_the_sheet_holds(energies: EnergyStack) -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1100)
    told = sheet(at_bench(fired), ENDLESS, expected=expected_of(fired, energies), notes=["mind"])
    text = page([told])
    read = Read(text)
    words = " ".join(read.text.split())
    assert read.count("tr", "failure") == len(told.expectation.failures if told.expectation else ())
    for said in (
        told.code, "1.6925 g BaCO3", "210 ml CO2 (0.3775 g)", "TiO2, then BaCO3", "mind",
        "90 % of the product by weight or more is BaTiO3", "50 % likely (0 to 100 %)",
        *(line for _, line in told.record), *(h.advice for h in told.hazards),
        *(f.says for f in told.expectation.failures if told.expectation),
    ):  # fmt: skip
        assert said in words, said
    assert "BaTiO<sub>3</sub>, 2 g" in text
    fractional = HeatingStep(temperature_c=1200, hold_h=12)
    manganite = Recipe.balanced(
        Target(formula="La0.7Sr0.3MnO3"), ("La2O3", "SrCO3", "Mn2O3"), (fractional,)
    )
    assert "La<sub>0.7</sub>Sr<sub>0.3</sub>MnO<sub>3</sub>" in page([plain_sheet(manganite)])


def test_what_people_named_is_escaped() -> None:
    stock = Inventory(
        [
            {"formula": "BaCO3", "lot": "<script>1</script>", "grams": 1, "supplier": "S & Co"},
            {"formula": "BaCO3", "lot": "B", "grams": 9},
            {"formula": "TiO2", "lot": 'T"7', "grams": 9, "purity": 0.9},
        ]
    )
    told = sheet(at_bench(barium_titanate()), stock, notes=["<i>not known</i>"])
    text = page([told])
    read = Read(text)
    assert "script" not in {tag for tag, _ in read.tags}
    for said in (
        "lot <script>1</script>", "S & Co", 'lot T"7', "<i>not known</i>",
        "1.0000 g of <script>1</script>, then 0.6925 g of B",
    ):  # fmt: skip
        assert said in read.text


def many_firings(count: int) -> Sheet:
    steps = tuple(
        HeatingStep(temperature_c=900 + 20 * n, hold_h=12, regrind_before=True)
        for n in range(count)
    )
    return plain_sheet(barium_titanate(*steps))


def test_type_gets_smaller_as_there_is_more_to_say() -> None:
    sizes = [size_pt(many_firings(n)) for n in range(1, 8)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == SIZES_PT[0]
    assert sizes[-1] < SIZES_PT[0]
    for n in (1, 3, 5):
        told = many_firings(n)
        assert height_mm(told, size_pt(told)) <= 277
        assert [height_mm(told, size) for size in SIZES_PT] == sorted(
            (height_mm(told, size) for size in SIZES_PT), reverse=True
        )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1025, [0, 500, 1000, 1500]),
        (0, 10.67, [0, 5, 10, 15]),
        (0, 443, [0, 200, 400, 600]),
        (0, 0.8, [0, 0.2, 0.4, 0.6, 0.8]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_nothing_fired_is_nothing_drawn() -> None:
    weighed = done_by_hand([Weigh(formula="TiO2", mass_g=1)])
    told = sheet(at_bench(barium_titanate(), done=weighed), ENDLESS)
    assert drawing(told.firings) == ""
    assert Read(page([told])).count("svg") == 0
