"""What a sample feels in a furnace: short stays at temperatures, on the way up, held, and down."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.recipe import Atmosphere
from lab.procedure import Cool, Heat

# Nothing moves below this.
COLD_C = 200.0
# Stays a quarter as long change no phase by more than 0.1, root mean square (test_physics).
RAMP_STEP_C = 25.0
COOL_STEP_C = 100.0
# Rates fall as contacts are used up, so each part of a hold is longer than the one before.
HOLD_PARTS = 24
HOLD_GROWTH = 1.15


@dataclass(frozen=True)
class Stay:
    """Hours at a temperature in a gas; `held` tells a hold from a ramp."""

    temperature_c: float
    hours: float
    gas: Atmosphere
    held: bool = False


@lru_cache(maxsize=4096)
def stays(programme: tuple[Heat | Cool, ...]) -> tuple[Stay, ...]:
    """The stays of one furnace programme, in order. Ramps go in steps."""
    found: list[Stay] = []
    here_c = COLD_C
    for action in programme:
        if isinstance(action, Heat):
            found += _ramp(here_c, action.temperature_c, action.ramp_c_per_min, action.atmosphere)
            found += _hold(action)
            here_c = action.temperature_c
        else:
            found += _ramp(here_c, COLD_C, action.rate_c_per_min, action.atmosphere)
            here_c = COLD_C
    return tuple(found)


def _ramp(from_c: float, to_c: float, rate_c_per_min: float, gas: Atmosphere) -> Sequence[Stay]:
    """The temperatures of a fixed grid that lie strictly between two temperatures."""
    low, high = sorted((from_c, to_c))
    step_c = RAMP_STEP_C if to_c > from_c else COOL_STEP_C
    first, last = int(low // step_c) + 1, -int(-high // step_c) - 1
    hours = step_c / rate_c_per_min / 60
    grid = [Stay(n * step_c, hours, gas) for n in range(first, last + 1)]
    return grid if to_c > from_c else grid[::-1]


def _hold(heat: Heat) -> Sequence[Stay]:
    weights = [HOLD_GROWTH**n for n in range(HOLD_PARTS)]
    return [
        Stay(heat.temperature_c, heat.hold_h * w / sum(weights), heat.atmosphere, held=True)
        for w in weights[: HOLD_PARTS if heat.hold_h else 1]  # a peak without a hold is felt too
    ]
