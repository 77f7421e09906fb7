"""Worlds: drawn from a seed and the names of compounds, near the tables, and different."""

import multiprocessing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from knowledge.chemistry import identity
from knowledge.energies.gibbs import BOLTZMANN_EV_PER_K, T_MAX_K
from knowledge.recipe import AIR, OXYGEN
from lab.simulated.draws import factor, generator
from lab.simulated.melting import known_melting_k, volatile_oxides
from lab.simulated.motion import Motion
from lab.simulated.truth import VAPOUR_ATM, TrueSystem
from lab.simulated.world import WorldSettings
from tests.lab.test_chemistry import embedded, framework_atoms, handbook

CUPRATE = ("YBa2Cu3O7", ("BaCO3", "CuO", "Y2O3", "BaO2"))
SYSTEMS = (CUPRATE, ("BaTiO3", ("BaCO3", "TiO2")), ("NaTeMoO6", ("Na2CO3", "TeO2", "MoO3")))
WORLD = WorldSettings()
# A world as the tables have it.
PLAIN = replace(
    WORLD, interaction_sigma_ev=0.0, independent_sigma_ev_per_atom=0.0, phantom_share=0.0,
    hidden_share=0.0, target_depth_ev_per_atom=0.0, known_melting_spread=0.0,
    estimated_melting_spread=0.0,
)  # fmt: skip


def system(
    seed: int,
    target: str = CUPRATE[0],
    precursors: tuple[str, ...] = CUPRATE[1],
    world: WorldSettings = WORLD,
) -> TrueSystem:
    return TrueSystem(seed, world, embedded(), target, precursors)


def everything(seed: int, target: str, precursors: tuple[str, ...]) -> dict[str, object]:
    """All that a world says of one system, as numbers."""
    truth = system(seed, target, precursors)
    motion = Motion(truth)
    size = len(truth.phases)
    first, second = np.triu_indices(size)
    return {
        "phases": [p.name for p in truth.phases],
        "errors": [p.error_ev for p in truth.phases],
        "melting": truth.melting_k.tolist(),
        "gases": truth.gases.tolist(),
        "potential": truth.potential(900, AIR).tolist(),
        "barriers": motion.barrier_ev.tolist(),
        "contacts": motion.contact(motion.log_rate(900), first, second).tolist(),
        "amorphous": motion.grows_amorphous.tolist(),
    }


@pytest.mark.parametrize(("target", "precursors"), SYSTEMS)
def test_worlds_repeat_and_differ(target: str, precursors: tuple[str, ...]) -> None:
    first, again, other = (everything(seed, target, precursors) for seed in (3, 3, 4))
    assert again == first
    for drawn in ("errors", "melting", "potential", "barriers", "contacts"):
        assert other[drawn] != first[drawn]


