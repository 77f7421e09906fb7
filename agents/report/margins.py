"""How far a recipe stays inside the limits of a lab, rule by rule."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agents.report.timeline import duration, grams
from agents.workplace import Workplace
from knowledge.recipe import Recipe
from lab.crucibles import ANY, evaporating_element, share
from lab.evolved_gas import evolved_ml
from lab.procedure import Procedure
from lab.safety import Envelope, longest_programme


@dataclass(frozen=True)
class Margin:
    """A rule, what this recipe asks, what is allowed, and what is to spare."""

    rule: str
    asked: str
    allowed: str
    to_spare: str = ""


def margins(recipe: Recipe, procedure: Procedure, place: Workplace) -> list[Margin]:
    """One line for each rule that a recipe has passed and that can be measured."""
    inside = []
    if place.envelope is not None:
        inside = [
            *_programme(recipe, place.envelope),
            *_heat(recipe, place.envelope),
            *_gas(recipe, place.bench.batch_g, place.envelope),
        ]
    return [*inside, *_in_stock(procedure, place), _doable(procedure, place)]


def _programme(recipe: Recipe, envelope: Envelope) -> list[Margin]:
    temperatures_c = [step.temperature_c for step in recipe.steps]
    rates = [*(step.ramp_c_per_min for step in recipe.steps), recipe.cooling.rate_c_per_min]
    longest_h = max(step.hold_h for step in recipe.steps)
    segments = longest_programme(recipe.steps)
    gases = [*(step.atmosphere.name for step in recipe.steps), recipe.cooling.atmosphere.name]
    return [
        Margin(
            "furnace temperature",
            f"{_range(temperatures_c)} C",
            f"{envelope.min_temperature_c:g} to {envelope.max_temperature_c:g} C",
            f"{envelope.max_temperature_c - max(temperatures_c):g} C",
        ),
        Margin(
            "furnace ramp",
            f"{_range(rates)} C/min",
            f"{envelope.min_ramp_c_per_min:g} to {envelope.max_ramp_c_per_min:g} C/min",
            f"{envelope.max_ramp_c_per_min - max(rates):g} C/min",
        ),
        Margin(
            "furnace time",
            f"hold {duration(longest_h)}",
            f"at most {envelope.max_hold_h:g} h",
            duration(envelope.max_hold_h - longest_h),
        ),
        _count("steps", len(recipe.steps), envelope.max_steps),
        _count("furnace segments", segments, envelope.max_segments),
        Margin("atmosphere", ", ".join(dict.fromkeys(gases)), ", ".join(envelope.atmospheres)),
    ]


def _heat(recipe: Recipe, envelope: Envelope) -> list[Margin]:
    """What the charge would do to crucible and furnace, where it holds something that does."""
    target, hottest_c = recipe.target.formula, recipe.hottest.temperature_c
    crucible = envelope.crucible_limits_c[envelope.crucible]
    limits = [
        *(("crucible", what, limit_c, what) for what, limit_c in crucible.items()),
        *(
            ("volatile charge", oxide, limit_c, evaporating_element(oxide))
            for oxide, limit_c in envelope.volatile_limits_c.items()
        ),
    ]
    return [
        Margin(
            rule,
            f"{hottest_c:g} C",
            f"at most {limit_c:g} C" + (f" with {what}" if what != ANY else ""),
            f"{limit_c - hottest_c:g} C",
        )
        for rule, what, limit_c, element in limits
        if share(target, element) >= envelope.min_share
    ]


def _gas(recipe: Recipe, batch_g: float, envelope: Envelope) -> list[Margin]:
    evolved = evolved_ml(recipe, batch_g)
    total_ml = sum(evolved.values())
    return [
        Margin(
            "batch size",
            f"{batch_g:g} g",
            f"at most {envelope.max_batch_g:g} g",
            f"{envelope.max_batch_g - batch_g:g} g",
        ),
        Margin(
            "evolved gas",
            f"{total_ml:.0f} ml",
            f"at most {envelope.max_gas_ml:g} ml",
            f"{envelope.max_gas_ml - total_ml:.0f} ml",
        ),
    ]


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g} to {high:g}" if low < high else f"{high:g}"


def _count(rule: str, asked: int, allowed: int) -> Margin:
    return Margin(rule, str(asked), f"at most {allowed}", str(allowed - asked))


def _in_stock(procedure: Procedure, place: Workplace) -> list[Margin]:
    found = []
    for formula, mass_g in procedure.masses_g.items():
        free_g = place.stock.free_g(formula)
        endless = math.isinf(free_g)
        found.append(
            Margin(
                "inventory",
                f"{grams(mass_g)} g {formula}",
                "bought as needed" if endless else f"{grams(free_g)} g free",
                "" if endless else f"{grams(free_g - mass_g)} g",
            )
        )
    return found


def _doable(procedure: Procedure, place: Workplace) -> Margin:
    names = dict.fromkeys(station.name for station, _ in place.stations.visits(procedure))
    return Margin("stations", f"{len(procedure.actions)} actions", f"done by {', '.join(names)}")
