"""An experiment that is with a person, as the entries of the bench's log tell of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from knowledge.chemistry import identity
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from knowledge.record import canonical_json
from lab.logbook import Entry
from lab.lots import MAX_MASS_G
from lab.procedure import Procedure

# Kinds of entries. What is wanted is promised next, and taken on when it was promised.
WANTED, TAKEN_ON, RECORDED, TOLD = "wanted", "taken on", "recorded", "told"
AMENDED, WEIGHED_OUT = "amended", "weighed out"
_SHOWN_G = 5e-5  # what a balance of 0.1 mg does not show


class SecondResult(AthanorError):
    """Another result of an experiment that has one: `known` is the experiment as it stands."""

    def __init__(self, known: "AtBench") -> None:
        status = "" if known.outcome is None else f": {known.outcome.status}"
        heard = ", which its campaign has heard" if known.told else ""
        super().__init__(f"{known.code} ({known.experiment_id}) has a result{heard}{status}")
        self.known = known


@dataclass(frozen=True)
class AtBench:
    """An experiment that a person was given, and what they recorded of it, if anything.

    `outcome` is what stands now, amendments included, and `told` whether the campaign has heard:
    `heard` is what it was told first. `weighed_g` are masses that the person says differ from those
    asked; `taken_g` what came off the shelf for it by now.
    """

    experiment_id: str
    code: str
    recipe: Recipe
    procedure: Procedure
    since: str
    outcome: Outcome | None = None
    told: bool = False
    heard: Outcome | None = None
    weighed_g: Mapping[str, float] = field(default_factory=dict, hash=False)
    taken_g: Mapping[str, float] = field(default_factory=dict, hash=False)
    note: str = ""

    @property
    def hours(self) -> float:
        """Hours since it was taken on."""
        begun = datetime.fromisoformat(self.since)
        return (datetime.now(begun.tzinfo) - begun).total_seconds() / 3600

    @property
    def was_fired(self) -> bool:
        """Whether its powders were used, as far as was recorded."""
        return self.outcome is not None and self.outcome.status != "cancelled"

    @property
    def due_g(self) -> dict[str, float]:
        """Grams that belong off the shelf, by powder, as it stands; nothing if it was not fired."""
        return due_g(self.procedure, self.outcome, self.weighed_g)

    @property
    def short_g(self) -> dict[str, float]:
        """Grams that were weighed and that the books of the shelf had not, by powder."""
        missing = {f: g - self.taken_g.get(f, g) for f, g in self.due_g.items()}
        return {f: g for f, g in missing.items() if g > _SHOWN_G}


@dataclass(frozen=True)
class Record:
    """What a person says came of an experiment. `weighed_g` is what they weighed, if otherwise.

    `why` is given where another result was recorded before; `note` is kept and changes nothing.
    """

    outcome: Outcome
    who: str
    weighed_g: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    note: str = ""


def due_g(
    procedure: Procedure, outcome: Outcome | None, weighed_g: Mapping[str, float]
) -> dict[str, float]:
    """Grams of each powder, to the microgram, that an experiment with this outcome has used."""
    if outcome is None or outcome.status == "cancelled":
        return {}
    return {f: round(weighed_g.get(f, asked), 6) for f, asked in procedure.masses_g.items()}


def same(one: Outcome, other: Outcome) -> bool:
    """Whether two records of an experiment tell the same, whenever and however they were written.

    One spelling of a formula is as good as another, and the order of phases says nothing; what was
    weighed wrongly is compared by the masses (`tells_the_same`).
    """
    return _told(one) == _told(other)


def _told(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.status,
        sorted(
            (identity(p.formula), p.polymorph or "", p.weight_fraction, p.sigma)
            for p in outcome.phases
        ),
        outcome.unidentified_weight_fraction,
        sorted(f.kind for f in outcome.faults if f.kind != "wrong_mass"),
    )


def tells_the_same(known: AtBench, record: Record) -> bool:
    """Whether a record says what stands already: the result, and what was weighed for it."""
    return (
        known.outcome is not None
        and same(known.outcome, record.outcome)
        and known.due_g == due_g(known.procedure, record.outcome, record.weighed_g)
    )


def check_masses(known: AtBench, record: Record) -> None:
    """Raise AthanorError for masses that nobody can have weighed."""
    for formula, grams in record.weighed_g.items():
        if formula not in known.procedure.masses_g or not 1e-6 <= grams <= MAX_MASS_G:
            asked = ", ".join(known.procedure.masses_g)
            raise AthanorError(
                f"{formula}: {grams} g weighed for {known.code}: give grams of {asked}, from "
                f"0.000001 to {MAX_MASS_G:g}"
            )


def by_experiment(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries of each experiment, in their order."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.experiment, []).append(entry)
    return found


def settled(known: AtBench, entries: Iterable[Entry]) -> bool:
    """Whether the shelf has what it should, by what the log says of it."""
    done = [e.content.get("due_g") for e in entries if e.kind == WEIGHED_OUT]
    return known.outcome is None or (bool(done) and done[-1] == known.due_g)


def folded(entries: list[Entry]) -> AtBench | None:
    """The experiment that its entries tell of; none where it was wanted and never taken on.

    Raises RecordError for entries that do not hold together.
    """
    of_kind: dict[str, list[Entry]] = {}
    for entry in entries:
        of_kind.setdefault(entry.kind, []).append(entry)
    if TAKEN_ON not in of_kind:
        return None
    first = of_kind[TAKEN_ON][0]
    recorded = of_kind.get(RECORDED, [])
    stands = [e.content for e in (*recorded, *of_kind.get(AMENDED, []))][-1:]
    out = [e.content for e in of_kind.get(WEIGHED_OUT, [])][-1:]
    try:
        outcome = [Outcome.model_validate(said["outcome"]) for said in stands]
        heard = [Outcome.model_validate(e.content["outcome"]) for e in recorded[-1:]]
        return AtBench(
            experiment_id=first.experiment,
            code=str(first.content["code"]),
            recipe=_recipe(canonical_json(first.content["recipe"])),
            procedure=_procedure(canonical_json(first.content["procedure"])),
            since=first.time,
            outcome=outcome[0] if outcome else None,
            told=TOLD in of_kind,
            heard=heard[0] if heard else None,
            weighed_g=dict(stands[0]["weighed_g"]) if stands else {},
            taken_g=dict(out[0].get("taken_g", {})) if out else {},
            note=str(stands[0].get("note", "")) if stands else "",
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RecordError(
            f"the book of the bench is damaged: {first.experiment}: {error}"
        ) from error


# Parsed once: what was taken on never changes, and is read at every look at the book.
_recipe = lru_cache(maxsize=1000)(Recipe.from_json)
_procedure = lru_cache(maxsize=1000)(Procedure.from_json)