def test_worlds_are_the_same_in_another_process() -> None:
    """Nothing hangs on the order of sets or on what the process did before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.starmap(everything, [(7, *each) for each in SYSTEMS])
    assert there == [everything(7, *each) for each in SYSTEMS]


def test_the_order_of_questions_does_not_matter() -> None:
    """Contacts and temperatures asked for in another order have the same draws."""
    forward, backward = system(0), system(0)
    questions = [(t, gas) for t in (600.0, 900.0, 1100.0) for gas in (AIR, OXYGEN)]
    answers = [forward.potential(*q).tolist() for q in questions]
    assert [backward.potential(*q).tolist() for q in questions[::-1]] == answers[::-1]
    size = len(forward.phases)
    first, second = np.triu_indices(size)
    rates = np.zeros(size)
    one = Motion(forward).contact(rates, first, second)
    other = Motion(backward).contact(rates, second[::-1], first[::-1])
    assert other[::-1] == pytest.approx(one)


@pytest.mark.parametrize(
    "target",
    [
        "Y2Ba4Cu6O14",
        "Cu3Ba2YO7",
        "YBa2Cu3O6.5",
    ],
)
def test_spelling_does_not_change_the_world(target: str) -> None:
    plain, spelled = system(0), system(0, target, ("CBaO3", "CuO", "O3Y2", "Ba2O4"))
    row, other = plain.index["Ba2YCu3O7"], spelled.index["Ba2YCu3O7"]
    assert [p.name for p in spelled.phases] == [p.name for p in plain.phases]
    assert spelled.melting_k == pytest.approx(plain.melting_k)
    assert spelled.phases[other].error_ev == pytest.approx(plain.phases[row].error_ev)
    assert Motion(spelled).barrier_ev == pytest.approx(Motion(plain).barrier_ev)


def test_truth_differs_from_the_tables_by_errors_of_realistic_size() -> None:
    """Energies of ternary oxides from binary ones err by 0.024 eV/atom (Hautier et al. 2012)."""
    errors = []
    for seed in range(30):
        truth = system(seed)
        for phase in truth.phases:
            elements = Composition(phase.formula) if not phase.hidden else {}
            if len(elements) == 3 and phase.formula != "BaCO3":
                atoms = Composition(phase.formula).num_atoms
                errors.append(phase.error_ev * framework_atoms(phase.formula) / atoms)
    assert len(errors) > 100
    # Oxides of a pair of elements share most of their error, so 30 worlds tell sigma to a fifth.
    assert np.std(errors) == pytest.approx(0.024, rel=0.5)
    assert abs(np.mean(errors)) < 4 * 0.024 / np.sqrt(30)


def test_similar_compounds_err_alike() -> None:
    """Most of an error is the pair of elements: two barium titanates are off to the same side."""
    pairs = []
    for seed in range(30):
        truth = system(seed, "BaTiO3", ("BaCO3", "TiO2"), replace(WORLD, phantom_share=0.0))
        pairs.append([truth.phases[truth.index[f]].error_ev for f in ("Ba2TiO4", "BaTi2O5")])
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.8


@pytest.mark.parametrize(("target", "precursors"), SYSTEMS)
def test_a_tenth_of_the_compounds_is_hidden(target: str, precursors: tuple[str, ...]) -> None:
    truth = system(0, target, precursors)
    hidden = [p for p in truth.phases if p.hidden]
    compounds = [
        p for p in truth.phases
        if not (p.hidden or p.vapour_of) and framework_elements(p.formula) > 1
    ]  # fmt: skip
    assert len(hidden) == -(-len(compounds) // 10)
    for phase in hidden:
        (i, x), (j, y) = phase.parts
        assert x + y == pytest.approx(1)
        assert not np.allclose(truth.fractions[i], truth.fractions[j])
        row = truth.phases.index(phase)
        mixture = x * truth.fractions[i] + y * truth.fractions[j]
        assert truth.fractions[row] == pytest.approx(mixture)
        potential = truth.potential(900, AIR)
        below = x * potential[i] + y * potential[j] - potential[row]
        assert 0 <= below <= WORLD.hidden_depth_ev + 1e-12
        assert identity(target) != phase.name


def test_half_of_the_doubtful_compounds_are_phantoms() -> None:
    """Those whose melting point nobody has measured; what has one or is weighed is there."""
    asked = {"YBa2Cu3O7", "BaCO3", "CuO", "Y2O3", "BaO2"}
    names = {identity(f) for f in asked}
    doubtful = {
        name for name in system(0, world=PLAIN).index
        if name not in names
        and known_melting_k(name) is None
        and framework_elements(name) > 1
    }  # fmt: skip
    assert len(doubtful) > 8
    kept = [len(doubtful & set(system(s, world=replace(PLAIN, phantom_share=0.5)).index))
            for s in range(15)]  # fmt: skip
    # A binomial count: four standard errors.
    spread = 0.5 / np.sqrt(15 * len(doubtful))
    assert np.mean(kept) / len(doubtful) == pytest.approx(0.5, abs=4 * spread)
    none = system(0, world=replace(PLAIN, phantom_share=1.0))
    assert set(none.index) == set(system(0, world=PLAIN).index) - doubtful
    for seed in range(15):
        assert names <= set(system(seed).index)


def framework_elements(formula: str) -> int:
    return len({str(e) for e in Composition(formula)} - set("OCHN"))


def above_hull_ev(truth: TrueSystem, target: str) -> float:
    """How far a target is above the hull of all solids where it is judged, per framework atom."""
    row = truth.index[identity(target)]
    temperature_c = min(0.8 * float(truth.melting_k[row]), T_MAX_K) - 273.15
    potential = truth.potential(temperature_c, AIR)
    entries = {
        i: PDEntry(Composition(dict(zip(truth.elements, x, strict=True))), float(potential[i]))
        for i, x in enumerate(truth.fractions.tolist())
        if truth.vapour[i] == 0
    }
    diagram = PhaseDiagram(list(entries.values()))
    return float(diagram.get_e_above_hull(entries[row]))


@pytest.mark.parametrize(("target", "precursors"), [*SYSTEMS, ("CaO", ("CaCO3",))])
def test_target_is_stable_where_it_is_fired(target: str, precursors: tuple[str, ...]) -> None:
    """A target that exists is on its world's hull at 0.8 of its melting point."""
    for seed in range(12):
        assert above_hull_ev(system(seed, target, precursors), target) < 1e-9


