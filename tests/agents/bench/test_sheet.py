"""What a sheet says, against closed forms, and that it says everything once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.bench.jars import from_lots, remarks
from agents.bench.sheet import MIXING, Sheet, gas_in_words, sheet
from agents.bench.signs import resolved, signs
from knowledge.errors import RecordError
from knowledge.recipe import AIR, OXYGEN, Cooling, HeatingStep, Recipe, Target
from lab.inventory import Inventory
from lab.procedure import Action, Bench
from tests.agents.bench.sheet_cases import (
    ENDLESS,
    SEALED,
    actions,
    at_bench,
    barium_titanate,
    done_by_hand,
    plain_sheet,
)

# Standard atomic weights (IUPAC 2021, abridged), which differ from older ones by up to 1e-4.
BA, C, O, TI = 137.33, 12.011, 15.999, 47.867  # noqa: E741
BATIO3 = BA + TI + 3 * O
# R T / p with R = 82.05737 ml atm / (mol K), 25 C and 1 atm.
ML_PER_MOL = 82.05737 * 298.15


def test_masses_add_up_to_what_the_equation_asks() -> None:
    """BaCO3 + TiO2 -> BaTiO3 + CO2: 5 g of target and the carbon dioxide that leaves."""
    told = plain_sheet(barium_titanate(), Bench(batch_g=5))
    moles = 5 / BATIO3
    assert told.weighed_g == pytest.approx(5 + moles * (C + 2 * O), rel=1e-4)
    masses = {s.action.formula: s.action.mass_g for s in told.steps if s.action.kind == "weigh"}
    assert masses == pytest.approx(
        {"BaCO3": moles * (BA + C + 3 * O), "TiO2": moles * (TI + 2 * O)}, rel=1e-4
    )
    assert told.steps[0].words == "weigh 4.2312 g BaCO3"  # as a balance of 0.1 mg shows it


def test_gas_by_the_ideal_gas() -> None:
    """2 g of BaTiO3 are 8.5767 mmol, and as much CO2 is 209.8 ml."""
    told = plain_sheet(barium_titanate())
    assert told.gas_off_ml == pytest.approx({"CO2": 2 / BATIO3 * ML_PER_MOL}, rel=1e-4)
    assert told.gas_off_ml["CO2"] == pytest.approx(209.8, abs=0.05)
    assert told.gas_in_ml == {}


def test_gas_that_is_taken_up() -> None:
    """1/2 Y2O3 + 2 BaCO3 + 3 CuO + 1/4 O2 -> YBa2Cu3O7 + 2 CO2."""
    step = HeatingStep(temperature_c=930, hold_h=12, atmosphere=OXYGEN)
    recipe = Recipe.balanced(Target(formula="YBa2Cu3O7"), ("Y2O3", "BaCO3", "CuO"), (step,))
    moles = 2 / (88.906 + 2 * BA + 3 * 63.546 + 7 * O)
    told = plain_sheet(recipe)
    assert told.gas_in_ml == pytest.approx({"O2": moles / 4 * ML_PER_MOL}, rel=1e-4)
    assert told.gas_off_ml == pytest.approx({"CO2": 2 * moles * ML_PER_MOL}, rel=1e-4)


def test_corners_of_the_programme_by_hand() -> None:
    """1000 C at 5 C/min are 200 min; back at 2 C/min, 500 min."""
    told = plain_sheet(barium_titanate(cooling=Cooling(rate_c_per_min=2)))
    [firing] = told.firings
    hours, degrees = zip(*firing.corners, strict=True)
    assert degrees == (25, 1025, 1025, 25)
    assert hours == pytest.approx((0, 200 / 60, 200 / 60 + 4, 700 / 60 + 4))
    assert firing.hours == hours[-1]
    [gas] = firing.gases
    assert gas == "all in air, flowing: CO2 0.0004, H2O 0.01, O2 0.21 atm, the rest inert"


def test_firings_and_their_gases_are_told_apart() -> None:
    first = HeatingStep(temperature_c=900, hold_h=12)
    second = HeatingStep(temperature_c=1100, hold_h=6, regrind_before=True, atmosphere=OXYGEN)
    told = plain_sheet(barium_titanate(first, second))
    assert [f.number for f in told.firings] == [1, 2]
    assert len(told.firings[0].gases) == 2  # heated in air, cooled in oxygen
    assert told.firings[1].gases == ("all in oxygen, flowing: O2 1 atm, the rest inert",)
    assert gas_in_words(SEALED) == "mine, sealed: CO2 0.3, O2 0.05 atm, the rest inert"


def test_the_smallest_mass_goes_first_into_the_mortar() -> None:
    step = HeatingStep(temperature_c=930, hold_h=12)
    recipe = Recipe.balanced(Target(formula="YBa2Cu3O7"), ("BaCO3", "CuO", "Y2O3"), (step,))
    told = plain_sheet(recipe)
    assert told.mixing == ("Y2O3", "CuO", "BaCO3")  # 0.34, 0.72 and 1.18 g
    assert [s.action.formula for s in told.steps[:3]] == ["BaCO3", "CuO", "Y2O3"]
    assert "geometric dilution" in MIXING
    alone = done_by_hand(at_bench(barium_titanate()).procedure.actions[1:])
    assert sheet(at_bench(barium_titanate(), done=alone), ENDLESS).mixing == ()


def test_what_is_hazardous_comes_with_its_source() -> None:
    told = plain_sheet(barium_titanate())
    [dust] = [h for h in told.hazards if h.rule == "toxic dust"]
    assert "1.69 g BaCO3" in dust.what
    assert "NIOSH" in dust.source


def test_the_code_is_in_every_command_line_and_shells_take_them() -> None:
    """Parentheses mean something to a shell."""
    step = HeatingStep(temperature_c=1000, hold_h=4)
    recipe = Recipe.balanced(Target(formula="Pb(Zr0.5Ti0.5)O3"), ("PbO", "ZrO2", "TiO2"), (step,))
    told = plain_sheet(recipe)
    assert {line.split()[2] for _, line in told.record} == {told.code}
    assert " --phases 'Pb(Zr0.5Ti0.5)O3=0.93,PbO=0.07'" in told.record[0][1]


def test_a_sheet_reads_back_from_its_json() -> None:
    told = plain_sheet(barium_titanate())
    assert Sheet.from_json(told.to_json()) == told
    with pytest.raises(RecordError, match="numbered"):
        told.model_copy(update={"steps": told.steps[1:]})


@given(st.lists(actions, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_action_of_any_procedure_is_one_step(done: list[Action]) -> None:
    told = sheet(at_bench(barium_titanate(), done=done_by_hand(done)), ENDLESS)
    assert [s.action for s in told.steps] == done
    assert [s.number for s in told.steps] == list(range(1, len(done) + 1))
    fired = [(h, c) for f in told.firings for h, c in f.corners[1:]]
    heats = [a for a in done if a.kind == "heat"]
    assert {a.temperature_c for a in heats} <= {c for _, c in fired}


LOTS = (
    {"formula": "BaCO3", "lot": "A1", "grams": 1.0, "purity": 0.995, "supplier": "Alfa"},
    {"formula": "BaCO3", "lot": "A2", "grams": 100, "purity": 0.97, "particle_size_um": 1.5},
    {"formula": "TiO2", "lot": "T", "grams": 0.5, "purity": 0.99},
)


def test_lots_are_taken_oldest_first_as_the_books_take_them() -> None:
    stock = Inventory(LOTS)
    portions = from_lots(stock, "BaCO3", 1.6925)
    assert [(p.lot, p.grams) for p in portions] == [("A1", 1.0), ("A2", pytest.approx(0.6925))]
    assert [str(p) for p in portions] == ["lot A1, Alfa, 99.5 %", "lot A2, 97 %, 1.5 um"]
    weighed = stock.weigh("e", "BaCO3", 1.6925)
    assert [(p.lot.lot, p.grams) for p in weighed] == [
        (p.lot, pytest.approx(p.grams, abs=1e-6)) for p in portions
    ]


def test_powder_that_is_not_pure_is_remarked() -> None:
    """Of 2 g at 97 %, 1.94 g are what the label says; 2.0619 g hold 2 g."""
    stock = Inventory(LOTS[1:])
    [said] = remarks("BaCO3", 2.0, from_lots(stock, "BaCO3", 2.0))
    assert "97 % pure" in said
    assert "holds 1.9400 g BaCO3" in said
    assert "2.0619 g would" in said
    assert remarks("TiO2", 0.4, from_lots(stock, "TiO2", 0.4)) == ()  # 99 % is pure enough
    mixed = Inventory([{**LOTS[0], "grams": 1.9}, LOTS[1]])
    [lots] = remarks("BaCO3", 2.0, from_lots(mixed, "BaCO3", 2.0))  # 99.4 % in all
    assert lots == "from more than one lot: 1.9000 g of A1, then 0.1000 g of A2"


def test_a_shelf_that_runs_short_is_remarked() -> None:
    stock = Inventory(LOTS)
    assert remarks("TiO2", 0.6, from_lots(stock, "TiO2", 0.6)) == ("the shelf is 0.1000 g short",)
    assert from_lots(stock, "CuO", 1.0) == ()
    assert remarks("CuO", 1.0, ()) == ("CuO is not on the shelf",)


def test_strongest_lines_are_those_of_textbooks() -> None:
    """Silicon (SRM 640) 28.44, 47.30, 56.12; rutile 27.45, 54.3, 36.1 degrees."""
    silicon, rutile = signs(["Si", "Xe2O9", "TiO2"], 10, 80)
    assert silicon.formula == "Si"
    found = [line.two_theta_deg for line in silicon.lines]
    assert found == pytest.approx([28.44, 47.30, 56.12], abs=0.06)  # mean of both K-alpha lines
    assert [x.two_theta_deg for x in rutile.lines] == pytest.approx([27.45, 54.3, 36.1], abs=0.1)
    assert rutile.lines[0].relative_intensity == 1
    assert all(x.two_theta_deg > 30 for s in signs(["Si"], 30, 80) for x in s.lines)


def test_neighbouring_lines_are_seen_as_one() -> None:
    merged = resolved([(31.4, 100.0), (31.6, 50.0), (38.9, 20.0)])
    assert merged == [(pytest.approx(31.4 + 0.2 / 3), 150.0), (38.9, 20.0)]
    assert resolved([]) == []


def test_the_gas_of_a_standard_firing_is_air() -> None:
    assert gas_in_words(AIR).startswith("air, flowing: ")
