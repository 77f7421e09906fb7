"""Powder patterns of what a simulated lab made, one file of counts for each experiment."""

import hashlib
import re
from pathlib import Path

from knowledge.errors import RecordError
from lab.simulated.diffraction import Diffractometer
from lab.simulated.draws import generator
from lab.simulated.interfaces import Array
from lab.simulated.truth import TrueSystem

_LONGEST_NAME = 80


def file_name(experiment_id: str) -> str:
    """A file name for an experiment, the id itself where that is one; no two are the same."""
    plain = re.sub(r"[^\w.-]", "_", experiment_id, flags=re.ASCII).lstrip(".")[:_LONGEST_NAME]
    if plain and plain == experiment_id:
        return plain
    return f"{plain}-{hashlib.sha256(experiment_id.encode()).hexdigest()[:16]}"


class Scans:
    """A folder of scans, `EXPERIMENT.xy`: two theta in degrees and counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._diffractometer = Diffractometer()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(
                f"lab.patterns is {folder}: {error.strerror}; give a folder that can be written"
            ) from error

    def write(
        self,
        experiment_id: str,
        system: TrueSystem,
        fractions: Array,
        draw: tuple[object, ...],
        seed: int,
    ) -> None:
        """Scan a sample of these true weight fractions, shape (phases,); the rest is amorphous."""
        named = {
            phase.formula: float(x)
            for phase, x in zip(system.phases, fractions, strict=True)
            if x > 0 and not phase.hidden
        }
        amorphous = max(1.0 - sum(named.values()), 0.0)
        rng = generator(seed, "pattern", *draw)
        name = file_name(experiment_id)
        self._diffractometer.pattern(named, amorphous, rng).to_xy(self._folder / f"{name}.xy")
