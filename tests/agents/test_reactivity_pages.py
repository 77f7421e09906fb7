"""What is drawn of a map: rows, table, network, onsets and page."""

import json
import math
import re
from io import StringIO
from typing import Any

import networkx as nx
import numpy as np
import pytest
from rich.console import Console

from agents.reactivity import Reactivity
from agents.report.reactivity_layout import places
from agents.report.reactivity_network import network
from agents.report.reactivity_onsets import onsets
from agents.report.reactivity_page import as_json, render
from agents.report.reactivity_rows import rows_of, temperatures
from agents.report.reactivity_table import show
from knowledge.kinetics import PairObservation, RulePriors


def saw(
    pair: tuple[str, ...], temperature_c: float, *products: str, source: str = "book", **more: Any
) -> PairObservation:
    fields = {"atmosphere": "air", "reacted": bool(products), **more}
    return PairObservation(
        pair=pair, temperature_c=temperature_c, products=products, source=source, **fields
    )


SEEN = [
    saw(("BaCO3", "TiO2"), 700.0),
    saw(("BaCO3", "TiO2"), 900.0, "Ba2TiO4"),
    saw(("BaCO3", "TiO2"), 900.0, "Ba2TiO4", source="e2"),
    saw(("BaCO3", "TiO2"), 1000.0, "BaTiO3", source="e3"),
    saw(("CuCO3",), 600.0, "CuO"),
    saw(("CuO", "TiO2"), 800.0),
    saw(("CuO", "TiO2"), 700.0, source="e4"),
]


@pytest.fixture(scope="module")
def known() -> Reactivity:
    return Reactivity(RulePriors(), SEEN)


