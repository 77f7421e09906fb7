"""Formation energies where no table has a compound: an ensemble of composition networks.

Trained by `python -m experiments.train_energies` on DFT energies of the lowest polymorph of each
composition; a JSON file beside the weights records how far off they are on formulas held out.
Of a compound the networks see atomic fractions alone: neither its structure nor whether it exists.

The variance of an estimate is the mean variance of the members' Laplace distributions plus the
variance of their means. A table, stored with the weights, then turns its root into the sigma for
which +-1.645 sigma holds 90 % of formulas that no member was trained on, at every level of sigma.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowledge.chemistry import parse
from knowledge.energies.source import FormationEnergy
from knowledge.errors import NoEnergyError, RecordError
from knowledge.threads import one_thread

if TYPE_CHECKING:
    from torch import Tensor

    from knowledge.energies.network import CompositionNetwork

WEIGHTS = "data/composition_ensemble.safetensors"
# How a formula is scaled moves the last digits of its fractions; none of them means anything.
_FRACTION_DIGITS = 7
# 0.01 meV/atom, far below any error: batches of other sizes add up in another order.
_ENERGY_DIGITS = 5
_BATCH = 2048

Floats = NDArray[np.float64]


def encode(
    formulas: Sequence[str], symbols: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Elements (positions in `symbols`) and atomic fractions, each `formulas x n`, by position.

    n is the largest number of elements, at least two; what a formula lacks is element 0 of
    fraction 0. Raises NoEnergyError naming elements that `symbols` lacks, FormulaError.
    """
    position = {symbol: i for i, symbol in enumerate(symbols)}
    compositions = [parse(formula) for formula in formulas]
    n = max([2, *(len(composition) for composition in compositions)])
    elements = np.zeros((len(formulas), n), dtype=np.int64)
    fractions = np.zeros((len(formulas), n), dtype=np.float32)
    for row, (formula, composition) in enumerate(zip(formulas, compositions, strict=True)):
        unknown = [str(e) for e in composition if str(e) not in position]
        if unknown:
            raise NoEnergyError(
                f"no estimate for {formula}: no energies with {', '.join(unknown)} were at hand "
                "to learn from; give its energy in a table, or choose a target without it"
            )
        # Amounts, not `get_atomic_fraction`: one sum per formula instead of one per element.
        total = sum(composition.values())
        present = sorted((position[str(e)], x / total) for e, x in composition.items())
        for column, (element, fraction) in enumerate(present):
            elements[row, column] = element
            fractions[row, column] = round(fraction, _FRACTION_DIGITS)
    return elements, fractions


def raw_sigma(means: Floats, log_scales: Floats) -> Floats:
    """Standard deviation of a mixture of Laplace distributions, members in the first axis."""
    within = 2 * np.exp(2 * log_scales).mean(axis=0)
    total: Floats = np.sqrt(within + means.var(axis=0, ddof=1))
    return total


def calibrated_sigma(raw: Floats, calibration: Floats) -> Floats:
    """Sigma for a raw one, log-linear between the rows (raw, sigma) of a rising table.

    Outside the table the ratio at its end holds.
    """
    x, ratio = np.log(calibration[0]), np.log(calibration[1] / calibration[0])
    sigma: Floats = raw * np.exp(np.interp(np.log(raw), x, ratio))
    return sigma


