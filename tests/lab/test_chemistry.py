"""Samples in a world: nothing is made from nothing, whatever is fired however."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition

from knowledge.energies import EnergyStack, EnergyTable, embedded_table
from knowledge.recipe import AIR, ARGON, NITROGEN, OXYGEN, Atmosphere
from lab.procedure import Cool, Heat
from lab.simulated.chemistry import Chemistries, Chemistry
from lab.simulated.interfaces import Array
from lab.simulated.melting import volatile_oxides
from lab.simulated.physics import Sample
from lab.simulated.profile import stays
from lab.simulated.truth import GASES, TruePhase, TrueSystem
from lab.simulated.world import WorldSettings

Programme = tuple[Heat | Cool, ...]

# Enthalpies of formation at 298 K, from the CRC Handbook and, of LiCoO2, from Wang & Navrotsky,
# Solid State Ionics 166, 167 (2004).
ENTHALPIES_KJ_PER_MOL = {
    "MgO": -601.6, "Al2O3": -1675.7, "MgAl2O4": -2299.1, "Li2O": -597.9, "Li2CO3": -1216.0,
    "CoO": -237.9, "Co3O4": -891.0, "LiCoO2": -679.4, "PbO": -218.0, "TiO2": -944.0,
    "PbTiO3": -1198.7, "Na2O": -414.2, "Na2CO3": -1130.7, "B2O3": -1273.5, "Na2B4O7": -3291.1,
    "NaNO3": -467.9, "SiO2": -910.7, "Na2SiO3": -1554.9,
}  # fmt: skip
KJ_PER_MOL_IN_EV = 96.485


@cache
def handbook() -> EnergyStack:
    """Energies of compounds that the embedded table lacks."""
    rows = ["formula,ev_per_atom,corrected,source"]
    for formula, heat in ENTHALPIES_KJ_PER_MOL.items():
        per_atom = heat / KJ_PER_MOL_IN_EV / Composition(formula).num_atoms
        rows.append(f"{formula},{per_atom},yes,handbook")
    return EnergyStack([EnergyTable("\n".join(rows), "handbook")])


@cache
def embedded() -> EnergyStack:
    return EnergyStack([embedded_table()])


@cache
def chemistry(
    seed: int, target: str, *precursors: str, world: WorldSettings | None = None
) -> Chemistry:
    """The chemistry of one world, of embedded energies where they cover it."""
    formulas = [target, *precursors]
    known = set(ENTHALPIES_KJ_PER_MOL)
    energies = handbook() if set(formulas) <= known else embedded()
    return Chemistries(seed, world or WorldSettings(), energies).of(target, precursors)


def programme(
    temperature_c: float, hold_h: float = 12, ramp: float = 5, gas: Atmosphere = AIR
) -> Programme:
    """Up, hold, and down at 5 C/min."""
    heat = Heat(temperature_c=temperature_c, hold_h=hold_h, ramp_c_per_min=ramp, atmosphere=gas)
    return heat, Cool(rate_c_per_min=5, atmosphere=gas)


SYSTEMS = (
    ("BaTiO3", "BaCO3", "BaO2", "TiO2"),
    ("YBa2Cu3O7", "BaCO3", "CuO", "Y2O3"),
    ("Ca3(PO4)2", "CaCO3", "NH4H2PO4"),
    ("NaTeMoO6", "Na2CO3", "TeO2", "MoO3"),
    ("Li4Ti5O12", "LiOH", "LiNO3", "TiO2"),
    ("LiCoO2", "Li2CO3", "Co3O4"),
    ("PbTiO3", "PbO", "TiO2"),
    ("Na2B4O7", "NaNO3", "B2O3"),
)


def framework_atoms(formula: str) -> float:
    return sum(n for e, n in Composition(formula).items() if str(e) not in "OCHN")


def elements_of(system: TrueSystem, amounts: Array) -> Counter[str]:
    """Moles of every element in so many framework atoms of each phase, from the formulas."""
    found: Counter[str] = Counter()

    def add(phase: TruePhase, atoms: float) -> None:
        if phase.hidden:
            for part, share in phase.parts:
                add(system.phases[part], share * atoms)
            return
        oxide = volatile_oxides()[phase.vapour_of].formula if phase.vapour_of else phase.formula
        for element, n in Composition(oxide).items():
            found[str(element)] += float(n) * atoms / framework_atoms(oxide)

    for phase, atoms in zip(system.phases, amounts.tolist(), strict=True):
        add(phase, atoms)
    return found


def check_conserved(system: TrueSystem, start: Array, sample: Sample) -> None:
    for amounts in (sample.crystals, sample.glass, sample.vapour):
        assert (amounts >= 0).all()
    before = elements_of(system, start)
    after = elements_of(system, sample.crystals + sample.glass)
    after += elements_of(system, sample.vapour)
    gases = {g: float(n) for g, n in zip(GASES, sample.gas_mol, strict=True)}
    for gas, moles in gases.items():
        for element, n in Composition(gas).items():
            after[str(element)] += float(n) * moles  # what was taken up is negative
    # Some thousand additions of numbers near one, of which each is good to 1e-16.
    assert {e: after[e] for e in before} == pytest.approx(before, rel=1e-9, abs=1e-9)
    assert not set(after) - set(before) - set("OCHN")
    assert all(abs(after[e]) < 1e-9 for e in set(after) - set(before))


heats = st.builds(
    Heat,
    temperature_c=st.floats(20, 1400),
    hold_h=st.one_of(st.just(0.0), st.floats(0, 60)),
    ramp_c_per_min=st.floats(0.5, 20),
    atmosphere=st.sampled_from((AIR, OXYGEN, ARGON, NITROGEN)),
)
cools = st.builds(
    Cool, rate_c_per_min=st.floats(0.5, 20), atmosphere=st.sampled_from((AIR, OXYGEN, ARGON))
)
firings = st.lists(st.lists(st.one_of(heats, cools), max_size=3).map(tuple), min_size=1, max_size=3)


@given(
    seed=st.integers(0, 5),
    formulas=st.sampled_from(SYSTEMS),
    fired=firings,
    shares=st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    particle_um=st.floats(0.05, 100),
)
@settings(max_examples=60, deadline=None)
def test_what_was_weighed_is_there(
    seed: int,
    formulas: tuple[str, ...],
    fired: list[Programme],
    shares: list[float],
    particle_um: float,
) -> None:
    """Every element of precursors in any ratio: solid, glass, vapour and gas add up to it."""
    made = chemistry(seed, *formulas)
    masses_g = dict(zip(formulas[1:], shares, strict=False))
    start = np.zeros(len(made.system.phases))
    for formula, grams in masses_g.items():
        row = next(
            i
            for i, p in enumerate(made.system.phases)
            if not p.hidden
            and Composition(p.formula).reduced_formula == Composition(formula).reduced_formula
        )
        start[row] = grams / Composition(formula).weight * framework_atoms(formula)
    check_conserved(made.system, start / start.sum(), made.fire(masses_g, fired, particle_um))


@given(
    seed=st.integers(0, 5),
    formulas=st.sampled_from(SYSTEMS),
    fired=firings,
    draw=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_what_is_there_stays(
    seed: int, formulas: tuple[str, ...], fired: list[Programme], draw: int
) -> None:
    """The same from random mixtures of all phases, hidden ones among them."""
    made = chemistry(seed, *formulas)
    amounts = np.random.default_rng(draw).dirichlet(np.full(len(made.system.phases), 0.5))
    start = np.where(made.system.vapour > 0, 0.0, amounts)
    sample = made.reactor.fire(start, [stays(each) for each in fired])
    check_conserved(made.system, start, sample)


@pytest.mark.parametrize(
    ("formulas", "masses_g", "gases"),
    [
        # CaCO3 -> CaO + CO2; one framework atom in a formula unit.
        (("CaO", "CaCO3"), {"CaCO3": 1.0}, {"CO2": 1.0}),
        # Li2CO3 + 2/3 Co3O4 + 1/6 O2 -> 2 LiCoO2 + CO2, over 4 framework atoms.
        (
            ("LiCoO2", "Li2CO3", "Co3O4"),
            {"Li2CO3": 73.891, "Co3O4": 240.798 * 2 / 3},
            {"CO2": 0.25, "O2": -1 / 24},
        ),
    ],
)
def test_gases_by_hand(
    formulas: tuple[str, ...], masses_g: dict[str, float], gases: dict[str, float]
) -> None:
    """Where a reaction runs to its end, gases are those of its equation."""
    sample = chemistry(0, *formulas).fire(masses_g, [programme(900, 24)])
    given_off = dict(zip(GASES, sample.gas_mol.tolist(), strict=True))
    # Molar masses above have five digits, and lithium evaporates a little in a day.
    assert given_off == pytest.approx({g: gases.get(g, 0.0) for g in GASES}, abs=1e-3)


def test_only_ratios_of_masses_count() -> None:
    made, fired = chemistry(0, "BaTiO3", "BaCO3", "TiO2"), [programme(950, 6)]
    grams = made.fire({"BaCO3": 1.97, "TiO2": 0.8}, fired)
    kilograms = made.fire({"TiO2": 800.0, "BaCO3": 1970.0}, fired)
    assert kilograms.crystals == pytest.approx(grams.crystals, abs=1e-12)


def test_fractions_are_by_weight() -> None:
    """Half and half by weight, unfired, is half and half; what is left is glass."""
    made = chemistry(0, "BaTiO3", "BaCO3", "TiO2")
    unfired = made.fire({"BaCO3": 1, "TiO2": 1}, [()])
    assert made.fractions(unfired) == pytest.approx({"BaCO3": 0.5, "TiO2": 0.5}, abs=1e-9)
    glassy = chemistry(0, "Na2B4O7", "Na2CO3", "B2O3")
    sample = glassy.fire({"Na2CO3": 105.99, "B2O3": 2 * 69.62}, [programme(900, 6)])
    glass = float(sample.glass @ glassy.system.mass)
    whole = glass + float(sample.crystals @ glassy.system.mass)
    assert sum(glassy.fractions(sample).values()) == pytest.approx(1 - glass / whole, abs=1e-9)


def test_precursors_that_could_not_go_in_are_left_out() -> None:
    """SrCO3 and CuO in the stock change nothing about barium titanate, however they are listed."""
    made = Chemistries(0, WorldSettings(), embedded())
    one = made.of("BaTiO3", ("BaCO3", "TiO2"))
    assert made.of("BaTiO3", ("TiO2", "SrCO3", "CuO", "BaCO3")) is one
    assert made.of("O3TiBa", ("TiO2", "BaCO3")) is one
    assert made.of("BaTiO3", ("TiO2", "BaCO3", "BaO2")) is not one


def test_the_last_systems_are_kept() -> None:
    """Sixty-four systems are ready at a time; one that was dropped is made again, the same."""
    made = Chemistries(0, WorldSettings(), embedded())
    first = made.of("CaO", ("CaCO3",))
    assert made.of("CaO", ("CaCO3",)) is first
    for n in range(1, 65):
        made.of(f"Ca{n}MgO{n + 1}", ("CaCO3", "MgO"))
    again = made.of("CaO", ("CaCO3",))
    assert again is not first
    assert again.system.melting_k.tolist() == first.system.melting_k.tolist()
