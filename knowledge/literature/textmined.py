"""Recipes from the text-mined solid-state dataset of Kononova et al., Sci. Data 6, 203 (2019).

A reaction there has a target and precursors, each a list of parts (`formula`, `amount`, `elements`
with amounts as expressions such as `-x + 0.5`), variables with the values a paper gives, and
operations with their conditions. One recipe comes of each set of values. Amounts that no value
settles, and formulas that name no compound, leave no recipe. The dataset does not say the year of
a paper; many DOIs do.
"""

import ast
import itertools
import math
import operator
import re
from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.chemistry import whole_formula
from knowledge.errors import AthanorError

COLUMNS = (
    "target", "precursors", "additives", "temperature_c", "time_h", "atmosphere",
    "n_heating_steps", "reaction", "kind", "year", "doi",
)  # fmt: skip

_MAX_SERIES = 100
_PLAUSIBLE_C = (200.0, 2200.0)
_PLAUSIBLE_H = (0.0, 1000.0)
_KELVIN = re.compile(r"^K$|kelvin", re.IGNORECASE)
_HOURS = {"s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
_YEAR = re.compile(r"[.](19[89]\d|20[01]\d)[.]")
_OPERATIONS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def recipes(reaction: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The recipes of one reaction, as rows with COLUMNS; none where it cannot be read."""
    try:
        target, operations = reaction["target"], reaction.get("operations") or []
        substitution = (reaction.get("reaction") or {}).get("element_substitution") or {}
        series = _series(target)
        conditions = _hottest(operations)
        parts = reaction["precursors"]
        for values in series:
            try:
                made = _formula(target, values, substitution)
                precursors = sorted({_formula(p, values, substitution) for p in parts})
            except (AthanorError, ValueError, ArithmeticError, SyntaxError):
                continue
            if made in precursors or not precursors:
                continue
            kind = "x_values" if values else "elem_sub" if substitution else "concrete"
            yield {
                "target": made,
                "precursors": precursors,
                "additives": [str(a) for a in target.get("additives") or []],
                **conditions,
                "reaction": str(reaction.get("reaction_string") or ""),
                "kind": kind,
                "year": _year(str(reaction.get("doi") or "")),
                "doi": str(reaction.get("doi") or ""),
            }
    except (KeyError, TypeError, AttributeError, ValueError):
        return


def amount(expression: str, values: Mapping[str, float]) -> float:
    """The value of an amount such as `-x + 0.5`. Raises ValueError for anything but arithmetic."""

    def of(node: ast.expr) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name) and node.id in values:
            return values[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            return -of(node.operand) if isinstance(node.op, ast.USub) else of(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            return float(_OPERATIONS[type(node.op)](of(node.left), of(node.right)))
        raise ValueError(f"no value for {expression!r}")

    return of(ast.parse(expression.strip(), mode="eval").body)


def _series(target: Mapping[str, Any]) -> list[dict[str, float]]:
    """Every set of values of the target's variables; one empty set where it has none."""
    names, choices = [], []
    for name, told in (target.get("amounts_vars") or {}).items():
        found = told.get("values") if isinstance(told, Mapping) else told
        names.append(str(name))
        choices.append([float(v) for v in found or []])
    if math.prod(map(len, choices)) > _MAX_SERIES:
        return []
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*choices)]


def _formula(
    material: Mapping[str, Any], values: Mapping[str, float], substitution: Mapping[str, str]
) -> str:
    """Whole-number formula of a material, its parts added up."""
    content: dict[str, float] = {}
    for part in material["composition"]:
        share = amount(str(part.get("amount") or "1"), values)
        for element, expression in part["elements"].items():
            symbol = str(substitution.get(element, element))
            content[symbol] = content.get(symbol, 0.0) + share * amount(str(expression), values)
    if any(n < -1e-9 for n in content.values()):
        raise ValueError("an amount below zero")
    written = "".join(f"{symbol}{n:.6f}" for symbol, n in content.items() if n > 1e-6)
    return whole_formula(written)


def _hottest(operations: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Temperature, time and atmosphere of the hottest firing, and how many firings are told."""
    firings: list[tuple[float, Mapping[str, Any]]] = []
    for operation in operations:
        conditions = operation.get("conditions") or {}
        if operation.get("type") != "HeatingOperation":
            continue
        temperatures = [
            value - 273.15 if _KELVIN.search(unit) else value
            for value, unit in _values(conditions.get("heating_temperature"))
        ]
        plausible = [t for t in temperatures if _PLAUSIBLE_C[0] <= t <= _PLAUSIBLE_C[1]]
        if plausible:
            firings.append((max(plausible), conditions))
    if not firings:
        nothing = {"temperature_c": math.nan, "time_h": math.nan, "atmosphere": None}
        return nothing | {"n_heating_steps": 0}
    hottest, conditions = max(firings, key=lambda firing: firing[0])
    hours = [
        value * _HOURS.get(unit.strip().lower()[:1], math.nan)
        for value, unit in _values(conditions.get("heating_time"))
    ]
    plausible_h = [h for h in hours if _PLAUSIBLE_H[0] < h <= _PLAUSIBLE_H[1]]
    gases = conditions.get("heating_atmosphere") or []
    gases = [gases] if isinstance(gases, str) else gases
    return {
        "temperature_c": hottest,
        "time_h": max(plausible_h, default=math.nan),
        "atmosphere": ";".join(sorted({str(g).lower() for g in gases})) or None,
        "n_heating_steps": len(firings),
    }


def _values(told: Any) -> Iterator[tuple[float, str]]:
    """Numbers with their units, from one condition or a list of them."""
    for one in [told] if isinstance(told, Mapping) else told or []:
        found = [*(one.get("values") or []), one.get("max_value")]
        for value in found:
            if isinstance(value, int | float) and math.isfinite(value):
                yield float(value), str(one.get("units") or "")


def _year(doi: str) -> float:
    found = _YEAR.search(doi)
    return float(found[1]) if found else math.nan
