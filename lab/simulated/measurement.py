"""What a diffractometer makes of a sample: noisy weight fractions, and a share it cannot name."""

from dataclasses import dataclass

import numpy as np

from knowledge.errors import RecordError
from knowledge.outcome import PhaseFraction
from lab.simulated.interfaces import Array
from lab.simulated.physics import Sample
from lab.simulated.truth import TrueSystem


@dataclass(frozen=True)
class Measurement:
    """How well weight fractions are known. Rietveld refinement of a laboratory pattern is good to
    1-3 wt% and sees little below 2 wt% (Madsen et al., J. Appl. Cryst. 34, 409 (2001)).
    """

    sigma: float = 0.015
    detection_limit: float = 0.02

    def __post_init__(self) -> None:
        for name, value in (("sigma", self.sigma), ("detection_limit", self.detection_limit)):
            if not isinstance(value, int | float) or not 0 <= value < 1:
                raise RecordError(
                    f"lab.measurement.{name} is {value!r}: a weight fraction is 0 to below 1"
                )


def weight_fractions(system: TrueSystem, sample: Sample) -> tuple[Array, float]:
    """True weight fraction of each phase's crystals, shape (phases,), and that of all glass."""
    crystals, glass = sample.crystals * system.mass, float(sample.glass @ system.mass)
    total = float(crystals.sum()) + glass
    return crystals / total, glass / total


def measure(
    system: TrueSystem,
    fractions: Array,
    settings: Measurement,
    rng: np.random.Generator,
    mislabel: float | None = None,
) -> tuple[tuple[PhaseFraction, ...], float]:
    """Phases with weight fraction and sigma, largest first, and the unidentified weight fraction.

    `fractions` are the true ones of crystals, shape (phases,); what they lack to one is glass and
    dirt. Hidden phases cannot be named. What is given adds up to one. `mislabel`, 0 to 1, picks the
    phase that the largest is taken for.
    """
    nameable = np.array([not (p.hidden or p.vapour_of) for p in system.phases])
    named = np.where(nameable, fractions, 0.0)
    true = np.append(named, max(1.0 - float(named.sum()), 0.0))
    # A peak far below the limit is not lifted over it by the noise of a refinement.
    felt = (
        np.minimum(true / settings.detection_limit, 1.0) if settings.detection_limit else true > 0
    )
    noisy = true + felt * rng.normal(0.0, settings.sigma, len(true))
    noisy[noisy < settings.detection_limit] = 0.0
    if not noisy.any():  # everything is a little of something: nothing can be named
        noisy[-1] = 1.0
    noisy = np.round(noisy / noisy.sum(), 4)
    seen = sorted(np.flatnonzero(noisy[:-1]), key=lambda i: -noisy[i])
    labels = {i: system.phases[i].formula for i in seen}
    if seen and mislabel is not None:
        others = [i for i in np.flatnonzero(nameable) if i not in labels]
        if others:
            labels[seen[0]] = system.phases[others[int(mislabel * len(others))]].formula
    phases = tuple(
        PhaseFraction(formula=labels[i], weight_fraction=float(noisy[i]), sigma=settings.sigma)
        for i in seen
    )
    return phases, float(noisy[-1])
