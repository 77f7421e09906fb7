"""Policies that do what no policy should, and a small study of good ones."""

from agents.candidates import Candidates
from agents.history import History, Suggestion
from agents.policies.hottest import HottestPolicy

# A target whose energies come with the project, few recipes, two policies, nothing that takes time.
SMALL = (
    "study.policies=[thermo,random]",
    "study.targets=[BaTiO3]",
    "study.worlds=[easy]",
    "budget.experiments=3",
    "candidates.spacing_c=200",
    "candidates.max_precursor_sets=4",
    "literature=frequency",
)


class Raises(HottestPolicy):
    """Suggests what the hottest would, and gives up on every second seed."""

    name = "raises"

    def __init__(self, candidates: Candidates, seed: int) -> None:
        super().__init__(candidates, seed)
        self._seed = seed

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """Raise, if the seed is odd."""
        if self._seed % 2:
            raise RuntimeError(f"no idea about {object()}\nat all")
        return super().suggest(history, count)


class Nowhere(HottestPolicy):
    """Cannot be made, in the words of Python."""

    def __init__(self, candidates: Candidates, seed: int) -> None:
        super().__init__(candidates, seed)
        raise ZeroDivisionError("division by zero")


class Wordy(HottestPolicy):
    """Says more than it was asked for, which no campaign takes."""

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """One too many."""
        return super().suggest(history, count + 1)


class Leaves(HottestPolicy):
    """Ends the process, as a script would."""

    def suggest(self, history: History, count: int) -> list[Suggestion]:  # noqa: ARG002
        """Leave."""
        raise SystemExit(3)


class Copies(HottestPolicy):
    """The hottest under another name."""

    name = "copies"


class Remembers(HottestPolicy):
    """Tells, by failing, what it knew of pairs of solids when it began on strontium titanate."""

    def __init__(self, candidates: Candidates, seed: int) -> None:
        super().__init__(candidates, seed)
        if candidates.target.formula == "SrTiO3":
            raise RuntimeError(f"knows {len(candidates.observations)} results")


def words(folder: object, *more: str) -> list[str]:
    """The overrides of the small study in a folder."""
    given = {word.partition("=")[0] for word in more}
    kept = [word for word in SMALL if word.partition("=")[0] not in given]
    return [*kept, f"study.folder={folder}", *more]


class Peeks(HottestPolicy):
    """Tells, by failing, all that it is shown once an experiment is done."""

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The hottest, then what was seen."""
        if history.completed:
            raise RuntimeError(history.completed[0].experiment_id)
        return super().suggest(history, count)
