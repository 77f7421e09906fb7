"""Where the solids that may be in a product reflect X-rays, for whoever looks at the pattern."""

import math
from collections.abc import Iterable

from pydantic import Field

from knowledge.record import Record

# Copper K-alpha, mean of both lines by their intensities: Hölzer et al., Phys. Rev. A 56, 4554
# (1997).
COPPER_ANGSTROM = 1.5418
STRONGEST = 3
# A bench-top instrument shows lines closer than this as one.
_ONE_LINE_DEG = 0.3


class Line(Record):
    """A reflection: where, in degrees two theta of copper K-alpha, and how strong, 0 to 1."""

    two_theta_deg: float = Field(gt=0, lt=180)
    relative_intensity: float = Field(gt=0, le=1)


class Signs(Record):
    """The strongest lines of a phase, strongest first, and whose structure they are worked out
    from."""

    formula: str
    lines: tuple[Line, ...] = Field(min_length=1)
    source: str


def signs(formulas: Iterable[str], from_deg: float, to_deg: float) -> tuple[Signs, ...]:
    """The strongest lines of those phases whose structure is known, between two angles."""
    from lab.simulated.structures import known_structures

    library, found = known_structures(), list[Signs]()
    for formula in dict.fromkeys(formulas):
        known = library.find(formula)
        if known is None:
            continue
        from lab.simulated.reflections import reflections

        told = reflections(known.build(), COPPER_ANGSTROM, to_deg)
        angles = [
            math.degrees(2 * math.asin(COPPER_ANGSTROM / (2 * d))) for d in told.d_angstrom.tolist()
        ]
        lines = resolved(list(zip(angles, told.line_intensities().tolist(), strict=True)))
        inside = [x for x in lines if x[0] >= from_deg]
        if inside:
            best = sorted(inside, key=lambda x: -x[1])[:STRONGEST]
            found.append(
                Signs(
                    formula=formula,
                    lines=tuple(
                        Line(two_theta_deg=round(at, 2), relative_intensity=each / best[0][1])
                        for at, each in best
                    ),
                    source=known.source,
                )
            )
    return tuple(found)


def resolved(lines: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Lines as an instrument shows them: neighbours as one, at their mean by intensity.

    `lines` are degrees and intensities, by angle.
    """
    groups: list[list[tuple[float, float]]] = []
    for line in lines:
        if groups and line[0] - groups[-1][-1][0] < _ONE_LINE_DEG:
            groups[-1].append(line)
        else:
            groups.append([line])
    found = []
    for group in groups:
        whole = sum(each for _, each in group)
        found.append((sum(at * each for at, each in group) / whole, whole))
    return found
