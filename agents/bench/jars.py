"""Which jar a powder is taken from, and whether what is in it is pure enough for the mass asked."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from pydantic import Field

from knowledge.chemistry import identity
from knowledge.record import Record
from lab.inventory import Inventory
from lab.manual import AtBench

# A powder that holds less than this of what it is called is worth a word: the mass is worked out
# for the pure compound, and few products forgive a hundredth of an element too little.
PURE_ENOUGH = 0.99
# The books count whole micrograms: less is the error of a subtraction.
_LEAST_G = 1e-6


class FromLot(Record):
    """Grams to take from one lot, with what the books say of it; `purity` is a weight fraction."""

    lot: str
    grams: float = Field(gt=0)
    purity: float | None = None
    supplier: str = ""
    particle_size_um: float | None = None

    def __str__(self) -> str:
        told = [f"lot {self.lot}" if self.lot else "", self.supplier]
        told.append("" if self.purity is None else f"{100 * self.purity:.6g} %")
        told.append("" if self.particle_size_um is None else f"{self.particle_size_um:g} um")
        return ", ".join(t for t in told if t)


def earlier_g(at: AtBench, experiments: Iterable[AtBench]) -> dict[str, float]:
    """Grams of each phase that those take from the shelf who were given out before an experiment.

    `experiments` are those of the bench, in the order given out; what has a result took its powder.
    """
    taken_g: dict[str, float] = {}
    for each in takewhile(lambda e: e.experiment_id != at.experiment_id, experiments):
        if each.outcome is None:
            for formula, mass_g in each.procedure.masses_g.items():
                phase = identity(formula)
                taken_g[phase] = taken_g.get(phase, 0.0) + mass_g
    return taken_g


def from_lots(
    stock: Inventory, formula: str, mass_g: float, earlier_g: float = 0.0
) -> tuple[FromLot, ...]:
    """What to take from which lot, oldest first, after `earlier_g` that others take before.

    As the books will count it, if results are recorded in the order in which experiments were
    given out. Less than the mass in all where the shelf runs short, nothing where it has none.
    """
    found, missing_g, others_g = list[FromLot](), mass_g, earlier_g
    for lot in stock.lots:
        if identity(lot.formula) != identity(formula):
            continue
        left_g = stock.left_g(lot.formula, lot.lot)
        theirs_g = min(left_g, others_g)
        others_g -= theirs_g
        # What an endless lot is left with is endless.
        taken_g = min(left_g - theirs_g, missing_g)
        if taken_g >= _LEAST_G:
            found.append(
                FromLot(
                    lot=lot.lot,
                    grams=taken_g,
                    purity=lot.purity,
                    supplier=lot.supplier,
                    particle_size_um=lot.particle_size_um,
                )
            )
            missing_g -= taken_g
    return tuple(found)


def pure_share(portions: Sequence[FromLot]) -> float | None:
    """Weight fraction of what powder is called, in all; none where a purity is not in the books."""
    held = [p.grams * p.purity for p in portions if p.purity is not None]
    whole_g = sum(p.grams for p in portions)
    return sum(held) / whole_g if whole_g > 0 and len(held) == len(portions) else None


def remarks(formula: str, mass_g: float, portions: Sequence[FromLot]) -> tuple[str, ...]:
    """What to know before weighing a powder: a jar that runs short, powder that is not pure."""
    told = []
    short_g = mass_g - sum(p.grams for p in portions)
    if not portions:
        told.append(f"{formula} is not on the shelf")
    elif short_g > 5e-5:  # what a balance of 0.1 mg does not show
        told.append(f"the shelf is {short_g:.4f} g short")
    elif len(portions) > 1:
        each = ", then ".join(f"{p.grams:.4f} g of {p.lot or 'the one without'}" for p in portions)
        told.append(f"from more than one lot: {each}")
    share = pure_share(portions)
    if share is not None and share < PURE_ENOUGH - 1e-9 and not short_g > 5e-5:
        told.append(
            f"{100 * share:.4g} % pure: that holds {mass_g * share:.4f} g {formula}, and "
            f"{mass_g / share:.4f} g would hold what is asked if the rest is inert"
        )
    return tuple(told)
