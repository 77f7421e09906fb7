"""The constants of the simulated lab's physics: values, and why these. No target has its own."""

from dataclasses import dataclass, fields

from lab.simulated import melting, motion, network
from lab.simulated.measurement import Measurement
from lab.simulated.world import WorldSettings


@dataclass(frozen=True)
class Constant:
    """A number that holds for every world and every target."""

    name: str
    value: float
    why: str


_FIRINGS = "published firings: python -m experiments.published_firings"
_MODULES = (
    (
        motion,
        {
            "DIFFUSIVITY_AT_MELTING_M2_PER_S": "between lattice (1e-13) and surface (1e-9); "
            + _FIRINGS,
            "ACTIVATION_PER_MELTING_POINT": "18 for metals, 23 for oxides: Brown & Ashby (1980); "
            + _FIRINGS,
            "SLOWER_SHARE": "Huo et al. (2022); " + _FIRINGS,
            "SURFACE_RATIO": "Huttig 0.3 over Tammann 0.5",
            "LATTICE_SHARE": "lattice over grain boundary at the melting point",
            "FAST_ION_SHARE": "a quarter of the cations percolates in most structures",
            "FAST_ION_RATIO": "LiCoO2 forms from 600 C",
            "MELT_SPEEDUP": "a liquid's 1e-9 m2/s over a hot solid's 1e-12",
            "PARTICLE_UM": "reagent powders, where the inventory does not say",
            "FRESH_SPEEDUP": "fine grains in aggregates of their parent's size; " + _FIRINGS,
            "NUCLEATION_REFERENCE_K": "where nucleation_ev_per_atom holds",
            "GLASS_OF_A_FROZEN_MELT": "incongruent melts seldom come back as what they were",
            "GLASS_OF_A_GLASS_FORMER": "Zachariasen (1932)",
        },
    ),
    (
        network,
        {
            "GAS_EXCHANGE_PER_H_ATM": "diffusion out of a crucible 3 cm deep",
            "MIN_DRIVING_FORCE_EV": "a thousandth of kT",
        },
    ),
    (
        melting,
        {
            "MIXING_DEPRESSION": "BaTiO3, YAG, MgAl2O4 and LiNbO3 against their oxides",
            "CARBONATE_SHARE": "CaCO3 0.56 to BaCO3 0.81 of the oxide's melting point",
            "NITRATE_OR_HYDROXIDE_SHARE": "Sr(NO3)2 0.30 to NaNO3 0.41 of the oxide's",
        },
    ),
)
_SETTINGS = {
    "interaction_sigma_ev": "DFT reaction energies err by 0.024 eV/atom: Hautier et al. (2012)",
    "independent_sigma_ev_per_atom": "the part that similar compounds do not share",
    "hidden_share": "a tenth of the phases is unknown",
    "hidden_depth_ev": "as deep as known phases lie below their neighbours",
    "phantom_share": "about half of the Materials Project's compounds were never made",
    "target_depth_ev_per_atom": "how deep ternary oxides lie: Bartel et al. (2019)",
    "kept_above_hull_ev": "what lies higher than kT never forms",
    "known_melting_spread": "handbooks differ by a hundredth",
    "estimated_melting_spread": "what the estimate misses known melting points by",
    "mobility_sigma": "a factor of 2 for morphology and impurities",
    "interface_sigma": "a factor of 2 for how well two solids wet",
    "nucleation_ev_per_atom": "below 50 meV/atom reactions are slow: A-Lab (2023)",
    "nucleation_sigma": "interface energies differ by a factor of 1.5",
    "amorphous_share": "few crystalline oxides fail to crystallise",
    "amorphous_share_of_glass_formers": "phosphates, borates and silicates often do",
}


def _listed() -> tuple[Constant, ...]:
    found = [
        Constant(f"{module.__name__.rsplit('.', 1)[-1]}.{name}", getattr(module, name), why)
        for module, reasons in _MODULES
        for name, why in reasons.items()
    ]
    found += [
        Constant(f"world.{f.name}", float(f.default), _SETTINGS[f.name])  # type: ignore[arg-type]
        for f in fields(WorldSettings)
    ]
    found += [
        Constant(f"measurement.{f.name}", float(f.default), "Madsen et al. (2001)")  # type: ignore[arg-type]
        for f in fields(Measurement)
    ]
    return tuple(found)


CONSTANTS = _listed()
