"""What a user asks of the literature, answered: recipes, doubts and evidence."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from agents.files import write_whole
from agents.report.proposals import as_csv, as_rows, show, show_evidence
from knowledge.chemistry import charge_doubt, identity, parse
from knowledge.data_folder import data_folder
from knowledge.energies import embedded_table
from knowledge.errors import AthanorError, UnbalancedError
from knowledge.literature import LiteratureModel, Proposer, frequency_proposer, literature_model
from knowledge.literature.corpus import Corpus, PublishedRecipe
from knowledge.literature.recipes import RecipeProposal, recipe_for, recipe_proposals
from knowledge.recipe import Target

CORPUS = "literature/recipes.parquet"


@dataclass(frozen=True)
class Asked:
    """A question to the literature, as the command line takes it."""

    target: str
    count: int = 5
    precursors: Sequence[str] | None = None
    inventory: Sequence[str] | None = None
    grams: float = 5.0
    why: bool = False
    proposer: str = "model"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.grams) and self.grams > 0):
            raise AthanorError(f"--grams is {self.grams:g}: it must be above zero")
        if self.precursors is not None and self.inventory is not None:
            raise AthanorError(
                "--precursors and --inventory exclude each other: the first gives a set, the "
                "second what sets are chosen from"
            )
        if self.inventory is not None and self.proposer != "model":
            raise AthanorError(
                f"--inventory needs --proposer model (given: {self.proposer}): no other proposer "
                "chooses from what is at hand"
            )


def proposer_named(name: str) -> Proposer:
    """`model`, `frequency`, or the causal language model in a folder. Raises AthanorError."""
    if name == "model":
        return literature_model()
    if name == "frequency":
        return frequency_proposer()
    if not Path(name).expanduser().is_dir():
        raise AthanorError(
            f"no proposer is called {name!r}: allowed are model, frequency, and the folder of a "
            "causal language model"
        )
    from knowledge.literature.causal import CausalProposer

    return CausalProposer(name)


def answer(asked: Asked, json_file: Path | None, csv_file: Path | None, console: Console) -> None:
    """Print the recipes and write the files asked for."""
    proposer = proposer_named(asked.proposer)
    proposals = recipes(asked, proposer)
    evidence, notes = None, doubts(asked.target, proposer, proposals)
    if asked.why:
        corpus = data_folder() / CORPUS
        if corpus.is_file():
            evidence = [
                Corpus(corpus).nearest(asked.target, tuple(p.recipe.precursors)) for p in proposals
            ]
        else:
            notes.append(
                f"no published recipes at {corpus}: athanor fetch literature brings them, or set "
                "ATHANOR_DATA"
            )
    show(proposals, asked.grams, console)
    if evidence is not None:
        console.print()
        show_evidence(evidence, console)
    console.print()
    for note in notes:
        console.print(f"[yellow]note[/]  {escape(note)}", soft_wrap=True)
    console.print(f"[dim]{_source(proposer)}[/]", soft_wrap=True)
    _write(asked, proposer, proposals, evidence, notes, json_file, csv_file)


def recipes(asked: Asked, proposer: Proposer) -> list[RecipeProposal]:
    """The recipes asked for, at least one. Raises FormulaError and UnbalancedError."""
    target = Target(formula=asked.target).formula
    if asked.precursors is not None:
        return [recipe_for(proposer, target, asked.precursors)]
    if asked.inventory is not None:
        assert isinstance(proposer, LiteratureModel)
        proposer = proposer.restricted_to(asked.inventory)
    found = recipe_proposals(proposer, target, asked.count)
    if not found:
        raise UnbalancedError(_silence(target, proposer))
    return found


def doubts(target: str, proposer: Proposer, proposals: Sequence[RecipeProposal]) -> list[str]:
    """Why the answer may not be what it seems, one line each."""
    said = charge_doubt(target)
    notes = [said] if said else []
    if isinstance(proposer, LiteratureModel):
        far = proposer.doubts(target)
        notes += [f"far from what was read: {'; '.join(far)}"] if far else []
    odd = sorted({p for one in proposals for p in one.recipe.precursors if is_odd(p)})
    if odd:
        notes.append(
            f"{', '.join(odd)}: no common oxidation states balance; papers err, and so does who "
            "reads them: is there such a bottle?"
        )
    return notes


def is_odd(precursor: str) -> bool:
    """Whether nothing known speaks for a precursor: no charges that balance, no energy."""
    if charge_doubt(precursor) is None:
        return False
    known = embedded_table().system(str(e) for e in parse(precursor))
    return identity(precursor) not in {identity(entry.formula) for entry in known}


def _silence(target: str, proposer: Proposer) -> str:
    if isinstance(proposer, LiteratureModel):
        return proposer.silence(target)
    return (
        f"no published precursor is known for some element of {target}, or none balances: give "
        f"precursors yourself, athanor propose {target} --precursors A,B"
    )


def _source(proposer: Proposer) -> str:
    said = [proposer.name]
    if isinstance(proposer, LiteratureModel):
        read = proposer.trained_on
        said.append(f"has read {read['recipes']:,} published recipes up to {read['until']}")
    firing = (
        "firing: the hottest one, its median and the shortest interval that holds 90 % of papers"
    )
    return f"{', '.join(said)}; {firing}"


def _write(
    asked: Asked,
    proposer: Proposer,
    proposals: Sequence[RecipeProposal],
    evidence: Sequence[Sequence[PublishedRecipe]] | None,
    notes: Sequence[str],
    json_file: Path | None,
    csv_file: Path | None,
) -> None:
    if json_file is not None:
        told = {
            "target": asked.target,
            "batch_g": asked.grams,
            "proposer": proposer.name,
            "fingerprint": proposer.fingerprint,
            "notes": list(notes),
            "recipes": as_rows(proposals, asked.grams, evidence),
        }
        write_whole(json_file, json.dumps(told, indent=1) + "\n")
    if csv_file is not None:
        write_whole(csv_file, as_csv(asked.target, proposals, asked.grams))
