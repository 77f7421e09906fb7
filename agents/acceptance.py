"""Whether what a lab answers can be what became of an experiment."""

from collections.abc import Iterable

from knowledge.chemistry import parse
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe

# Of what a crucible is made comes into a sample.
_CRUCIBLES = {
    "alumina": "Al2O3",
    "zirconia": "ZrO2",
    "magnesia": "MgO",
    "platinum": "Pt",
    "silica": "SiO2",
    "carbon": "C",
}
# What the air and the gases of a furnace bring.
_GASES = frozenset(["H", "C", "N", "O", "Ar"])


def objection(
    outcome: object, experiment_id: str, recipe: Recipe, crucible: str = "alumina"
) -> str | None:
    """Why an answer cannot be the outcome of the experiment; none where it can.

    Elements are neither made nor lost: a phase holds what was weighed in, what the gases bring
    and what the crucible gives off. That fractions add up is seen to by `Outcome`.
    """
    if not isinstance(outcome, Outcome):
        return f"it is a {type(outcome).__name__} and no outcome"
    if outcome.experiment_id != experiment_id:
        return f"it is the outcome of {outcome.experiment_id[:80]!r}"
    vessel = [_CRUCIBLES[crucible]] if crucible in _CRUCIBLES else []
    there = _GASES | _elements([*recipe.precursors, *vessel])
    for phase in outcome.phases:
        strange = sorted(_elements([phase.formula]) - there)
        if strange:
            return f"it reports {phase.formula}, and no {' or '.join(strange)} was weighed in"
    return None


def _elements(formulas: Iterable[str]) -> set[str]:
    return {e for formula in formulas for e in parse(formula).get_el_amt_dict()}
