"""How a world is drawn: the sizes of what is drawn, not the draws."""

import math
from dataclasses import dataclass, fields

from knowledge.errors import RecordError


@dataclass(frozen=True)
class WorldSettings:
    """How far a world is from what tables say, and how much its solids differ in speed.

    Energies: errors of DFT reaction energies are 0.024 eV/atom (Hautier et al., Phys. Rev. B 85,
    155208 (2012)), alike for similar compounds. Factors of rates are lognormal: `_sigma` is the
    standard deviation of the natural logarithm. Melting points vary by a relative `_spread`.
    """

    interaction_sigma_ev: float = 0.04
    independent_sigma_ev_per_atom: float = 0.006
    hidden_share: float = 0.1
    hidden_depth_ev: float = 0.03
    phantom_share: float = 0.5
    target_depth_ev_per_atom: float = 0.03
    kept_above_hull_ev: float = 0.05
    known_melting_spread: float = 0.01
    estimated_melting_spread: float = 0.1
    mobility_sigma: float = 0.7
    interface_sigma: float = 0.7
    nucleation_ev_per_atom: float = 0.025
    nucleation_sigma: float = 0.4
    amorphous_share: float = 0.02
    amorphous_share_of_glass_formers: float = 0.3

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value < 0:
                raise RecordError(
                    f"lab.world.{setting.name} is {value!r}: it must be a number, 0 or above"
                )
            if "share" in setting.name and value > 1:
                raise RecordError(f"lab.world.{setting.name} is {value:g}: a share is 0 to 1")
