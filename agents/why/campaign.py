"""A campaign opened to be explained: its folder, and what can be known beside its journal."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from agents.candidates import Candidates
from agents.history import History
from agents.journal import campaigns_in, is_campaign
from agents.literature import CORPUS
from agents.why.energies import graph_of
from agents.why.explanation import Background
from agents.why.records import Paper
from knowledge.data_folder import data_folder
from knowledge.energies import EnergyStack, energies_from
from knowledge.errors import AthanorError
from knowledge.literature.corpus import Corpus
from knowledge.recipe import Recipe

# Where `athanor run` puts campaigns.
CAMPAIGNS = Path("campaigns")
_EXPERIMENT = re.compile(r"^(?P<campaign>.+?)(-t\d{2,})?-\d{4,}$")
_TOLD = 12


def folder_of(experiment: str, campaigns: Path = CAMPAIGNS) -> Path:
    """The campaign folder that an experiment id names. Raises AthanorError where there is none."""
    named = _EXPERIMENT.match(experiment)
    if named is None:
        raise AthanorError(
            f"{experiment!r} is no experiment id: give one such as BaTiO3-athanor-1a2b3c4d-0003, "
            "or an attempt's number with --folder DIR"
        )
    folder = campaigns / named["campaign"]
    if is_campaign(folder):
        return folder
    folders = sorted({p.parent for p in campaigns.glob("*/journal.*") if is_campaign(p.parent)})
    for other in folders:  # a folder may have been given another name
        if named["campaign"] in campaigns_in(other):
            return other
    known = ", ".join(p.name for p in folders[:_TOLD]) or "none"
    raise AthanorError(
        f"no campaign {named['campaign']} under {campaigns}/ (there are: {known}): name its folder "
        "with --folder DIR"
    )


def background(
    candidates: Candidates,
    energies: Mapping[str, Any],
    chance: Mapping[str, float],
) -> Background:
    """Energies, probabilities of success and papers for a campaign, as far as they are at hand.

    `energies` are the campaign's settings of that name; `chance` the probability of success by
    recipe id (`probabilities`), none where nobody asked.
    """
    notes = []
    stack = _energies(candidates, energies)
    graph = None
    if isinstance(stack, str):
        notes.append(stack)
    else:
        precursors = [p for c in candidates.items for p in c.recipe.precursors]
        graph = graph_of(stack, candidates.target.formula, precursors, candidates.firing.mean_c)
    corpus = data_folder() / CORPUS
    papers = _Papers(corpus) if corpus.is_file() else lambda _: ()
    if not corpus.is_file():
        notes.append(
            f"no published recipes at {corpus}: athanor fetch literature brings them, or set "
            "ATHANOR_DATA"
        )
    return Background(graph=graph, chance=chance, papers=papers, notes=tuple(notes))


def probabilities(candidates: Candidates, history: History) -> dict[str, float]:
    """Probability of success of every candidate by recipe id, after all that was measured."""
    from agents.posterior import Posterior  # it needs torch, which takes seconds to come

    return by_recipe(candidates, Posterior(candidates, history).probability)


def by_recipe(candidates: Candidates, probability: Iterable[float]) -> dict[str, float]:
    """Probabilities in the order of the candidates, by recipe id."""
    return {
        c.recipe.content_id: round(min(float(p), 1.0), 4)
        for c, p in zip(candidates.items, probability, strict=True)
    }


def _energies(candidates: Candidates, settings: Mapping[str, Any]) -> EnergyStack | str:
    """The energies of a campaign, or in words why they are not at hand."""
    try:
        energies = energies_from(settings.get("tables") or ())
    except AthanorError as error:
        return f"what was found was not asked for its driving forces: {error}"
    if not candidates.knowledge.startswith(energies.fingerprint):
        return (
            "what was found was not asked for its driving forces: the tables of energies at hand "
            "are not those of the campaign (set ATHANOR_DATA and ATHANOR_ENERGIES as when it ran)"
        )
    return energies


class _Papers:
    """The published recipes nearest to one: with its precursors, else with any."""

    def __init__(self, path: Path) -> None:
        self._nearest = lru_cache(maxsize=100)(Corpus(path).nearest)

    def __call__(self, recipe: Recipe) -> tuple[Paper, ...]:
        target = recipe.target.formula
        found = self._nearest(target, tuple(recipe.precursors)) or self._nearest(target)
        return tuple(
            Paper(
                target=r.target,
                precursors=r.precursors,
                temperature_c=r.temperature_c,
                year=r.year,
                doi=r.doi,
                likeness=r.likeness,
            )
            for r in found
        )
