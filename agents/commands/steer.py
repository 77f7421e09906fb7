"""`athanor pause`, `resume`, `stop`, `drop`, `veto`, `pin`, `amend`: a word to a campaign."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from agents.journal import Journal
    from agents.ledger import Ledger

Folder = Annotated[Path, typer.Argument(help="the folder of a campaign", metavar="DIR")]
Why = Annotated[str, typer.Option(help="the reason, which the journal keeps", metavar="TEXT")]
Who = Annotated[
    str | None, typer.Option(help="who says so; user@machine if left out", metavar="NAME")
]


def pause(folder: Folder, why: Why, who: Who = None) -> None:
    """Begin nothing more until it is resumed; what is in the lab goes on."""
    _say(folder, "paused", who, why, "paused: what is in the lab goes on, nothing more is begun")


def resume(folder: Folder, why: Why = "goes on", who: Who = None) -> None:
    """Go on after a pause or a stop."""
    _say(folder, "resumed", who, why, "resumed; if no process runs it, run its command again")


def stop(folder: Folder, why: Why, who: Who = None) -> None:
    """End the campaign once what is in the lab is done."""
    _say(folder, "stopped", who, why, "stops as soon as what is in the lab is done")


def drop(
    folder: Folder,
    target: Annotated[str, typer.Argument(help="the formula of one of its targets")],
    why: Why,
    who: Who = None,
) -> None:
    """Give up one of the targets."""
    from agents.steering import me, say
    from knowledge.chemistry import identity
    from knowledge.errors import AthanorError

    journal, ledger = _opened(folder)
    named = [t.formula for t in ledger.targets if t.identity == identity(target)]
    if not named:
        known = ", ".join(t.formula for t in ledger.targets)
        raise AthanorError(f"{target} is no target of this campaign: there are {known}")
    who = me() if who is None else who
    say(journal, "dropped", who, why, target=named[0], reason=f"by {who}: {why}")
    _done(journal, f"{named[0]} is given up")


def veto(
    folder: Folder,
    recipe: Annotated[
        str, typer.Argument(help="its id, A+B@TEMPERATURE/HOURS, or an experiment that tries it")
    ],
    why: Why,
    who: Who = None,
) -> None:
    """Never try a recipe; in the lab already, it is cancelled if it was not fired."""
    _of_recipe(folder, "vetoed", recipe, who, why)


def pin(
    folder: Folder,
    recipe: Annotated[
        str, typer.Argument(help="its id, A+B@TEMPERATURE/HOURS, or an experiment that tried it")
    ],
    why: Why,
    who: Who = None,
) -> None:
    """Try a recipe next, whatever the policy holds of it; again, if it was tried."""
    _of_recipe(folder, "pinned", recipe, who, why)


def amend(
    folder: Folder,
    experiment: Annotated[str, typer.Argument(help="its id, the end of it, or its number")],
    why: Why,
    phases: Annotated[
        str | None, typer.Option(help="what it gave: BaTiO3=0.93,Ba2TiO4=0.07", metavar="LIST")
    ] = None,
    sigma: Annotated[str, typer.Option(help="standard deviation of a weight fraction")] = "0.02",
    lost: Annotated[bool, typer.Option("--lost", help="it was fired, and gave no result")] = False,
    not_fired: Annotated[
        bool, typer.Option("--not-fired", help="it was never fired, and will not be")
    ] = False,
    who: Who = None,
) -> None:
    """Say what an experiment really gave: the answer to a question, or a result put right."""
    from agents.acceptance import objection
    from agents.recording.result import sigma_of
    from agents.steering import amended, experiment_named, me, say
    from agents.terminal import describe
    from knowledge.errors import AthanorError

    journal, ledger = _opened(folder)
    name = experiment_named(ledger, experiment)
    outcome = amended(name, phases, sigma_of(sigma), lost, not_fired)
    wrong = objection(outcome, name, ledger.suggestion(name).recipe)
    if wrong is not None:
        raise AthanorError(f"that cannot be what {name} gave: {wrong}")
    before = ledger.outcome(name)
    payload = {"experiment_id": name, "outcome": outcome.model_dump(mode="json")}
    say(journal, "amended", me() if who is None else who, why, **payload)
    was = describe(before) if before else "no result"
    _done(journal, f"{name}: {was}, now {describe(outcome)}")


def _of_recipe(folder: Path, kind: str, asked: str, who: str | None, why: str) -> None:
    from agents.candidate_files import candidates_in
    from agents.steering import me, recipe_named, say

    journal, ledger = _opened(folder)
    candidates = [candidates_in(folder, ledger, t.formula) for t in ledger.targets]
    recipe = recipe_named(candidates, ledger, asked).recipe
    about = {"target": recipe.target.formula, "recipe": recipe.content_id}
    say(journal, kind, me() if who is None else who, why, **about)
    _done(journal, f"{kind}: {recipe.target.formula} from {recipe}")


def _say(folder: Path, kind: str, who: str | None, why: str, told: str, **more: Any) -> None:
    from agents.steering import me, say

    journal, _ = _opened(folder)
    say(journal, kind, me() if who is None else who, why, **more)
    _done(journal, f"{journal.campaign} {told}")


def _opened(folder: Path) -> "tuple[Journal, Ledger]":
    """The journal of a campaign that has begun, and where it stands. Raises RecordError."""
    from agents.journal import journal_of
    from agents.ledger import Ledger

    journal = journal_of(folder)
    ledger = Ledger(journal.events())
    _ = ledger.targets  # an error where it has not started
    return journal, ledger


def _done(journal: "Journal", told: str) -> None:
    journal.close()
    print(told)
