"""What the parameters of a task may say: quantities, by name, of the actions that the task takes.

    temperature_c, hold_h, hold_min, ramp_c_per_min     of the one heating
    atmosphere, gases, flowing                          its gas: name, partial pressures, or sealed
    cooling_c_per_min, cooling_atmosphere, cooling_gases, cooling_flowing
    crucible, mixing_min, grinding_min, scan_min, from_deg, to_deg
    powders             each powder: formula, mass_g, mass_mg
    profile             each heating with its cooling: what is said of them above, under those names
    actions             everything, as a Procedure holds it
    target, target_g    the compound to be made, as a formula, and how much of it

Where the actions of a task differ in one of these, it is told by a list: `profile` or `actions`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from knowledge.errors import RecordError
from knowledge.recipe import Atmosphere
from lab.procedure import Action, Cool, Fill, Grind, Heat, Mix, Procedure, Scan, Weigh

Field = tuple[str, str]  # of an action: its kind and the name of a field

# What each kind of action tells besides its kind, which is the task's to know.
FIELDS: dict[str, tuple[str, ...]] = {
    "weigh": ("formula", "mass_g"),
    "mix": ("minutes",),
    "fill": ("crucible",),
    "heat": ("temperature_c", "hold_h", "ramp_c_per_min", "atmosphere"),
    "cool": ("rate_c_per_min", "atmosphere"),
    "recover": (),
    "grind": ("minutes",),
    "scan": ("from_deg", "to_deg", "minutes"),
}
ALL_FIELDS: frozenset[Field] = frozenset((k, f) for k, names in FIELDS.items() for f in names)


def _gases(gas: Atmosphere) -> list[dict[str, Any]]:
    """As a list: no key of MongoDB's depends on what is in it."""
    return [{"gas": g, "pressure_atm": p} for g, p in gas.partial_pressures_atm.items()]


_OF_HEAT: dict[str, tuple[Callable[[Heat], Any], str]] = {
    "temperature_c": (lambda a: a.temperature_c, "temperature_c"),
    "hold_h": (lambda a: a.hold_h, "hold_h"),
    "hold_min": (lambda a: round(a.hold_h * 60, 9), "hold_h"),
    "ramp_c_per_min": (lambda a: a.ramp_c_per_min, "ramp_c_per_min"),
    "atmosphere": (lambda a: a.atmosphere.name, "atmosphere"),
    "gases": (lambda a: _gases(a.atmosphere), "atmosphere"),
    "flowing": (lambda a: a.atmosphere.flowing, ""),
}
_OF_COOL: dict[str, tuple[Callable[[Cool], Any], str]] = {
    "cooling_c_per_min": (lambda a: a.rate_c_per_min, "rate_c_per_min"),
    "cooling_atmosphere": (lambda a: a.atmosphere.name, "atmosphere"),
    "cooling_gases": (lambda a: _gases(a.atmosphere), "atmosphere"),
    "cooling_flowing": (lambda a: a.atmosphere.flowing, ""),
}
_OF_POWDER: dict[str, tuple[Callable[[Weigh], Any], str]] = {
    "formula": (lambda a: a.formula, "formula"),
    "mass_g": (lambda a: a.mass_g, "mass_g"),
    "mass_mg": (lambda a: round(a.mass_g * 1000, 9), "mass_g"),
}
_OF_OTHERS: dict[str, tuple[type, str, str]] = {
    "mixing_min": (Mix, "mix", "minutes"),
    "crucible": (Fill, "fill", "crucible"),
    "grinding_min": (Grind, "grind", "minutes"),
    "from_deg": (Scan, "scan", "from_deg"),
    "to_deg": (Scan, "scan", "to_deg"),
    "scan_min": (Scan, "scan", "minutes"),
}
# What each entry of a list tells; None where it tells all.
LISTS: dict[str, tuple[str, ...] | None] = {
    "powders": tuple(_OF_POWDER),
    "profile": (*_OF_HEAT, *_OF_COOL),
    "actions": None,
}
SCALARS = (*_OF_HEAT, *_OF_COOL, *_OF_OTHERS, "target", "target_g")


def tells(name: str, inside: str | None = None) -> frozenset[Field]:
    """The fields of actions that a quantity tells, by itself or as part of entries of a list."""
    if inside == "powders":
        return frozenset([("weigh", _OF_POWDER[name][1])])
    if name == "actions":
        return ALL_FIELDS
    if name in LISTS:
        within = LISTS[name] or ()
        return frozenset().union(*(tells(each, name) for each in within))
    if name in _OF_HEAT:
        return frozenset([("heat", _OF_HEAT[name][1])]) & ALL_FIELDS
    if name in _OF_COOL:
        return frozenset([("cool", _OF_COOL[name][1])]) & ALL_FIELDS
    if name in _OF_OTHERS:
        return frozenset([_OF_OTHERS[name][1:]])
    return frozenset()


def scalar(name: str, actions: Sequence[Action], whole: Procedure) -> Any:
    """The one value of a quantity. Raises RecordError where the actions hold none, or several."""
    if name == "target":
        return whole.target
    if name == "target_g":
        return whole.target_g
    if name in _OF_HEAT:
        values = [_OF_HEAT[name][0](a) for a in actions if isinstance(a, Heat)]
    elif name in _OF_COOL:
        values = [_OF_COOL[name][0](a) for a in actions if isinstance(a, Cool)]
    else:
        kind, _, field = _OF_OTHERS[name]
        values = [getattr(a, field) for a in actions if isinstance(a, kind)]
    if not values:
        raise RecordError(f"{name} is told by none of its actions")
    if any(value != values[0] for value in values):
        several = ", ".join(str(v) for v in values[:4])
        raise RecordError(f"{name} has several values ({several}): give profile or actions")
    return values[0]


def entries(name: str, actions: Sequence[Action]) -> list[dict[str, Any]]:
    """The entries of a list, each with everything that may be said of it."""
    if name == "actions":
        return [a.model_dump(mode="json") for a in actions]
    if name == "powders":
        return [_said(_OF_POWDER, a) for a in actions if isinstance(a, Weigh)]
    found: list[dict[str, Any]] = []
    for action in actions:
        if isinstance(action, Heat):
            found.append(_said(_OF_HEAT, action))
        elif isinstance(action, Cool) and found and "cooling_c_per_min" not in found[-1]:
            found[-1] |= _said(_OF_COOL, action)
        elif isinstance(action, Cool):
            raise RecordError("a profile begins with a heating, and each has one cooling at most")
    return found


def _said(names: Mapping[str, tuple[Callable[[Any], Any], str]], action: Action) -> dict[str, Any]:
    return {name: of(action) for name, (of, _) in names.items()}
