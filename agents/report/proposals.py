"""Proposed recipes as a table, as JSON and as CSV."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from knowledge.literature.corpus import PublishedRecipe
from knowledge.literature.recipes import RecipeProposal


def show(proposals: Sequence[RecipeProposal], batch_g: float, console: Console) -> None:
    """Print the recipes, likeliest first, with grams for a batch of the target."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("", "precursors", "likely", "firing, C", "hours", "in", "firings"):
        table.add_column(heading, no_wrap=heading != "precursors")
    for number, proposal in enumerate(proposals, start=1):
        recipe, step = proposal.recipe, proposal.recipe.hottest
        low_c, high_c = proposal.temperature_90_c
        low_h, high_h = proposal.hold_90_h
        table.add_row(
            str(number),
            escape(" + ".join(recipe.precursors)),
            "" if proposal.probability is None else f"{proposal.probability:.1%}",
            f"{step.temperature_c:.0f} ({low_c:.0f} to {high_c:.0f})",
            f"{step.hold_h:g} ({low_h:g} to {high_h:g})",
            _likeliest(proposal.atmosphere),
            str(_best(proposal.firings)),
        )
    console.print(table)
    console.print()
    for number, proposal in enumerate(proposals, start=1):
        masses = proposal.recipe.masses_g(batch_g)
        grams = ", ".join(f"{_grams(g)} g {p}" for p, g in masses.items())
        console.print(f"{number:>2}  {escape(proposal.recipe.equation)}", soft_wrap=True)
        made = f"{batch_g:g} g {proposal.recipe.target.formula}"
        console.print(f"    [dim]for {escape(made)}:[/] {escape(grams)}", soft_wrap=True)


def show_evidence(found: Sequence[Sequence[PublishedRecipe]], console: Console) -> None:
    """Print the published recipes nearest to each proposal."""
    for number, recipes in enumerate(found, start=1):
        for recipe in recipes:
            fired = "" if recipe.temperature_c is None else f" at {recipe.temperature_c:.0f} C"
            year = "" if recipe.year is None else f", {recipe.year}"
            line = f"{recipe.target} <- {' + '.join(recipe.precursors)}{fired}"
            source = f"doi:{recipe.doi}{year}, {recipe.likeness:.0%} alike"
            console.print(f"{number:>2}  {escape(line)}  [dim]{source}[/]", soft_wrap=True)
        if not recipes:
            console.print(f"{number:>2}  [dim]no published recipe has these precursors[/]")


def as_rows(
    proposals: Sequence[RecipeProposal],
    batch_g: float,
    evidence: Sequence[Sequence[PublishedRecipe]] | None,
) -> list[dict[str, Any]]:
    """One plain mapping for each recipe, for JSON."""
    rows = []
    for number, proposal in enumerate(proposals, start=1):
        recipe, step = proposal.recipe, proposal.recipe.hottest
        masses = recipe.masses_g(batch_g)
        row = {
            "rank": number,
            "probability": proposal.probability,
            "precursors": {
                p: {"moles": round(n, 8), "grams": round(masses[p], 6)}
                for p, n in recipe.precursors.items()
            },
            "equation": recipe.equation,
            "temperature_c": step.temperature_c,
            "temperature_90_c": list(proposal.temperature_90_c),
            "hold_h": step.hold_h,
            "hold_90_h": list(proposal.hold_90_h),
            "atmosphere": proposal.atmosphere,
            "firings": {str(n): p for n, p in proposal.firings.items()},
            "recipe": json.loads(recipe.to_json()),
        }
        if evidence is not None:
            row["published"] = [vars(published) for published in evidence[number - 1]]
        rows.append(row)
    return rows


def as_csv(target: str, proposals: Sequence[RecipeProposal], batch_g: float) -> str:
    """One line for each recipe, precursors and grams separated by semicolons."""
    text = io.StringIO()
    columns = (
        "rank", "target", "precursors", "probability", "temperature_c", "temperature_low_c",
        "temperature_high_c", "hold_h", "hold_low_h", "hold_high_h", "atmosphere", "firings",
        "equation", "grams",
    )  # fmt: skip
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for number, proposal in enumerate(proposals, start=1):
        recipe, step = proposal.recipe, proposal.recipe.hottest
        masses = recipe.masses_g(batch_g)
        writer.writerow(
            (
                number, target, ";".join(recipe.precursors),
                "" if proposal.probability is None else round(proposal.probability, 6),
                step.temperature_c, *proposal.temperature_90_c,
                step.hold_h, *proposal.hold_90_h,
                _best(proposal.atmosphere), _best(proposal.firings), recipe.equation,
                ";".join(f"{masses[p]:.6g}" for p in recipe.precursors),
            )
        )  # fmt: skip
    return text.getvalue()


def _best(shares: Mapping[Any, float]) -> Any:
    return max(shares, key=shares.__getitem__)


def _likeliest(shares: Mapping[Any, float]) -> str:
    """The likeliest answer and its share: `air 82%`."""
    best = _best(shares)
    return f"{best} {shares[best]:.0%}"


def _grams(mass_g: float) -> str:
    """A mass as a balance of 0.1 mg would be read; less than that to three digits."""
    return f"{mass_g:.4f}" if mass_g >= 0.001 else f"{mass_g:.3g}"
