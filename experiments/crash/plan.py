"""Which campaigns are killed, and how, so that there are so many kills."""

from collections.abc import Iterator, Mapping, Sequence

from experiments.crash.child import SAME
from experiments.crash.ways import IN_A_ROW, WAYS
from knowledge.errors import AthanorError
from knowledge.record import Record

# The share of the kills of each way: boundaries are many, and servers are slow to start.
_SHARES = dict(zip(WAYS, (0.6, 0.2, 0.08, 0.04, 0.08), strict=True))


class Case(Record):
    """A campaign that is killed: its shape, the way, and the boundary or which of many."""

    shape: str
    way: str
    number: int

    @property
    def command(self) -> str:
        """The command that kills it again."""
        by_way = f"--case {self.way}:{self.number}"
        which = f"--boundary {self.number}" if self.way == "boundary" else by_way
        return f"python -m experiments.crash_test --only {self.shape} {which}"


def case_named(shape: str, text: str) -> Case:
    """The case that WAY:N says. Raises AthanorError for a text that says none."""
    way, _, number = text.partition(":")
    if way not in WAYS or not number.isdecimal() or int(number) < 1:
        raise AthanorError(
            f"--case {text}: give WAY:N, with N from 1 and a way of {', '.join(WAYS)}"
        )
    return Case(shape=shape, way=way, number=int(number))


def planned(kills: int, boundaries: Mapping[str, Sequence[str]]) -> list[Case]:
    """Cases with so many kills in all, if each is killed as often as it may be.

    `boundaries` are their names by shape. The first of each transaction come before the others,
    between which no file changes, and as many of them as are wanted are spread evenly over the
    campaign. Where boundaries are fewer than their share, there are more random moments.
    """
    cases, left, shapes = list[Case](), kills, list(boundaries)
    for way in WAYS[2:]:
        in_a_row = 2 * IN_A_ROW if way == "both" else IN_A_ROW
        of_way = round(kills * _SHARES[way] / in_a_row)
        cases += [Case(shape=s, way=way, number=n) for s, n in _turns(of_way, shapes)]
        left -= of_way * in_a_row
    at_boundaries = list(_spread(round(kills * _SHARES["boundary"]) or kills, boundaries))
    left -= len(at_boundaries)
    return [*at_boundaries, *more(left, shapes), *cases]


def more(kills: int, shapes: Sequence[str], beyond: int = 0) -> list[Case]:
    """Cases of random moments with so many kills, beyond the first so many of each shape."""
    found = _turns(-(-kills // IN_A_ROW), shapes)
    return [Case(shape=s, way="random", number=n + beyond) for s, n in found]


def _turns(cases: int, shapes: Sequence[str]) -> list[tuple[str, int]]:
    """Shapes in turn, and which of its own each is, counted from 1."""
    return [(shapes[n % len(shapes)], n // len(shapes) + 1) for n in range(max(cases, 0))]


def _spread(wanted: int, boundaries: Mapping[str, Sequence[str]]) -> Iterator[Case]:
    """Boundaries of the shapes in turn until there are enough: those after a change first."""
    for same in (False, True):
        share = -(-wanted // len(boundaries))
        orders = {
            shape: _thinned([n for n, w in enumerate(names, 1) if w.endswith(SAME) is same], share)
            for shape, names in boundaries.items()
        }
        for turn in range(max(map(len, orders.values()))):
            for shape in (s for s, order in orders.items() if turn < len(order)):
                if wanted < 1:
                    return
                wanted -= 1
                yield Case(shape=shape, way="boundary", number=orders[shape][turn])


def _thinned(numbers: Sequence[int], wanted: int) -> list[int]:
    """So many of them at equal distances, then the others."""
    if not 0 < wanted < len(numbers):
        return list(numbers)
    chosen = [numbers[(2 * n + 1) * len(numbers) // (2 * wanted)] for n in range(wanted)]
    return [*chosen, *(n for n in numbers if n not in set(chosen))]
