"""What an energy source is, and what it gives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from knowledge.chemistry import identity

Kind = Literal["table", "interpolated", "estimate"]

# What a DFT energy errs by itself, once the errors it shares with its elements are taken off. The
# energies of ternary oxides from binary ones have a standard deviation of 0.024 eV/atom (Hautier
# et al., Phys. Rev. B 85, 155208 (2012)); the ternary and two binaries of half its size share it.
DFT_SIGMA_EV_PER_ATOM = 0.0196


@dataclass(frozen=True)
class FormationEnergy:
    """Formation enthalpy of one phase at 0 K, elements at zero, with where it comes from.

    `mixing_entropy_ev_per_atom_k` is the ideal configurational entropy of an interpolated phase.
    `corrected` energies (experiment, say) take no correction for molecular groups.
    """

    formula: str
    ev_per_atom: float
    source: str
    sigma_ev_per_atom: float = DFT_SIGMA_EV_PER_ATOM
    kind: Kind = "table"
    mixing_entropy_ev_per_atom_k: float = 0.0
    corrected: bool = False

    @property
    def identity(self) -> str:
        """The name of the phase, however its formula is written."""
        return identity(self.formula)


@runtime_checkable
class EnergySource(Protocol):
    """Formation energies by chemical system. Sources are stacked; the first that knows wins."""

    @property
    def name(self) -> str:
        """How the source is called in what a user sees."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything the source could answer; changes when any answer could."""

    def system(self, elements: Iterable[str]) -> Sequence[FormationEnergy]:
        """Every phase made of these elements only, one entry a formula, in a fixed order."""
