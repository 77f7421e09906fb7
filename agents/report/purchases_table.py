"""What is worth buying for a target, printed (rich) or as plain values for JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agents.purchases import LEAST_GAIN, Promising, Wanted


def show_wanted(found: Wanted, assumes: Sequence[str], console: Console) -> None:
    """Print the best at hand, what would gain most, and what all that assumes."""
    asked = f"{found.target.yield_asked:.0%} {found.target.formula}"
    if found.now is None:
        told = f"at hand: nothing that makes it ({found.why_none})"
    else:
        told = f"at hand: {found.now.recipe} succeeds with {found.now.chance:.1%}"
    console.print(f"[bold]{escape(asked)}[/] {escape(told)}", soft_wrap=True)
    if found.purchases:
        console.print()
        table = Table(box=None, header_style="dim", pad_edge=False)
        for heading in ("buy, for a batch", "then best", "succeeds with", "gain", "literature"):
            table.add_column(heading, overflow="fold")
        for purchase in found.purchases:
            table.add_row(
                escape(", ".join(f"{g:.4g} g {f}" for f, g in purchase.grams.items())),
                escape(str(purchase.best.recipe)),
                f"{purchase.best.chance:.1%}",
                f"+{purchase.gain * 100:.1f} points" if purchase.worth_it else "none",
                f"{purchase.literature:.1%}",
            )
        console.print(table)
    elif not found.useless:
        console.print("literature proposes nothing that the shelf lacks")
    for powders, why in found.useless.items():
        console.print(f"[dim]not {escape(powders)}: {escape(why)}[/]", soft_wrap=True)
    console.print()
    console.print(f"[dim]assumes {escape('; '.join(assumes))}[/]", soft_wrap=True)


def wanted_values(found: Wanted, assumes: Sequence[str]) -> dict[str, Any]:
    """The same as plain values. Chances and gains are probabilities, 0 to 1."""
    return {
        "target": found.target.formula,
        "yield_asked": found.target.yield_asked,
        "at_hand": None if found.now is None else _promising(found.now),
        "nothing_at_hand": found.why_none if found.now is None else None,
        "purchases": [
            {
                "grams": dict(purchase.grams),
                "completes": [list(precursors) for precursors in purchase.sets],
                "literature": purchase.literature,
                "best": _promising(purchase.best),
                "chance_then": purchase.then,
                "gain": purchase.gain,
                "worth_it": purchase.worth_it,
            }
            for purchase in found.purchases
        ],
        "least_gain": LEAST_GAIN,
        "not_worth_it": dict(found.useless),
        "assumes": list(assumes),
    }


def _promising(found: Promising) -> dict[str, Any]:
    step = found.recipe.hottest
    return {
        "precursors": list(found.recipe.precursors),
        "temperature_c": step.temperature_c,
        "hold_h": step.hold_h,
        "atmosphere": step.atmosphere.name,
        "recipe_id": found.recipe.content_id,
        "chance": found.chance,
    }
