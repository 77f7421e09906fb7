"""From what a person says of an experiment to its outcome, checked against what was weighed in."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.acceptance import objection
from agents.bench.jars import earlier_g, from_lots, pure_share
from agents.recording.result import Product, grams_of
from agents.why.balance import element_balance
from knowledge.chemistry import identity
from knowledge.errors import AthanorError
from knowledge.outcome import Fault, Outcome
from lab.inventory import Inventory
from lab.manual import AtBench
from lab.procedure import Fill

# Beyond this a mass is told as wrong; a balance of 0.1 mg does far better.
_OFF = 0.01
# Beyond this it is no inaccuracy: a slip of the keyboard, or another experiment's.
_SLIP = 2.0
# An element balance that is off by so many standard deviations is worth a second look.
_DOUBTFUL_SIGMAS = 3.0


@dataclass(frozen=True)
class Said:
    """What a person says: a product, or that it was lost, or that it was never fired."""

    product: Product | None = None
    lost: bool = False
    not_fired: bool = False
    weighed_g: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


def outcome_of(
    experiment: AtBench,
    said: Said,
    others: Sequence[AtBench] = (),
    stock: Inventory | None = None,
) -> Outcome:
    """The outcome that a person tells of. Raises AthanorError where it cannot be.

    `others` are experiments of the bench, as given out, that may have been meant instead, and that
    take their powders from the jars before this one; `stock` knows how pure those are.
    The profile is that of the recipe: the person fired as the sheet says.
    """
    name = experiment.experiment_id
    if (said.product is not None) + said.lost + said.not_fired != 1:
        raise AthanorError(
            "say one thing of the experiment: --phases BaTiO3=0.93,Ba2TiO4=0.07, --lost, or "
            "--not-fired"
        )
    if said.not_fired and said.weighed_g:
        raise AthanorError("what was not fired was not weighed: leave out --weighed or --not-fired")
    note = said.note or "as a person says"
    if said.product is None:
        kind, status = ("lost", "failed") if said.lost else ("not fired", "cancelled")
        fault = Fault(kind=kind, stage="bench", message=note, sample_lost=said.lost)
        return Outcome(
            experiment_id=name,
            status=status,
            faults=(*_wrong_masses(experiment, said, stock, others), fault),
        )
    outcome = Outcome(
        experiment_id=name,
        phases=said.product.phases,
        unidentified_weight_fraction=said.product.unidentified,
        profile=experiment.recipe.steps,
        faults=tuple(_wrong_masses(experiment, said, stock, others)),
        lab_time_h=round(max(0.0, experiment.hours), 3),
    )
    wrong = _objection(outcome, experiment)
    if wrong is not None:
        fits = [e for e in others if e != experiment and _fits(outcome, e)]
        hint = "".join(f"; it would fit {e.code} ({e.recipe.target.formula})" for e in fits[:1])
        raise AthanorError(f"that cannot be what {experiment.code} gave: {wrong}{hint}")
    return outcome


def doubts(experiment: AtBench, outcome: Outcome) -> list[str]:
    """What a person may want to look at again: elements that are not found as they went in."""
    return [
        f"look again: {each.element} is found {math.exp(each.log_ratio):.2g} times as often as it "
        "was weighed in, beside the other metals"
        for each in element_balance(experiment.recipe, outcome)
        if abs(each.log_ratio) > _DOUBTFUL_SIGMAS * each.sigma
    ]


def weighed_of(text: str, experiment: AtBench) -> dict[str, float]:
    """Grams of each powder of an experiment in a text such as BaCO3=1.7012,TiO2=0.6850.

    Powders that it does not name were weighed as asked. Raises AthanorError for others, and for
    masses that are nowhere near what was asked.
    """
    asked_g = experiment.procedure.masses_g
    of_phase = {identity(formula): formula for formula in asked_g}
    weighed: dict[str, float] = {}
    for formula, grams in grams_of(text, asked_g):
        powder = of_phase.get(identity(formula))
        if powder is None:
            raise AthanorError(
                f"--weighed {formula}: {experiment.code} takes {', '.join(asked_g)} and no other"
            )
        if powder in weighed:
            raise AthanorError(f"--weighed {formula} is given twice: give each powder once")
        ratio = grams / asked_g[powder]
        if not 1 / _SLIP < ratio < _SLIP:
            milli = 1 / _SLIP < ratio / 1000 < _SLIP
            doubt = f"for milligrams write {grams:g} mg" if milli else "is that of another "
            doubt += "" if milli else "experiment? If it is true, record the experiment as lost"
            raise AthanorError(
                f"--weighed {formula}={grams:g} g, and {asked_g[powder]:.4f} g were asked: {doubt}"
            )
        weighed[powder] = grams
    return weighed


def _wrong_masses(
    experiment: AtBench, said: Said, stock: Inventory | None, others: Sequence[AtBench]
) -> list[Fault]:
    """A fault for each mass that is off: of the powder, and of what is in it if it is impure."""
    found, before_g = [], earlier_g(experiment, others)
    for formula, asked_g in experiment.procedure.masses_g.items():
        grams = said.weighed_g.get(formula, asked_g)
        share = None
        if stock is not None:
            theirs_g = before_g.get(identity(formula), 0.0)
            share = pure_share(from_lots(stock, formula, asked_g, theirs_g))
        if all(abs(grams * held / asked_g - 1) > _OFF for held in {1.0, share or 1.0}):
            message = f"{grams:.4f} g of {formula} were weighed, {asked_g:.4f} g asked"
            found.append(Fault(kind="wrong_mass", stage="weighing", message=message))
    return found


def _objection(outcome: Outcome, experiment: AtBench) -> str | None:
    crucible = next(a.crucible for a in experiment.procedure.actions if isinstance(a, Fill))
    return objection(outcome, outcome.experiment_id, experiment.recipe, crucible)


def _fits(outcome: Outcome, experiment: AtBench) -> bool:
    """Whether a product may be that of another experiment, which makes what it is mostly of."""
    if not outcome.phases or outcome.weight_fraction(experiment.recipe.target.formula) <= 0:
        return False
    renamed = outcome.model_copy(update={"experiment_id": experiment.experiment_id})
    return _objection(renamed, experiment) is None
