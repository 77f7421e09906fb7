"""Interface hulls, stability maps and heating against pymatgen's hull and closed forms."""

import numpy as np
import pytest
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition
from scipy.optimize import brentq

from knowledge.balance import balance
from knowledge.chemistry import atoms, framework, parse
from knowledge.energies import EnergyStack, EnergyTable
from knowledge.energies.gibbs import BOLTZMANN_EV_PER_K, gas_ev, solid_ev_per_atom
from knowledge.errors import RecordError
from knowledge.reactions import Conditions, ReactionGraph
from knowledge.reactions.heating import heat, heating_profile
from knowledge.reactions.kinks import interface_kinks, reaction_to
from knowledge.reactions.phases import PhaseSet, phases_at
from knowledge.reactions.stability import above_hull_ev_per_atom
from knowledge.reactions.stability_map import stability_map
from knowledge.recipe import AIR, ARGON

PAIRS = [
    ("BaTiO3", "BaCO3", "TiO2", 1000.0),
    ("BaTiO3", "TiO2", "BaO2", 400.0),
    ("YBa2Cu3O7", "BaCO3", "CuO", 900.0),
    ("YBa2Cu3O7", "Y2O3", "Ba2(CuO2)3", 900.0),
    ("LiTiPO5", "Li2CO3", "NH4H2PO4", 800.0),
    ("LiTiPO5", "Li3PO4", "TiO2", 600.0),
]


def diagram(phases: PhaseSet) -> PhaseDiagram:
    """pymatgen's hull of the same phases in the space of framework elements."""
    return PhaseDiagram(
        [
            PDEntry(Composition(framework(parse(p.formula))), float(v * n))
            for p, v, n in zip(phases.phases, phases.potential, phases.framework_atoms, strict=True)
        ]
    )


@pytest.mark.parametrize(("target", "first", "second", "temperature_c"), PAIRS)
def test_kinks_are_the_hull_along_the_tie_line(
    energies: EnergyStack, target: str, first: str, second: str, temperature_c: float
) -> None:
    """At 60 mixing ratios the line through the kinks is pymatgen's hull."""
    phases = phases_at(energies, [target, first, second], temperature_c, AIR)
    a, b = phases.find(first), phases.find(second)
    kinks = interface_kinks(phases, a, b)
    shares = [k.second_share for k in kinks]
    assert shares[0] == pytest.approx(0.0, abs=1e-9)
    assert shares[-1] == pytest.approx(1.0, abs=1e-9)
    hull = diagram(phases)
    solid = [atoms(f) / phases.framework_atoms[i] for f, i in ((first, a), (second, b))]
    for share in np.linspace(0.01, 0.99, 60):
        # An atom of the mixture in framework atoms of each solid.
        units = np.array([(1 - share) / solid[0], share / solid[1]])
        mixture = units @ phases.fractions[[a, b]]
        where = Composition(dict(zip(phases.elements, mixture, strict=True)))
        lowest = hull.get_hull_energy_per_atom(where) * units.sum()
        energy = lowest - units @ phases.potential[[a, b]]
        line = np.interp(share, shares, [k.ev_per_atom for k in kinks])
        assert line == pytest.approx(energy, abs=1e-8)


@pytest.mark.parametrize(("target", "first", "second", "temperature_c"), PAIRS)
def test_the_strongest_reaction_is_one_of_the_kinks(
    energies: EnergyStack, target: str, first: str, second: str, temperature_c: float
) -> None:
    graph = ReactionGraph(energies, target, (first, second))
    conditions = Conditions(temperature_c, AIR)
    strongest = graph.reaction(conditions, first, second)
    phases = graph.phases(conditions)
    found = {
        k.reaction.equation: k
        for k in interface_kinks(phases, phases.find(first), phases.find(second))
        if k.reaction
    }
    if strongest is None:  # an inert pair: nothing changes at any ratio
        assert not found
        return
    assert strongest.equation in found
    kink = found[strongest.equation]
    if not strongest.gases_in:  # then the atoms of the two solids are those of the equation
        assert -kink.ev_per_atom == pytest.approx(strongest.driving_force_ev_per_atom, abs=1e-9)


def test_the_reaction_straight_to_a_target(energies: EnergyStack) -> None:
    """BaTiO3 has 8 atoms of solids a formula unit, 3 of them TiO2's; YBa2Cu3O7 needs three."""
    phases = phases_at(energies, ["BaTiO3", "BaCO3", "TiO2"], 1000.0, AIR)
    kink = reaction_to(phases, *(phases.find(f) for f in ("BaCO3", "TiO2", "BaTiO3")))
    assert kink is not None
    assert kink.reaction is not None
    assert kink.reaction.equation == "BaCO3 + TiO2 -> BaTiO3 + CO2"
    assert kink.second_share == pytest.approx(3 / 8)
    assert reaction_to(phases, *(phases.find(f) for f in ("BaO", "BaCO3", "BaTiO3"))) is None
    copper = phases_at(energies, ["YBa2Cu3O7", "BaCO3", "CuO"], 900.0, AIR)
    rows = [copper.find(f) for f in ("BaCO3", "CuO", "YBa2Cu3O7")]
    assert reaction_to(copper, *rows) is None


def copper() -> EnergyStack:
    """Two oxides and no metal, so that there is one reaction and no other.

    -157.3 and -170.7 kJ/mol (Robie & Hemingway, 1995).
    """
    rows = "formula,ev_per_atom,source\nCuO,-0.8152,x\nCu2O,-0.5897,x\n"
    return EnergyStack([EnergyTable(rows, "copper")])