def printed(known: Reactivity) -> str:
    console = Console(file=StringIO(), width=80, highlight=False)
    show(known, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_rows_tell_what_was_seen(known: Reactivity) -> None:
    first, second, third = rows_of(known)
    assert (first.name, first.begins) == ("BaCO3 + TiO2", "700-900")
    assert (first.reacted, first.inert) == ({900.0: 2, 1000.0: 1}, {700.0: 1})
    assert [(p.solids, p.from_c) for p in first.products] == [
        (("Ba2TiO4",), 900.0),
        (("BaTiO3",), 1000.0),
    ]
    assert [p.share for p in first.products] == pytest.approx([2 / 3, 1 / 3])
    low, median, high = first.onset_c
    assert 600 < low < median < high < 950
    assert (second.name, second.begins, second.main_products) == ("CuCO3 alone", "< 600", ("CuO",))
    assert (third.begins, third.main_products, third.seen_to_react) == ("> 800", (), False)
    assert not any(row.torn for row in (first, second, third))
    assert temperatures(first.reacted) == "900 (2 times), 1000 C"


def test_what_contradicts_itself_is_marked() -> None:
    torn = Reactivity(RulePriors(), [*SEEN, saw(("CuCO3",), 650.0, source="e9")])
    assert [row.name for row in rows_of(torn) if row.torn] == ["CuCO3 alone"]
    assert "2*" in printed(torn)
    assert "What contradicts itself?" in render(torn)


def test_a_pair_that_hardly_reacts_has_no_onset() -> None:
    never = [saw(("CuO", "TiO2"), 1300.0, source=f"e{i}") for i in range(5)]
    (row,) = rows_of(Reactivity(RulePriors(), never))
    assert re.fullmatch(r"\d% to react", row.onset)
    assert not row.onset_is_likely


def test_the_table_fits_a_terminal(known: Reactivity) -> None:
    told = printed(known)
    lines = told.splitlines()
    assert max(map(len, lines)) <= 80
    assert re.search(r"BaCO3 \+ TiO2 +700-900 +\d+ \(\d+-\d+\) +Ba2TiO4 +4$", told, re.MULTILINE)
    assert "3 pairs in air: 7 observations by 4 sources" in told
    assert "Nothing is known" in printed(Reactivity(RulePriors()))


def test_gases_are_told_apart() -> None:
    both = Reactivity(RulePriors(), [*SEEN, saw(("CuCO3",), 500.0, "CuO", atmosphere="argon")])
    assert [r.belief.atmosphere for r in rows_of(both)].count("argon") == 1
    assert "gas" in printed(both).splitlines()[0]
    assert "CuCO<sub>3</sub> alone in argon" in onsets(rows_of(both)).data[0].y


def test_the_network_holds_every_phase_and_pair(known: Reactivity) -> None:
    rows = rows_of(known)
    figure = network(rows)
    inert, crosses, spots, diamonds = figure.data
    labels = [a.text for a in figure.layout.annotations if not a.showarrow]
    assert sorted(labels) == sorted(
        f"<b>{f}</b>"
        for f in (
            "BaCO<sub>3</sub>", "TiO<sub>2</sub>", "Ba<sub>2</sub>TiO<sub>4</sub>",
            "CuCO<sub>3</sub>", "CuO",
        )
    )  # fmt: skip
    assert len(spots.x) == 5
    assert len(diamonds.x) == 2
    assert len(crosses.x) == 1
    assert list(inert.y).count(None) == 1
    # Arrows: two reactants and a product of one pair, one and one of the other.
    arrows = [a for a in figure.layout.annotations if a.showarrow]
    assert sorted(a.arrowhead for a in arrows) == [0, 0, 0, 2, 2]
    hover = diamonds.customdata[0]
    for said in ("had reacted at 900 (2 times), 1000 C", "had not at 700 C", "book, e2, e3"):
        assert said in hover
    assert "inert up to 800 C" in next(c for c in spots.customdata if c.startswith("<b>CuO"))


def test_the_slider_fades_what_has_not_begun(known: Reactivity) -> None:
    rows = [r for r in rows_of(known) if r.seen_to_react]
    (slider,) = network(rows_of(known)).layout.sliders
    labels = [step.label for step in slider.steps]
    assert labels == ["all", *(f"{t} C" for t in range(400, 1101, 100))]
    for step, label in list(zip(slider.steps, labels, strict=True))[1:]:
        t = float(label.removesuffix(" C"))
        (opacity,) = step.args[0]["marker.opacity"]
        expected = [0.12 + 0.88 * row.belief.probability_mobile(t) for row in rows]
        assert opacity == pytest.approx(expected, abs=0.005)  # rounded to two decimals


def test_onsets_draw_each_observation(known: Reactivity) -> None:
    bars, median, inert, reacted = onsets(rows_of(known)).data
    assert list(bars.y) == sorted(bars.y, key=list(median.y).index)
    assert sorted(zip(inert.y, inert.x, strict=True)) == [
        ("BaCO<sub>3</sub> + TiO<sub>2</sub>", 700.0),
        ("CuO + TiO<sub>2</sub>", 700.0),
        ("CuO + TiO<sub>2</sub>", 800.0),
    ]
    assert len(reacted.x) == 3
    assert max(reacted.marker.size) > min(reacted.marker.size)  # seen twice
    by_name = {row.name: row.onset_c for row in rows_of(known)}
    place = list(bars.y).index("BaCO<sub>3</sub> + TiO<sub>2</sub>")
    low, _, high = by_name["BaCO3 + TiO2"]
    assert (bars.base[place], bars.base[place] + bars.x[place]) == pytest.approx((low, high))


def test_the_page_opens_without_a_network(known: Reactivity) -> None:
    page = render(known)
    assert page.count("Plotly.newPlot(") == 2
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)\s*=", page)
    for said in ("3 pairs", "of which 2", "What reacts with what?", "From which temperature?"):
        assert said in page
    assert "Nothing is known" in render(Reactivity(RulePriors()))


def test_hostile_names_stay_text() -> None:
    known = Reactivity(RulePriors(), [saw(("CuCO3",), 600.0, "CuO", source="<script>x</script>")])
    assert "<script>x" not in render(known)


def test_json_tells_all(known: Reactivity) -> None:
    told = json.loads(as_json(known))
    first = told["pairs"][0]
    assert first["pair"] == ["BaCO3", "TiO2"]
    assert (first["inert_up_to_c"], first["reacted_by_c"]) == (700.0, 900.0)
    again = [PairObservation(**o) for pair in told["pairs"] for o in pair["observations"]]
    assert sorted(o.content_id for o in again) == sorted(o.content_id for o in SEEN)


@pytest.mark.parametrize("size", [2, 12, 200])
def test_places_are_apart_and_the_same_each_time(size: int) -> None:
    graph = nx.cycle_graph(size) if size > 2 else nx.path_graph(2)
    graph = nx.relabel_nodes(graph, {n: f"n{n}" for n in graph})
    graph.add_edge("x", "y")  # a part of its own
    nx.set_edge_attributes(graph, 1.0, "length")
    at = places(graph)
    assert places(graph) == at
    assert at.keys() == set(graph)
    spots = np.array(list(at.values()))
    apart = np.linalg.norm(spots[:, None] - spots[None], axis=-1)[~np.eye(len(at), dtype=bool)]
    assert apart.min() > 0.2  # edges are about 1 long
    lengths = [math.dist(at[a], at[b]) for a, b in graph.edges]
    assert np.median(lengths) == pytest.approx(1.0, abs=0.1)
    assert places(nx.Graph()) == {}
