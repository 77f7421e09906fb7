"""Tables of pairs with the range of temperature in which each begins to react.

As ARROWS3 writes them (Szymanski et al., Nat. Commun. 14, 6956 (2023)): reactants, solid products
and gases, and one of `Reacts below b C`, `Reacts between a-b C` (not yet at a, by b), `Does not
react at or below a C`. They tell bounds, not experiments, and no atmosphere.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from agents.pairs.sources import balanced
from knowledge.balance import gas_balance
from knowledge.chemistry import VOLATILE_ELEMENTS, molecular_groups, parse
from knowledge.errors import AthanorError, RecordError
from knowledge.kinetics import PairObservation

RANGE_COLUMNS = ("Pairwise reactants", "Pairwise Products", "Temperature Range")
_NOTHING = "None"
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_DEGREES = r"\s*(?:°\s*)?C\s*"
_INERT = re.compile(rf"does not react at or below {_NUMBER}{_DEGREES}", re.IGNORECASE)
_BELOW = re.compile(rf"reacts (?:at or )?below {_NUMBER}{_DEGREES}", re.IGNORECASE)
_WITHIN = re.compile(rf"reacts between {_NUMBER}\s*-\s*{_NUMBER}{_DEGREES}", re.IGNORECASE)

_Row = tuple[str, PairObservation]


def of_ranges(
    name: str, rows: Iterable[tuple[int, dict[str, str]]], source: str, atmosphere: str
) -> list[PairObservation]:
    """The observations that a table of ranges stands for. `rows` by line number.

    A pair may be in several rows, with other products from a higher temperature on: what a row
    says is inert below that had reacted to something else, by another row, and is no bound.
    Raises RecordError for rows that cannot be read or that contradict each other.
    """
    told: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    outright: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for line, row in rows:
        where = f"{name}, line {line}"
        try:
            found = _observations(row, source, atmosphere)
        except AthanorError as error:
            raise RecordError(f"{where}: {error}") from error
        for each in found:
            told[each.pair].append((where, each))
            if len(found) == 1:
                outright[each.pair].append((where, each))
    for same in outright.values():
        _check(same)
    return [
        each
        for same in told.values()
        for _, each in same
        if each.reacted or not _reacted_by(same, each.temperature_c)
    ]


def ranges_text(observations: Sequence[PairObservation]) -> str:
    """Observations as the text of such a table. What it cannot hold is left out.

    That is: who saw what, doubt, contradictions, and reactions to what nobody knows.

    Raises RecordError for observations in more than one atmosphere.
    """
    gases = sorted({each.atmosphere for each in observations})
    if len(gases) > 1:
        raise RecordError(
            f"a table of ranges is for one atmosphere, and these are in {', '.join(gases)}: "
            "choose one with --atmosphere"
        )
    by_pair: dict[tuple[str, ...], list[PairObservation]] = defaultdict(list)
    for each in observations:
        by_pair[each.pair].append(each)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(RANGE_COLUMNS)
    for pair, same in sorted(by_pair.items()):
        table.writerows([" + ".join(pair), *told] for told in _ranges(same))
    return text.getvalue()


def _observations(row: dict[str, str], source: str, atmosphere: str) -> list[PairObservation]:
    reactants, given, said = (row[column].strip() for column in RANGE_COLUMNS)
    products = () if given == _NOTHING else tuple(p.strip() for p in given.split("+"))
    pair = tuple(p.strip() for p in reactants.split("+"))
    inert, below, within = (p.fullmatch(said) for p in (_INERT, _BELOW, _WITHIN))
    if within and float(within[1]) >= float(within[2]):
        raise RecordError(f"{said!r}: the first temperature must be below the second")
    if not (inert or below or within):
        raise RecordError(
            f"cannot read {said!r}: write `Reacts below 800 C`, `Reacts between 700-800 C` or "
            "`Does not react at or below 700 C`"
        )
    if bool(inert) == bool(products):
        raise RecordError(f"{said!r} with products {given!r}: {_NOTHING} stands for no reaction")
    bounds = [(m[1], False) for m in (inert, within) if m]
    bounds += [(m[m.lastindex or 1], True) for m in (below, within) if m]
    return [
        PairObservation(
            pair=pair,
            atmosphere=atmosphere,
            temperature_c=float(temperature_c),
            reacted=reacted,
            products=products if reacted else (),
            source=source,
        )
        for temperature_c, reacted in bounds
    ]


def _check(same: Sequence[_Row]) -> None:
    """Refuse a pair that is said not to react where another row says that it does."""
    for where, each in same:
        if each.reacted:
            continue
        for other, reacted in same:
            if reacted.reacted and reacted.temperature_c <= each.temperature_c:
                raise RecordError(
                    f"{where} says that {' + '.join(each.pair)} does not react at "
                    f"{each.temperature_c:g} C, {other} that it has by {reacted.temperature_c:g} "
                    "C: remove one of them"
                )


def _reacted_by(same: Sequence[_Row], temperature_c: float) -> bool:
    return any(o.reacted and o.temperature_c <= temperature_c for _, o in same)


def _ranges(same: Sequence[PairObservation]) -> Iterator[tuple[str, str]]:
    """Products and range of one pair: each set of products from where it was first seen."""
    first: dict[tuple[str, ...], PairObservation] = {}
    for each in sorted(same, key=lambda o: (o.temperature_c, o.products)):
        if each.products:
            first.setdefault(each.products, each)
    inert = [o.temperature_c for o in same if not o.reacted]
    if inert and not first:
        yield _NOTHING, f"Does not react at or below {max(inert):g} C"
    earlier: list[float] = []
    for each in first.values():
        upper_c = each.temperature_c
        lower_c = max((t for t in [*inert, *earlier] if t < upper_c), default=None)
        earlier.append(upper_c)
        start = "below " if lower_c is None else f"between {lower_c:g}-"
        yield _with_gases(each), f"Reacts {start}{upper_c:g} C"


def _with_gases(observation: PairObservation) -> str:
    """The products with the gases given off before them, where the whole balances in one way."""
    amounts = balanced(observation.pair, observation.products)
    if amounts is None:
        return " + ".join(observation.products)
    solids = (*observation.pair, *observation.products)
    counts = np.array([[parse(f)[e] for f in solids] for e in sorted(VOLATILE_ELEMENTS)])
    excess = dict(zip(sorted(VOLATILE_ELEMENTS), (counts @ amounts).tolist(), strict=True))
    ammonium, nitrate = (
        sum(n * molecular_groups(f).get(g, 0.0) for f, n in zip(solids, amounts, strict=True))
        for g in ("ammonium", "nitrate")
    )
    gases = gas_balance(excess, max(ammonium, 0.0), max(nitrate, 0.0))
    given_off = sorted(gas for gas, moles in gases.items() if moles > 1e-6)
    return " + ".join([*given_off, *observation.products])
