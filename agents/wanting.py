"""A question what to buy, answered: the shelf and limits that are meant, and what is known."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.candidates import CandidateGrid
from agents.literature import proposer_named
from agents.past.campaign import past_campaign
from agents.purchases import Known, Wanted, wanted
from agents.shelf_file import ShelfFile
from agents.stocked import Shelf
from agents.workplace import Workplace
from knowledge.chemistry import identity
from knowledge.energies import energies_from
from knowledge.errors import AthanorError
from knowledge.recipe import Target


@dataclass(frozen=True)
class Question:
    """What to buy for a target: by the books of a bench, or a lab's; as a campaign knows by now."""

    target: str
    books: ShelfFile
    books_named: bool = False
    lab: str | None = None
    settings: Sequence[str] = ()
    folder: Path | None = None


def answered(question: Question) -> tuple[Wanted, list[str]]:
    """What is worth buying, and what that assumes, in words. Raises AthanorError."""
    target, known, settings, learned = _known(question)
    with ExitStack() as opened:
        shelf, place = _shelf(question, settings, opened)
        found = wanted(target, shelf, known)
    batch = f"a batch of {shelf.bench.batch_g:g} g"
    return found, [
        f"{batch} and {place}",
        f"furnaces from {shelf.envelope.min_temperature_c:g} to "
        f"{shelf.envelope.max_temperature_c:g} C and the other limits of that lab",
        f"recipes as {known.proposer.name} reads literature",
        learned,
        "chances of the one best experiment; prices, purity and delivery do not count",
    ]


def _known(question: Question) -> tuple[Target, Known, dict[str, Any], str]:
    """The target and what is known of it, with the settings and words for what was learned."""
    target = Target(formula=question.target)
    if question.folder is None:
        known = Known(energies_from([]), proposer_named("model"))
        return target, known, {}, "no experiment yet: --folder DIR counts in those of a campaign"
    from agents.configured_policy import recorded_part

    past = past_campaign(question.folder)
    of_it = [t.formula for t in past.ledger.targets if t.identity == identity(target.formula)]
    if not of_it:
        there = ", ".join(t.formula for t in past.ledger.targets)
        raise AthanorError(f"{target.formula} is no target of {past.name}: it has {there}")
    past = past_campaign(question.folder, of_it[0])
    settings, history = past.settings, past.history
    known = Known(
        recorded_part(settings, "energies") or energies_from([]),
        recorded_part(settings, "literature") or proposer_named("model"),
        recorded_part(settings, "candidates") or CandidateGrid(),
        history,
        past.candidates.observations,
    )
    count = len(history.measured)
    best = f", the best a yield of {history.best.yield_fraction:.2f}" if history.best else ""
    learned = (
        f"what {count} result{'s' if count != 1 else ''} of {past.name} taught{best}; it keeps "
    )
    learned += "to the powders that it began with, so another campaign makes use of what is bought"
    return past.candidates.target, known, settings, learned


def _shelf(question: Question, settings: dict[str, Any], opened: ExitStack) -> tuple[Shelf, str]:
    """The shelf with the limits of its lab, and what it is called."""
    place: Workplace | None = None
    if question.lab is not None:
        from agents.configured_lab import configured_lab

        place = Workplace.of(configured_lab(question.lab, question.settings))
        shelf = Shelf.of(place)
    else:
        limits = {name: _recorded(settings, name) for name in ("envelope", "bench", "stations")}
        shelf = Shelf((), lambda _: 0.0, **{n: part for n, part in limits.items() if part})
    if place is not None and not question.books_named:
        return shelf, f"the shelf of the {place.name} lab"
    stock = opened.enter_context(question.books.look())
    held = replace(shelf, formulas=stock.formulas, free_g=stock.free_g)
    return held, f"the shelf in {question.books.path}"


def _recorded(settings: dict[str, Any], name: str) -> Any:
    """A part of the lab in a campaign's settings, if they tell."""
    if not settings:
        return None
    from agents.configured_policy import recorded_part

    return recorded_part(settings, "lab", name)
