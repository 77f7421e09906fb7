"""What a diffractometer makes of a sample: noisy weight fractions, and a share it cannot name."""

import numpy as np

from knowledge.outcome import PhaseFraction
from lab.simulated.physics import Sample
from lab.simulated.truth import TrueSystem

# Rietveld refinement of a laboratory pattern is good to 1-3 wt% and sees little below 2 wt%.
NOISE = 0.015
DETECTION_LIMIT = 0.02


def measure(
    system: TrueSystem, sample: Sample, rng: np.random.Generator
) -> tuple[tuple[PhaseFraction, ...], float]:
    """Phases with weight fraction and sigma, largest first, and the unidentified weight fraction.

    Hidden phases and glass cannot be named. Fractions add up to one.
    """
    crystals = sample.crystals * system.mass
    named = np.array([0.0 if p.hidden else m for p, m in zip(system.phases, crystals, strict=True)])
    total = float(crystals.sum() + (sample.glass * system.mass).sum())
    fractions = np.append(named, total - named.sum()) / total
    noisy = fractions + np.where(fractions > 0, rng.normal(0.0, NOISE, len(fractions)), 0.0)
    noisy[noisy < DETECTION_LIMIT] = 0.0
    if not noisy.any():  # everything is a little of something: nothing can be named
        noisy[-1] = 1.0
    noisy = np.round(noisy / noisy.sum(), 4)
    seen = sorted(np.flatnonzero(noisy[:-1]), key=lambda i: -noisy[i])
    phases = tuple(
        PhaseFraction(
            formula=system.phases[i].formula, weight_fraction=float(noisy[i]), sigma=NOISE
        )
        for i in seen
    )
    return phases, float(noisy[-1])
