"""The files in which a campaign keeps what each of its targets chooses from."""

from pathlib import Path

from agents.candidates import Candidates
from agents.files import write_whole
from agents.ledger import Ledger
from knowledge.errors import RecordError


def candidates_file(folder: Path, number: int) -> Path:
    """Where the candidates of the first, second ... target are: no name is made from a formula."""
    return folder / ("candidates.json" if number == 1 else f"candidates-{number:02d}.json")


def write_candidates(folder: Path, number: int, candidates: Candidates) -> None:
    """Keep what a target chooses from."""
    write_whole(candidates_file(folder, number), candidates.to_json())


def candidates_in(folder: Path, ledger: Ledger, formula: str | None = None) -> Candidates:
    """What a target of a campaign chose from, the first one if none is named.

    Raises RecordError where the campaign has no such target, or its folder does not hold that.
    """
    targets = ledger.targets
    names = [t.formula for t in targets]
    if formula is not None and formula not in names:
        raise RecordError(f"{formula} is no target of this campaign: there are {', '.join(names)}")
    number = names.index(formula) + 1 if formula else 1
    path = candidates_file(folder, number)
    again = "`athanor run` with its settings writes it again"
    try:
        candidates = Candidates.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"cannot read {path}, from which the campaign chose: {again}") from error
    target = targets[number - 1]
    if candidates.target != target or candidates.fingerprint != ledger.candidates[target.formula]:
        raise RecordError(f"{path} does not hold what the campaign chose from: {again}")
    return candidates
