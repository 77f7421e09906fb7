"""What a fault does to a sample or a batch, who is told, and what is kept of it for audits."""

import math
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from knowledge.outcome import Fault
from lab.procedure import Weigh
from lab.protocol import Refused
from lab.simulated.books import Contamination, Sample
from lab.simulated.faults import Dice, overshot, tripped
from lab.simulated.places import Unit

WeighOut = Callable[[str, str, float], object]


class Mishaps:
    """Lets faults happen. `happened` counts them by kind, noticed or not."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self.happened: Counter[str] = Counter()

    def weigh(
        self, sample: Sample, action: Weigh, number: int, weigh_out: WeighOut, where: str
    ) -> float:
        """Weigh a powder, `number` of its sample; the grams it came to. Raises Refused."""
        rng, sample.skew = sample.skew, None
        rng = rng or self._dice.falls("wrong_mass", *sample.draw_key, sample.visit, number)
        if rng is not None:
            sigma = self._dice.rates.wrong_mass_relative_sigma
            grams = action.mass_g * math.exp(rng.normal(0.0, sigma))
            try:
                weigh_out(sample.experiment_id, action.formula, grams)
            except Refused:
                pass  # a bottle with too little in it for the mistake is weighed from as asked
            else:
                asked = f"{action.mass_g:.4g} g asked"
                message = f"{grams:.4g} g of {action.formula} were weighed, {asked}"
                self._note("wrong_mass", [sample], where, message, rng)
                return grams
        weigh_out(sample.experiment_id, action.formula, action.mass_g)
        return action.mass_g

    def fill(self, sample: Sample, where: str) -> None:
        """Fill a crucible that may not be clean."""
        rng = self._dice.falls("contaminated_crucible", *sample.draw_key, sample.visit)
        if rng is not None:
            self.contaminate(sample, rng, where)

    def contaminate(self, sample: Sample, rng: np.random.Generator, where: str) -> bool:
        """Mix in what the crucible held before; whether it held anything else."""
        last = sample.crucible.last if sample.crucible else None
        if last is None or last[0] == sample.experiment_id:
            return False
        sample.contaminations.append(Contamination(self._dice.rates.contamination_share, *last))
        message = f"the crucible was not clean: {last[1]} of {last[0]} was in it before"
        self._note("contaminated_crucible", [sample], where, message, rng)
        return True

    def overshoot(self, unit: Unit, rng: np.random.Generator, after_h: float = 0.0) -> bool:
        """Run the heats of a furnace too hot from now on; whether there is any left."""
        assert unit.running is not None
        by_c = abs(rng.normal(0.0, self._dice.rates.overshoot_sigma_c))
        hotter = overshot(unit.running, by_c, after_h)
        if hotter == unit.running:
            return False
        unit.running = hotter
        message = f"the furnace ran {by_c:.0f} C hotter than asked"
        self._note("overshoot", unit.samples, unit.name, message, rng)
        return True

    def trip(self, unit: Unit, after_h: float) -> float:
        """Cut the heating of a furnace, loaded or not; hours until it is cold.

        What is in it will be measured as it is, without further firings.
        """
        cooling_h = 0.0
        if unit.running is not None:
            unit.running, cooling_h = tripped(unit.running, after_h)
        message = "the furnace lost its heating and cooled down"
        self._note("furnace_trip", unit.samples, unit.name, message)
        for sample in unit.samples:
            sample.skip_firings()
        return cooling_h

    def scan(self, sample: Sample, attempt: int, stopped: bool, where: str) -> bool:
        """Whether a scan gave a pattern, and what that says of the phases."""
        key = (*sample.draw_key, sample.visit)
        if stopped or self._dice.falls("failed_scan", *key, attempt) is not None:
            self._note("failed_scan", [sample], where, f"scan {attempt + 1} gave no pattern")
            return False
        sample.scanned = True
        rng = self._dice.falls("mislabelled_phase", *key)
        if rng is not None:
            self.mislabel(sample, rng, where)
        return True

    def mislabel(self, sample: Sample, rng: np.random.Generator, where: str) -> None:
        """Let a phase be named wrongly when the pattern is read."""
        sample.mislabel = rng.uniform()
        message = "the pattern may have been read wrongly: a phase is in doubt"
        self._note("mislabelled_phase", [sample], where, message, rng)

    def spills(self, sample: Sample) -> bool:
        """Whether a sample is spilled on its way to the next station."""
        falls = self._dice.falls("spilled_sample", *sample.draw_key, sample.visit)
        return falls is not None

    def lose(self, sample: Sample, kind: str, where: str, message: str) -> None:
        """Lose a sample for good."""
        sample.lost = True
        self._note(kind, [sample], where, message, lost=True)

    def _note(
        self,
        kind: str,
        samples: Iterable[Sample],
        stage: str,
        message: str,
        rng: np.random.Generator | None = None,
        lost: bool = False,
    ) -> None:
        """Keep a fault, and tell of it: always, or where it hides in the data, if it is noticed."""
        fault = Fault(kind=kind.replace("_", " "), stage=stage, message=message, sample_lost=lost)
        told = rng is None or self._dice.noticed(rng)
        self.happened[kind] += 1
        for sample in samples:
            sample.happened.append(fault)
            if told:
                sample.told.append(fault)