class EstimatedEnergies:
    """Formation energies of any formula of covered elements, from weights in a safetensors file.

    Nothing is read before the first answer. Answers are the same whatever the order and the scale
    of a formula, and for one file on one machine.
    """

    def __init__(self, weights: Path) -> None:
        self.weights = weights
        self.name = "estimate"

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the weights, calibration included."""
        return hashlib.sha256(self._bytes).hexdigest()[:16]

    @cached_property
    def elements(self) -> tuple[str, ...]:
        """The elements that the ensemble was trained on, by atomic number."""
        return tuple(self._header["elements"].split())

    @cached_property
    def source(self) -> str:
        """What users read beside an estimate."""
        members, rows = int(self._header["members"]), int(self._header["trained_on"])
        networks = f"ensemble of {members} composition networks"
        return f"{networks}, trained on {rows:,} DFT energies"

    def energy(self, formula: str) -> FormationEnergy:
        """The estimate for one formula. Raises NoEnergyError naming elements not covered."""
        energies, sigmas = self.estimate([formula])
        return FormationEnergy(
            formula=formula,
            ev_per_atom=float(energies[0]),
            source=self.source,
            sigma_ev_per_atom=float(sigmas[0]),
            kind="estimate",
        )

    def estimate(self, formulas: Sequence[str]) -> tuple[Floats, Floats]:
        """Formation energies and standard deviations, eV/atom, in the order of the formulas.

        Elements are zero by definition, with sigma zero. Raises NoEnergyError, FormulaError.
        """
        elements, fractions = encode(formulas, self.elements)
        energies, sigmas = np.zeros(len(formulas)), np.zeros(len(formulas))
        sizes = (fractions > 0).sum(axis=1)
        for size in np.unique(sizes[sizes > 1]):
            rows = np.flatnonzero(sizes == size)
            for chunk in np.split(rows, range(_BATCH, len(rows), _BATCH)):
                means, log_scales = self.members(elements[chunk, :size], fractions[chunk, :size])
                energies[chunk] = means.mean(axis=0)
                raw = raw_sigma(means, log_scales)
                sigmas[chunk] = calibrated_sigma(raw, self._calibration)
        return energies.round(_ENERGY_DIGITS), sigmas.round(_ENERGY_DIGITS)

    def members(
        self, elements: NDArray[np.int64], fractions: NDArray[np.float32]
    ) -> tuple[Floats, Floats]:
        """Each member's mean and log Laplace scale (eV/atom), `members x formulas`."""
        import torch

        offset, unit = self._units
        means, log_scales = [], []
        with one_thread(), torch.inference_mode():
            for network in self._networks:
                mean, log_scale = network(torch.from_numpy(elements), torch.from_numpy(fractions))
                means.append(mean.double().numpy() * unit + offset)
                log_scales.append(log_scale.double().numpy() + np.log(unit))
        return np.stack(means), np.stack(log_scales)

    @cached_property
    def _bytes(self) -> bytes:
        try:
            return self.weights.read_bytes()
        except OSError as error:
            raise RecordError(
                f"cannot read the weights {self.weights} ({error}): install the package again, or "
                "train them with `python -m experiments.train_energies`"
            ) from error

    @cached_property
    def _header(self) -> dict[str, str]:
        # A safetensors file begins with the length of a JSON header; numpy and torch stay unneeded.
        length = int.from_bytes(self._bytes[:8], "little")
        try:
            header: dict[str, str] = json.loads(self._bytes[8 : 8 + length])["__metadata__"]
        except (ValueError, KeyError) as error:
            raise RecordError(f"{self.weights} holds no ensemble: install it again") from error
        return header

    @cached_property
    def _tensors(self) -> "dict[str, Tensor]":
        from safetensors.torch import load

        return {name: tensor.float() for name, tensor in load(self._bytes).items()}

    @cached_property
    def _units(self) -> tuple[float, float]:
        offset, unit = self._tensors["units"].tolist()
        return offset, unit

    @cached_property
    def _calibration(self) -> Floats:
        calibration: Floats = self._tensors["calibration"].double().numpy()
        return calibration

    @cached_property
    def _networks(self) -> "list[CompositionNetwork]":
        from knowledge.energies.network import CompositionNetwork, NetworkSettings

        settings = NetworkSettings(**json.loads(self._header["settings"]))
        networks = []
        for member in range(int(self._header["members"])):
            prefix = f"{member}."
            own = {
                k.removeprefix(prefix): t for k, t in self._tensors.items() if k.startswith(prefix)
            }
            network = CompositionNetwork(settings, self._tensors["descriptors"])
            network.load_state_dict(own)
            networks.append(network.eval())
        return networks


@lru_cache(maxsize=1)
def default_estimate() -> EstimatedEnergies:
    """The ensemble that comes with the project."""
    return EstimatedEnergies(Path(str(files("knowledge.energies").joinpath(WEIGHTS))))
