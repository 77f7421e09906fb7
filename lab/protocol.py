"""The contract that every lab keeps.

A lab runs recipes under ids that the caller chooses, so that asking twice is harmless:

    lab.submit(recipe, "e1")    accepted; the same again changes nothing
    lab.poll("e1")              Pending, then an Outcome, the same one for ever
    lab.poll("e2")              Unsubmitted: this lab certainly never took it on
    lab.cancel("e1")            stops it if it has not been fired; poll then says `cancelled`

A lab protects itself: a recipe outside its envelope raises Refused, whoever asks. Any call may
raise Unreachable where the lab is elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe


class Unreachable(AthanorError):
    """A lab that did not answer, or not in a way that holds together.

    What was asked may have been done: look before asking again.
    """


class Garbled(Unreachable):
    """An answer of a lab that does not hold together; what is asked again may be answered well."""


# The rule of a refusal that means not now: there is no room, and later there may be.
QUEUE = "queue"
# The rule of a refusal for want of powder, which people may bring.
INVENTORY = "inventory"


class Refused(AthanorError):
    """A recipe outside the lab's envelope: the rule, the value given, and the limit.

    The rule `queue` means that the lab has no room for it now.
    """

    def __init__(self, rule: str, value: str, limit: str) -> None:
        super().__init__(f"refused by the lab ({rule}): {value}; {limit}")
        self.rule, self.value, self.limit = rule, value, limit


@dataclass(frozen=True)
class Pending:
    """Accepted and not finished."""

    stage: str = "queued"


@dataclass(frozen=True)
class Unsubmitted:
    """Certainly never taken on under this id: submitting it fires nothing twice."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The lab cannot say; nothing may be concluded from that, and nothing submitted again."""

    reason: str


Status = Pending | Unsubmitted | Unknown | Outcome


@runtime_checkable
class Lab(Protocol):
    """Runs recipes."""

    @property
    def name(self) -> str:
        """How the lab is called in what a user sees."""

    @property
    def inventory(self) -> Sequence[str]:
        """The precursors at hand, as formulas."""

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, unless the lab would run the recipe."""

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Take a recipe on under an id. The same recipe and id again change nothing.

        Raises Refused for a recipe outside the envelope and for an id used for another recipe.
        """

    def poll(self, experiment_id: str) -> Status:
        """Where an experiment stands."""

    def cancel(self, experiment_id: str) -> Status:
        """Stop an experiment that has not been fired; then where it stands."""


@runtime_checkable
class Pausable(Lab, Protocol):
    """A lab that can be told to wait."""

    def pause(self) -> None:
        """Start nothing more; what is under way goes on."""

    def resume(self) -> None:
        """Go on after a pause."""


@runtime_checkable
class Clocked(Lab, Protocol):
    """A lab with a clock of its own, which goes on only while somebody waits: a simulated one."""

    @property
    def now_h(self) -> float:
        """Hours since the lab opened."""

    def look(self, experiment_id: str) -> Status:
        """Where an experiment stands at this hour: as `poll`, but no time passes."""

    def wait(self, experiment_ids: Sequence[str]) -> bool:
        """Let time pass until one more of the experiments is done; False where nothing moves."""


@runtime_checkable
class Attended(Lab, Protocol):
    """A lab whose results a person brings, in hours or days."""

    @property
    def waits(self) -> bool:
        """Whether a campaign stays until they are there; else it leaves, to be run again then."""


@runtime_checkable
class Real(Lab, Protocol):
    """A lab that exists: others hand it experiments too, and people fill its shelf.

    So what a campaign calls its experiments must be its alone, and powder that is missing is waited
    for.
    """

    def amended(self, outcome: Outcome) -> None:
        """Take note of what a person told the campaign that an experiment really gave.

        It is done then, and its powders are used or free again. The same again changes nothing, nor
        does an id that the lab does not know.
        """