def test_copper_oxide_lets_go_of_oxygen_where_its_gibbs_energy_says() -> None:
    """4 CuO -> 2 Cu2O + O2 crosses zero at one temperature for each pressure."""
    stack = copper()

    def change_ev(temperature_k: float, log10_oxygen: float) -> float:
        per_atom = [solid_ev_per_atom(stack.energy(f), temperature_k) for f in ("CuO", "Cu2O")]
        oxygen = gas_ev("O2", temperature_k, 10.0**log10_oxygen)
        return 2 * 3 * per_atom[1] + oxygen - 4 * 2 * per_atom[0]

    logs = np.array([-6.0, -3.0, np.log10(0.21), 0.0])
    for column, log10_oxygen in enumerate(logs):
        boundary_k = brentq(change_ev, 400.0, 1990.0, args=(log10_oxygen,))
        around = np.array([boundary_k - 273.15 - 1, boundary_k - 273.15 + 1])
        found = stability_map(stack, "CuO", [], AIR, around, logs)
        below, above = found.above_ev_per_atom[:, column]
        assert below < 0 < above
        assert found.rivals[0][column] == ("Cu2O",)
        # Per atom of CuO it is an eighth of the change of the reaction of four.
        exact = -change_ev(boundary_k + 1, log10_oxygen) / 8
        assert above == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("target", ["YBa2Cu3O7", "LaMnO3", "BaCO3", "LiMn2O4"])
def test_the_map_is_the_hull_of_each_atmosphere(energies: EnergyStack, target: str) -> None:
    """At each point as phases computed for that very gas give it, families of oxygen included."""
    temperatures, logs = np.array([350.0, 850.0, 1500.0]), np.array([-5.0, -2.0, 0.0])
    shift = {target: -0.01}
    found = stability_map(energies, target, [], ARGON, temperatures, logs, shift)
    for i, temperature_c in enumerate(temperatures):
        for j, log10_oxygen in enumerate(logs):
            pressures = {**ARGON.partial_pressures_atm, "O2": 10.0**log10_oxygen}
            gas = ARGON.model_copy(update={"name": "other", "partial_pressures_atm": pressures})
            phases = phases_at(energies, [target], float(temperature_c), gas)
            exact = above_hull_ev_per_atom(phases, phases.find(target)) + shift[target]
            assert found.above_ev_per_atom[i, j] == pytest.approx(exact, abs=1e-8)
    assert (found.sigma_ev_per_atom > 0).all()


def test_barium_carbonate_lets_go_of_its_gas_where_its_gibbs_energy_says(
    energies: EnergyStack,
) -> None:
    def change_ev(temperature_k: float) -> float:
        parts = {f: solid_ev_per_atom(energies.energy(f), temperature_k) for f in ("BaO", "BaCO3")}
        gas = gas_ev("CO2", temperature_k, AIR.partial_pressures_atm["CO2"])
        return 2 * parts["BaO"] + gas - 5 * parts["BaCO3"]

    boundary_c = brentq(change_ev, 700.0, 1900.0) - 273.15
    around = np.array([boundary_c - 2, boundary_c + 2])
    found = stability_map(energies, "BaCO3", [], AIR, around, np.array([np.log10(0.21)]))
    assert found.above_ev_per_atom[0, 0] < 0 < found.above_ev_per_atom[1, 0]
    assert found.rivals[1][0] == ("BaO",)


def test_the_map_knows_the_slope_of_oxygen() -> None:
    """An eighth of kT ln 10 a decade: 4 CuO, of eight atoms, give off one O2."""
    logs = np.array([-0.2, -0.1])
    found = stability_map(copper(), "CuO", [], AIR, np.array([1400.0]), logs)
    assert found.rivals[0][0] == found.rivals[0][1] == ("Cu2O",)
    slope = np.diff(found.above_ev_per_atom[0])[0] / 0.1
    assert slope == pytest.approx(-BOLTZMANN_EV_PER_K * 1673.15 * np.log(10) / 8, rel=1e-6)


def test_a_profile_climbs_in_hundreds() -> None:
    climbed = [c.temperature_c for c in heating_profile(850.0, AIR, 500.0)]
    assert climbed == [500.0, 600.0, 700.0, 800.0, 850.0]
    assert [c.temperature_c for c in heating_profile(700.0, AIR, 500.0)] == [500.0, 600.0, 700.0]
    assert [c.temperature_c for c in heating_profile(700.0, AIR)] == [700.0]
    for start in (700.0, 900.0, float("nan")):
        with pytest.raises(RecordError, match="does not go up"):
            heating_profile(700.0, AIR, start)


def test_heating_conserves_and_waits(energies: EnergyStack) -> None:
    """Each stage begins with what the last left; what is not mobile stays as it is."""
    precursors = balance("BaTiO3", ("BaCO3", "TiO2")).precursors
    graph = ReactionGraph(energies, "BaTiO3", ("BaCO3", "TiO2"))
    profile = heating_profile(1000.0, AIR, 600.0)
    alone = heat(graph, precursors, profile[-1:])
    pathway = graph.pathway(precursors, profile[-1])
    assert (alone[0].steps, alone[0].mixture) == (pathway.steps, pathway.final)

    stages = heat(graph, precursors, profile, lambda _, c: float(c.temperature_c >= 800))
    assert [bool(s.steps) for s in stages[:3]] == [False, False, True]
    assert stages[1].mixture == dict(precursors)
    for stage in stages:
        for element in ("Ba", "Ti"):
            held = sum(n * parse(f)[element] for f, n in stage.mixture.items())
            assert held == pytest.approx(1.0)
    never = heat(graph, precursors, profile, lambda _pair, _c: 0.0)
    assert not any(s.steps for s in never)
