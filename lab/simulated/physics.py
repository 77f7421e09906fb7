"""How solids react over a heating profile, one contact at a time.

Amounts are framework atoms of each phase, so every reaction conserves every element by
construction and gases follow. For every pair in contact the reaction with the largest driving
force is found by trying all sets of one or two products; it runs with a rate

    k = k0 exp(-E/R (1/T - 1/T_onset)) (1 - exp(-driving force / nucleation scale))

slowed by the layer of product grown since the last grinding. What is above its melting point
when the hold ends freezes as glass.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from knowledge.energies.gibbs import ZERO_CELSIUS_K
from knowledge.recipe import Atmosphere, HeatingStep
from lab.simulated.truth import Array, TrueSystem

# Rate at the onset temperature, per hour: under one percent of a contact an hour is just notable.
RATE_AT_ONSET_PER_H = 0.004
# Activation temperature of diffusion in oxides, E/R for 220 kJ/mol.
ACTIVATION_K = 26_500.0
NUCLEATION_SCALE_EV = 0.01
LAYER_SLOWDOWN = 6.0
MIN_DRIVING_FORCE_EV = 0.001

_RAMP_STEP_C = 25.0
_HOLD_SUBSTEPS = 24
_ROOM_C = 25.0
_COLD_C = 200.0  # nothing moves below this
_TRACE = 1e-6
_MOST_PRODUCTS = 2


@dataclass(frozen=True)
class Sample:
    """Framework atoms of each phase as crystals and as glass. shapes: (phases,)."""

    crystals: Array
    glass: Array


class Reactor:
    """The reactions of one true system. Stoichiometries are found once for each pair."""

    def __init__(self, system: TrueSystem) -> None:
        self.system = system
        self._stoichiometries: dict[tuple[int, int], Array] = {}
        self._strongest: dict[tuple[int, int, float, Atmosphere], tuple[Array, float] | None] = {}

    def fire(self, start: Array, steps: tuple[HeatingStep, ...]) -> Sample:
        """The sample after the firings, each from room temperature. start shape: (phases,)."""
        amount, glass, layer = start.copy(), np.zeros_like(start), 0.0
        for step in steps:
            if step.regrind_before:
                layer = 0.0
            for temperature_c, hours in profile(step):
                layer += self._advance(amount, temperature_c, hours, step.atmosphere, layer)
            molten = self.system.melting_c < step.temperature_c
            glass[molten] += amount[molten]
            amount[molten] = 0.0
        return Sample(amount, glass)

    def _advance(
        self, amount: Array, temperature_c: float, hours: float, gas: Atmosphere, layer: float
    ) -> float:
        """Change the amounts over a short time; returns the share of the sample that reacted."""
        total = amount.sum()
        present = np.flatnonzero(amount > _TRACE * total)
        change = np.zeros_like(amount)
        pairs = [(i, i) for i in present] + list(combinations(present, 2))
        for first, second in pairs:
            found = self.strongest(int(first), int(second), temperature_c, gas)
            if found is None:
                continue
            stoichiometry, force = found
            rate = self._rate(int(first), int(second), temperature_c, force)
            used = stoichiometry < 0
            limit = float((amount[used] / -stoichiometry[used]).min())
            contact = 1.0 if first == second else np.sqrt((amount[first] + amount[second]) / total)
            slowed = rate * contact / (1 + LAYER_SLOWDOWN * min(layer, 1.0))
            change += stoichiometry * limit * (1 - np.exp(-slowed * hours))
        # Pairs compete for what there is: no phase is used up beyond its amount.
        short = change < 0
        worst = float((-change[short] / amount[short]).max()) if short.any() else 0.0
        change /= max(worst, 1.0)
        amount += change
        np.clip(amount, 0.0, None, out=amount)
        return float(np.abs(change).sum() / 2 / total)

    def _rate(self, first: int, second: int, temperature_c: float, force_ev: float) -> float:
        onset_k = self.system.onset_c(first, second) + ZERO_CELSIUS_K
        warmth = ACTIVATION_K * (1 / onset_k - 1 / (temperature_c + ZERO_CELSIUS_K))
        nucleation = 1 - np.exp(-force_ev / NUCLEATION_SCALE_EV)
        return float(RATE_AT_ONSET_PER_H * np.exp(min(warmth, 20.0)) * nucleation)

    def strongest(
        self, first: int, second: int, temperature_c: float, gas: Atmosphere
    ) -> tuple[Array, float] | None:
        """Stoichiometry per framework atom of reactants, and driving force in eV; none if inert."""
        key = (first, second, temperature_c, gas)
        if key not in self._strongest:
            options = self._options(first, second)
            forces = -options @ self.system.potential(temperature_c, gas)
            best = int(np.argmax(forces)) if len(forces) else -1
            favourable = best >= 0 and forces[best] > MIN_DRIVING_FORCE_EV
            self._strongest[key] = (options[best], float(forces[best])) if favourable else None
        return self._strongest[key]

    def _options(self, first: int, second: int) -> Array:
        key = (first, second)
        if key not in self._stoichiometries:
            self._stoichiometries[key] = stoichiometries(self.system.fractions, first, second)
        return self._stoichiometries[key]


def profile(step: HeatingStep) -> list[tuple[float, float]]:
    """Temperatures and the hours spent near each, on the way up and at the hold."""
    ramp_hours = _RAMP_STEP_C / step.ramp_c_per_min / 60
    warm = np.arange(_COLD_C, step.temperature_c, _RAMP_STEP_C)
    held = [(step.temperature_c, step.hold_h / _HOLD_SUBSTEPS)] * _HOLD_SUBSTEPS
    return [(float(t), ramp_hours) for t in warm] + held


def stoichiometries(fractions: Array, first: int, second: int) -> Array:
    """Every way for one phase or two to turn into one other or two, by brute force.

    Rows are changes in framework atoms per framework atom of reactants; a set of products counts
    when exactly one positive combination balances every element. shape: (reactions, phases).
    """
    size, elements = fractions.shape
    reactants = [first] if first == second else [first, second]
    products = [i for i in range(size) if i not in reactants]
    rows = []
    for count in range(1, min(elements - (len(reactants) - 1), _MOST_PRODUCTS) + 1):
        chosen = np.array(list(combinations(products, count)), dtype=int).reshape(-1, count)
        if not len(chosen):
            continue
        left = np.broadcast_to(fractions[reactants].T, (len(chosen), elements, len(reactants)))
        matrix = np.concatenate([left, -fractions[chosen].transpose(0, 2, 1)], axis=2)
        columns = matrix.shape[2]
        _, singular, right = np.linalg.svd(matrix, full_matrices=True)
        padded = np.zeros((len(chosen), columns))
        padded[:, : singular.shape[1]] = singular[:, :columns]
        null = right[:, -1, :]
        null = null * np.sign(null.sum(axis=1, keepdims=True))
        unique = (padded[:, -1] < 1e-9) & (padded[:, -2] > 1e-7)
        for index in np.flatnonzero(unique & (null.min(axis=1) > 1e-6)):
            row = np.zeros(size)
            row[chosen[index]] = null[index, len(reactants) :]
            row[reactants] -= null[index, : len(reactants)]
            rows.append(row / null[index, : len(reactants)].sum())
    return np.array(rows).reshape(-1, size)
