"""A predicted pathway in the terminal: a tree of what reacts and what is left (rich)."""

import re
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from agents.report.prediction import Prediction
from knowledge.chemistry import molar_mass_g_per_mol
from knowledge.reactions import PathwayStep

# Less than this share of the moles is what a pair that feeds another left for the next turn.
_TRACE = 1e-4
_INTERMEDIATES = 8
_FILE_WIDTH = 1000


def show(prediction: Prediction, console: Console) -> None:
    """Print a prediction: the pathway as a tree, then how likely what is."""
    pathway, conditions = prediction.pathway, prediction.conditions
    console.print(_highlighted(prediction.reaction.equation, prediction.target))
    console.print(
        f"[dim]driving force {_mev(pathway.driving_force_ev_per_atom)} +- "
        f"{_mev(pathway.sigma_ev_per_atom)} meV/atom at {conditions.temperature_c:g} C in "
        f"{conditions.atmosphere.name}[/]"
    )
    _print_tree(tree(prediction), console)
    console.print(f"ends with {escape(solids(prediction.final))}")
    if pathway.oxygen_at_temperature is not None:
        console.print(
            f"{prediction.target} holds {pathway.oxygen_at_temperature:.2f} O per formula unit at "
            f"{conditions.temperature_c:g} C"
        )
    console.print()
    for line in _likelihoods(prediction):
        console.print(line, soft_wrap=True)
    for label in pathway.labels:
        console.print(f"[yellow]note: {escape(label)}[/]", soft_wrap=True)


def _print_tree(drawn: Tree, console: Console) -> None:
    """In a terminal long lines wrap inside the tree; in a file each stays one line."""
    options = console.options if console.is_terminal else console.options.update(width=_FILE_WIDTH)
    for segments in console.render_lines(drawn, options, pad=False):
        line = Text.assemble(*((s.text, s.style or "") for s in segments))
        line.rstrip()
        console.print(line)


def tree(prediction: Prediction) -> Tree:
    """The mixture, each reaction, and what it leaves; by temperature where it heats up."""
    root = Tree(_highlighted(solids(prediction.start), prediction.target), guide_style="dim")
    number = 0
    for stage in prediction.stages:
        here = root
        if prediction.from_c is not None:
            here = root.add(f"[bold]{stage.conditions.temperature_c:g} C[/]")
        for step in stage.steps:
            number += 1
            branch = here.add(_step(number, step, prediction.target))
            branch.add(Text("leaves ").append_text(_mixture(step.mixture, prediction.target)))
        if prediction.from_c is not None and not stage.steps:
            here.add("[dim]nothing reacts[/]")
    if not number:
        where = "on the way up" if prediction.from_c is not None else "at this temperature"
        waits = " and is mobile" if prediction.from_c is not None else ""
        root.add(f"no reaction: nothing here has a driving force{waits} {where}")
    return root


def solids(mixture: Mapping[str, float]) -> str:
    """Moles in words, traces left out: `0.5 Ba2TiO4, 1 TiO2`."""
    total = sum(mixture.values())
    return ", ".join(f"{n:.3g} {f}" for f, n in mixture.items() if n > _TRACE * total)


def percent(share: float) -> str:
    """A share in words, `42 %`; what is rare is not said to be nothing, nor the likely certain."""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 - 1e-9 else f"{100 * share:.0f} %"


def weight_fractions(mixture: Mapping[str, float]) -> dict[str, float]:
    """Share of each solid in the mass of moles of solids, traces left out."""
    moles = sum(mixture.values())
    masses = {
        f: n * molar_mass_g_per_mol(f) for f, n in mixture.items() if n > _TRACE * moles
    }  # fmt: skip
    return {f: mass / sum(masses.values()) for f, mass in masses.items()}


def _step(number: int, step: PathwayStep, target: str) -> Text:
    reaction = step.reaction
    line = Text(f"{number}. ").append_text(_highlighted(reaction.equation, target))
    force, sigma = reaction.driving_force_ev_per_atom, reaction.sigma_ev_per_atom
    return line.append(f"  {_mev(force)} +- {_mev(sigma)} meV/atom", style="dim")


def _mixture(mixture: Mapping[str, float], target: str) -> Text:
    shares = weight_fractions(mixture)
    named = ", ".join(f"{mixture[f]:.3g} {f} ({percent(share)})" for f, share in shares.items())
    return _highlighted(named, target)


def _likelihoods(prediction: Prediction) -> Iterator[Text | str]:
    odds = prediction.distribution
    target, left = escape(odds.target), odds.driving_force_left_ev_per_atom
    yield f"[bold]Over {odds.samples} draws of all uncertain energies[/]" + (
        " and mobilities" if prediction.from_c is not None else ""
    )
    yield (
        f"[bold green]{target}[/] forms in {percent(odds.probability_of_target)} of them; its "
        f"weight fraction is {odds.target_weight_fraction:.2f} +- "
        f"{odds.target_weight_fraction_sigma:.2f}"
    )
    if odds.probability_of_target:
        yield (
            f"driving force left where it first forms: {_mev(left)} +- "
            f"{_mev(odds.driving_force_left_sigma_ev_per_atom)} meV/atom"
        )
    likely = list(odds.intermediates.items())
    rest = len(likely) - _INTERMEDIATES
    named = ", ".join(f"{f} {percent(p)}" for f, p in likely[:_INTERMEDIATES])
    yield (
        "likeliest intermediates: "
        + escape(named or "none")
        + (f", and {rest} more" if rest > 0 else "")
    )
    yield "likeliest sequences:"
    for each in odds.pathways:
        yield _highlighted(f"{percent(each.probability):>6}  {each}", odds.target)


def _highlighted(text: str, target: str) -> Text:
    """Text with the target in green, as a whole word."""
    found = Text(text)
    found.highlight_regex(rf"(?<![\w(]){re.escape(target)}(?![\w(.])", style="bold green")
    return found


def _mev(ev: float) -> str:
    return f"{ev * 1000:.0f}"
