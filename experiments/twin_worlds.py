"""Worlds that differ from one in a single thing that may go wrong, to tell what did.

A recipe is fired in a world, and again in its twins: one where nothing evaporates, one where every
solid is a million times as fast, and so on. What went wrong is what the twin that mends the yield
lacks. Only studies may look: an agent sees the outcome of the first alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.why.records import Cause
from knowledge.energies import EnergyStack
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import HeatingStep, Recipe
from lab.procedure import procedure
from lab.simulated.chemistry import Chemistry
from lab.simulated.draws import generator
from lab.simulated.measurement import Measurement, measure, weight_fractions
from lab.simulated.motion import Motion
from lab.simulated.physics import Reactor, Sample
from lab.simulated.truth import TruePhase, TrueSystem
from lab.simulated.world import WorldSettings

# How much faster solids are where nothing is slow: a pair that is inert at 600 C reacts.
_FASTER = math.log(1e6)
_NO_ERRORS = {
    "interaction_sigma_ev": 0.0,
    "independent_sigma_ev_per_atom": 0.0,
    "phantom_share": 0.0,
}
_NOTHING_UNKNOWN = {
    "hidden_share": 0.0,
    "amorphous_share": 0.0,
    "amorphous_share_of_glass_formers": 0.0,
}
# Mishaps of the study: how often, and how large. A furnace that trips gets to a share of the
# temperature asked, and does not hold.
_WEIGHED_WRONG, _WEIGHING_SIGMA, _NOTICED = 0.10, 0.15, 0.3
_TRIPPED, _REACHED_BY_A_TRIP = 0.05, 0.6


class _NoVapours(TrueSystem):
    """A world in which nothing evaporates."""

    def _vapours(self, energies: EnergyStack) -> list[TruePhase]:
        del energies
        return []


class _Fast(Motion):
    """A world in which every solid is fast."""

    def log_rate(self, temperature_c: float, melting_ratio: float = 1.0) -> NDArray[np.float64]:
        """ln of D/r^2 of each phase, in 1/h. shape: (phases,)."""
        return super().log_rate(temperature_c, melting_ratio) + _FASTER


@dataclass(frozen=True)
class Mishap:
    """What happened to one sample: a powder's mass off by a factor, a firing that ended early."""

    powder: str | None = None
    factor: float = 1.0
    tripped: bool = False
    reported: bool = False

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What somebody noticed. Trips always are."""
        told = []
        if self.powder is not None and self.reported:
            told.append(("wrong mass", "balance", f"too much or too little {self.powder}"))
        if self.tripped:
            told.append(("furnace trip", "box furnace", "the furnace lost its heating"))
        return tuple(Fault(kind=k, stage=s, message=m) for k, s, m in told)


def mishap(recipe: Recipe, rng: np.random.Generator) -> Mishap:
    """What goes wrong with one sample, drawn."""
    powder, factor = None, 1.0
    if rng.uniform() < _WEIGHED_WRONG:
        powder = str(rng.choice(list(recipe.precursors)))
        factor = math.exp(rng.normal(0.0, _WEIGHING_SIGMA))
    return Mishap(powder, factor, bool(rng.uniform() < _TRIPPED), bool(rng.uniform() < _NOTICED))


class Twins:
    """One world and its twins, for one target and its precursors."""

    def __init__(
        self, seed: int, energies: EnergyStack, target: str, precursors: Sequence[str]
    ) -> None:
        self._seed, settings = seed, WorldSettings()
        asked = (energies, target, tuple(sorted(precursors)))
        real = TrueSystem(seed, settings, *asked)
        still = _NoVapours(seed, settings, *asked)
        exact = TrueSystem(seed, replace(settings, **_NO_ERRORS), *asked)
        known = TrueSystem(seed, replace(settings, **_NOTHING_UNKNOWN), *asked)
        barrier_free, crystalline = Motion(real), Motion(real)
        barrier_free.barrier_ev = np.zeros_like(barrier_free.barrier_ev)
        crystalline.freezes_to_glass = np.zeros_like(crystalline.freezes_to_glass)
        self.real = _chemistry(real, Motion(real))
        self.without: dict[Cause, Chemistry] = {
            "kinetics": _chemistry(real, _Fast(real)),
            "intermediate": _chemistry(real, barrier_free),
            "energies": _chemistry(exact, Motion(exact)),
            "volatility": _chemistry(still, Motion(still)),
            "melting": _chemistry(real, crystalline),
            "amorphous": _chemistry(known, Motion(known)),
        }

    def outcome(self, recipe: Recipe, name: str, happened: Mishap) -> Outcome:
        """What a lab would report of a recipe fired in the real world."""
        sample = _fired(self.real, recipe, happened)
        fractions, _ = weight_fractions(self.real.system, sample)
        rng = generator(self._seed, "study", recipe.content_id)
        phases, unidentified = measure(self.real.system, fractions, Measurement(), rng)
        return Outcome(
            experiment_id=name,
            phases=phases,
            unidentified_weight_fraction=unidentified,
            profile=tuple(_recorded(recipe, happened)),
            faults=happened.faults,
        )

    def true_yield(self, recipe: Recipe, happened: Mishap) -> float:
        """Weight fraction of the target in the real world, without error."""
        return _yield(self.real, recipe, happened)

    def yields_without(self, recipe: Recipe, happened: Mishap) -> Mapping[Cause, float]:
        """True yield with each cause taken away."""
        found: dict[Cause, float] = {
            cause: _yield(world, recipe, happened) for cause, world in self.without.items()
        }
        found["weighing"] = _yield(self.real, recipe, replace(happened, powder=None))
        found["fault"] = _yield(self.real, recipe, replace(happened, tripped=False))
        return found


def _chemistry(system: TrueSystem, motion: Motion) -> Chemistry:
    return Chemistry(system, Reactor(system, motion))


def _recorded(recipe: Recipe, happened: Mishap) -> list[HeatingStep]:
    """The firings as they were."""
    if not happened.tripped:
        return list(recipe.steps)
    return [
        s.model_copy(
            update={
                "hold_h": 0.0,
                "temperature_c": round(_REACHED_BY_A_TRIP * s.temperature_c, 1),
            }
        )
        for s in recipe.steps
    ]


def _fired(world: Chemistry, recipe: Recipe, happened: Mishap) -> Sample:
    steps = tuple(_recorded(recipe, happened))
    done = procedure(recipe.model_copy(update={"steps": steps}))
    masses_g = {
        f: g * (happened.factor if f == happened.powder else 1.0) for f, g in done.masses_g.items()
    }
    return world.fire(masses_g, done.firings)


def _yield(world: Chemistry, recipe: Recipe, happened: Mishap) -> float:
    fractions, _ = weight_fractions(world.system, _fired(world, recipe, happened))
    return float(fractions[world.index(recipe.target.formula)])
