"""What the rows of one experiment tell: its outcome, the mean over them."""

from collections.abc import Sequence
from statistics import fmean

from agents.past.table_files import UNIDENTIFIED, Row
from knowledge.chemistry import identity
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.recipe import Target

# Products and the target's own column may differ by rounding; by more it is worth telling.
_ROUNDING = 0.05
_NAMELESS = ""


def outcome_of(rows: Sequence[Row], target: Target, notes: list[str]) -> Outcome:
    """The outcome of rows that are one experiment, under the name of the first.

    The target has the weight fraction of its own column where there is one, and the other products
    share the rest as they do in their column; what no product accounts for is unidentified. What
    has to be told about the rows is added to `notes`.
    """
    shares = [_shares(row, target, notes) for row in rows]
    written = {identity(f): f for row in rows for f, _ in row.products or () if _named(f)}
    written[target.identity] = target.formula
    # The mean of rows is surer than a row by the square root of their number.
    sigma = fmean(row.sigma for row in rows) / len(rows) ** 0.5
    phases = tuple(
        PhaseFraction(formula=formula, weight_fraction=min(1.0, fraction), sigma=min(1.0, sigma))
        for name, formula in written.items()
        if (fraction := fmean(share.get(name, 0.0) for share in shares)) > 0
    )
    rest = 1 - sum(phase.weight_fraction for phase in phases)
    return Outcome(
        experiment_id=rows[0].where,
        phases=tuple(sorted(phases, key=lambda p: (-p.weight_fraction, p.formula))),
        # What is left of a sum by rounding alone is no phase.
        unidentified_weight_fraction=rest if rest > 1e-9 else 0.0,
    )


def _shares(row: Row, target: Target, notes: list[str]) -> dict[str, float]:
    """Weight fractions by identity; they add up to one, but for what has no name."""
    parts: dict[str, float] = {}
    for formula, part in row.products or ():
        name = identity(formula) if _named(formula) else _NAMELESS
        parts[name] = parts.get(name, 0.0) + part
    total = sum(parts.values())
    seen = parts.pop(target.identity, 0.0) / total if total else 0.0
    made = seen if row.target is None else row.target
    if total and abs(made - seen) > _ROUNDING:
        notes.append(
            f"{row.where}: {target.formula} is {seen:.0%} of the products and {made:.0%} in its "
            "own column, which counts"
        )
    others = sum(parts.values())
    scale = (1 - made) / others if others > 0 else 0.0
    shares = {name: part * scale for name, part in parts.items() if name != _NAMELESS}
    return {**shares, target.identity: made}


def _named(formula: str) -> bool:
    return formula.lower() not in UNIDENTIFIED