def test_no_hidden_phase_takes_the_target_off_the_hull() -> None:
    """In this world a hidden phase lies between the target and Ba2TiO4, deeper than the target."""
    assert above_hull_ev(system(33, "BaTiO3", ("BaCO3", "TiO2")), "BaTiO3") < 1e-9


def test_targets_are_lowered_by_no_more_than_the_draw() -> None:
    """Where tables have it stable, a target without errors keeps its energy, or loses its depth."""
    assert all(p.error_ev == 0 for p in system(0, "BaTiO3", ("BaCO3", "TiO2"), PLAIN).phases)
    world = replace(PLAIN, target_depth_ev_per_atom=0.5)
    lowered = [
        truth.phases[truth.index["BaTiO3"]].error_ev
        for truth in (system(s, "BaTiO3", ("BaCO3", "TiO2"), world) for s in range(20))
    ]
    assert min(lowered) < -0.2
    assert max(lowered) <= 0


def test_plain_worlds_have_the_energies_of_tables() -> None:
    """CaCO3 over CaO is the table's, and so is its change with CO2: RT ln(p)."""
    truth = system(0, "CaO", ("CaCO3",), PLAIN)
    carbonate, lime = truth.index["CaCO3"], truth.index["CaO"]
    thin = AIR.model_copy(update={"partial_pressures_atm": {"O2": 0.21, "CO2": 4e-5}})
    air, less = truth.potential(727, AIR), truth.potential(727, thin)
    assert less[lime] == pytest.approx(air[lime])
    gained = less[carbonate] - air[carbonate]
    assert gained == pytest.approx(BOLTZMANN_EV_PER_K * 1000.15 * np.log(10))
    assert truth.gases[carbonate].tolist() == [0.5, 1, 0, 0, 0, 0]
    assert truth.gases[lime].tolist() == [0.5, 0, 0, 0, 0, 0]
    assert truth.melting_k[carbonate] == pytest.approx(1612, abs=1)


def test_vapours_reach_their_pressure() -> None:
    """PbO over its vapour: at 1472 C, where it boils, vapour of 1 atm has the melt's energy."""
    truth = TrueSystem(0, PLAIN, handbook(), "PbTiO3", ("PbO", "TiO2"))
    row = next(i for i, p in enumerate(truth.phases) if p.vapour_of == "Pb")
    assert truth.vapour[row] == 1
    for temperature_c, atm in ((1472.0, 1.0), (1085.0, 10 / 760)):
        potential = truth.potential(temperature_c, AIR)
        held = potential[row] - potential[truth.index["PbO"]]
        kt = BOLTZMANN_EV_PER_K * (temperature_c + 273.15)
        # Stull, Ind. Eng. Chem. 39, 540 (1947); a decade, as for the pressures themselves.
        assert held / kt - np.log(VAPOUR_ATM) == pytest.approx(-np.log(atm), abs=np.log(10))
    assert set(volatile_oxides()) & {"Ba", "Ti", "Ca"} == set()


@given(st.integers(0, 2**63), st.text(max_size=9), st.floats(0, 3))
@settings(max_examples=50)
def test_draws_go_by_their_names(seed: int, name: str, sigma: float) -> None:
    assert generator(seed, name).uniform() == generator(seed, name).uniform()
    assert generator(seed, name).uniform() != generator(seed + 1, name).uniform()
    assert generator(seed, name).uniform() != generator(seed, name, "more").uniform()
    assert factor(seed, sigma, name) > 0
    assert factor(seed, 0.0, name) == 1


def test_factors_are_lognormal() -> None:
    logs = np.log([factor(0, 0.7, n) for n in range(2000)])
    # Four standard errors.
    assert np.mean(logs) == pytest.approx(0, abs=4 * 0.7 / np.sqrt(2000))
    assert np.std(logs) == pytest.approx(0.7, rel=4 / np.sqrt(4000))
