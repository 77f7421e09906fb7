"""How fast the solids of a world move, react, and become crystals.

1. Diffusion goes with the melting point: D(T) = D_m exp(-q (T_m/T - 1)), much the same D_m and q
   for all solids of a kind (Brown & Ashby, Acta Metall. 28, 1085 (1980): q is 18 for metals and
   23 for oxides through the lattice, about half along grain boundaries).
2. A particle of radius r has reacted after r^2/D, so a contact reacts with the rate D/r^2.
3. Both partners of a contact matter and the more mobile one more (Huo et al., Chem. Mater. 34,
   7323 (2022): published firing temperatures go with all melting points): ln D is averaged, three
   parts the faster, one the slower.
4. A solid that falls apart or takes up gas by itself does so at its surface, which moves earlier
   (Huttig and Hedvall): as if it melted at 0.6 of its melting point.
5. Alkali and silver ions move through their solids far below that (West, Solid State Chemistry,
   2nd ed., ch. 8): a solid that is a quarter of them or more moves as if it melted at 0.75 of its
   melting point.
6. A melt moves a thousand times faster than a solid at its melting point.
7. A product has to nucleate: exp(-(dG0/dG)^2 1000 K/T), the classical barrier, with dG0 such that
   reactions below 50 meV/atom are slow, as the A-Lab found (Nature 624, 86 (2023)).
"""

import numpy as np

from lab.simulated.draws import factor, generator
from lab.simulated.interfaces import Array, Indices
from lab.simulated.melting import ZERO_CELSIUS_K
from lab.simulated.truth import TrueSystem

DIFFUSIVITY_AT_MELTING_M2_PER_S = 1e-10
ACTIVATION_PER_MELTING_POINT = 23.0
SLOWER_SHARE = 0.25
SURFACE_RATIO = 0.6
LATTICE_SHARE = 1e-3
FAST_IONS = frozenset({"Li", "Na", "K", "Rb", "Cs", "Ag"})
FAST_ION_SHARE = 0.25
FAST_ION_RATIO = 0.75
MELT_SPEEDUP = 1e3
PARTICLE_UM = 2.0
# What a solid leaves that lost its gas is fine, near 0.3 um (Hedvall's effect): (2 / 0.3)^2.
FRESH_SPEEDUP = 10.0
NUCLEATION_REFERENCE_K = 1000.0

# Elements whose oxides build glasses (Zachariasen, J. Am. Chem. Soc. 54, 3841 (1932)).
GLASS_FORMERS = frozenset({"B", "Si", "Ge", "P", "As", "V", "Te"})
# Of what was molten when a hold ends: oxides of one metal crystallise, glass formers do not.
GLASS_OF_A_FROZEN_MELT = 0.7
GLASS_OF_A_GLASS_FORMER = 0.95


class Motion:
    """The speeds of one true system. Rates are per hour."""

    def __init__(self, system: TrueSystem) -> None:
        self._system = system
        settings, seed = system.settings, system.seed
        names = [p.name for p in system.phases]
        self._mobility = np.log(
            [factor(seed, settings.mobility_sigma, "mobility", n) for n in names]
        )
        self.barrier_ev = settings.nucleation_ev_per_atom * np.array(
            [factor(seed, settings.nucleation_sigma, "nucleation", n) for n in names]
        )
        fast = [i for i, e in enumerate(system.elements) if e in FAST_IONS]
        moved_by_ions = system.fractions[:, fast].sum(axis=1) >= FAST_ION_SHARE
        self._fast_ions = np.where(moved_by_ions, FAST_ION_RATIO, 1.0)
        formers = [i for i, e in enumerate(system.elements) if e in GLASS_FORMERS]
        former = system.fractions[:, formers].sum(axis=1) > 0
        shares = np.where(
            former, settings.amorphous_share_of_glass_formers, settings.amorphous_share
        )
        draws = np.array([generator(seed, "amorphous", n).uniform() for n in names])
        self.grows_amorphous = (draws < shares).astype(float)
        simple = (system.fractions > 0).sum(axis=1) == 1
        self.freezes_to_glass = np.where(
            former, GLASS_OF_A_GLASS_FORMER, np.where(simple, 0.0, GLASS_OF_A_FROZEN_MELT)
        )
        self._interfaces = np.full((len(names), len(names)), np.nan)  # until they are met

    def log_rate(self, temperature_c: float, melting_ratio: float = 1.0) -> Array:
        """ln of D/r^2 of each phase, in 1/h. shape: (phases,)."""
        temperature_k = temperature_c + ZERO_CELSIUS_K
        melting_k = self._system.melting_k * self._fast_ions * melting_ratio
        steep = -ACTIVATION_PER_MELTING_POINT * (melting_k / temperature_k - 1)
        molten = self._system.melting_k < temperature_k
        moved = np.where(molten, np.log(MELT_SPEEDUP), np.minimum(steep, 0.0)) + self._mobility
        area_m2 = (PARTICLE_UM * 1e-6) ** 2
        return np.asarray(moved + np.log(DIFFUSIVITY_AT_MELTING_M2_PER_S / area_m2 * 3600))

    def contact(self, log_rate: Array, first: Indices, second: Indices) -> Array:
        """Rate of contacts of two phases in 1/h. shape: (contacts,)."""
        a, b = log_rate[first], log_rate[second]
        mean = (1 - SLOWER_SHARE) * np.maximum(a, b) + SLOWER_SHARE * np.minimum(a, b)
        new = np.isnan(self._interfaces[first, second])
        for i, j in zip(first[new], second[new], strict=True):
            self._interfaces[i, j] = self._interfaces[j, i] = self._interface(int(i), int(j))
        return np.asarray(np.exp(mean + self._interfaces[first, second]))

    def nucleation(
        self, force_ev_per_atom: Array, products: Indices, temperature_c: float
    ) -> Array:
        """Share of contacts where the products have nucleated, 0 to 1. shape: (contacts,)."""
        barrier = self.barrier_ev[products].max(axis=1) / force_ev_per_atom
        heat = NUCLEATION_REFERENCE_K / (temperature_c + ZERO_CELSIUS_K)
        return np.asarray(np.exp(-(barrier**2) * heat))

    def _interface(self, first: int, second: int) -> float:
        """The draw of one contact: how much faster than others it is, a natural logarithm."""
        phases, settings = self._system.phases, self._system.settings
        names = sorted((phases[first].name, phases[second].name))
        rng = generator(self._system.seed, "interface", *names)
        return float(rng.normal(0.0, settings.interface_sigma))
