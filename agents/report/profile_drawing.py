"""What a furnace is to do, drawn for a page that is printed: Celsius over hours, black on white.

The line of a firing is given in hours and Celsius themselves and brought into the drawing by a
transform, so that what the drawing says can be read back from it.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from agents.bench.sheet import Firing

# In units of the drawing, which a page scales to its width.
_WIDTH, _HEIGHT = 340.0, 150.0
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 34.0, 8.0, 12.0, 24.0, 12.0
_TICKS = 4


def drawing(firings: Sequence[Firing]) -> Markup:
    """The firings side by side as SVG, on one axis of temperature and each with its own hours.

    Nothing where there is no firing.
    """
    if not firings:
        return Markup("")
    top_c = max(c for f in firings for _, c in f.corners)
    low_c = min(0.0, *(c for f in firings for _, c in f.corners))
    ticks_c = ticks(low_c, top_c)
    high_c = max(top_c, ticks_c[-1])
    per_c = (_HEIGHT - _TOP - _BOTTOM) / (high_c - low_c)
    zero_y = _HEIGHT - _BOTTOM + low_c * per_c  # where 0 C is
    wide = (_WIDTH - _LEFT - _RIGHT - _GAP * (len(firings) - 1)) / len(firings)
    parts = [
        f'<svg class="profile" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '
        'aria-label="temperature over time">',
        f'<text x="{_LEFT + 2:g}" y="{_TOP - 3:g}">C</text>',
    ]
    for c in ticks_c:
        y = zero_y - c * per_c
        parts.append(f'<path class="grid" d="M{_LEFT:g} {y:.2f}H{_WIDTH - _RIGHT:g}"/>')
        parts.append(f'<text class="c" x="{_LEFT - 3:g}" y="{y + 3:.2f}">{c:g}</text>')
    for number, firing in enumerate(firings):
        left = _LEFT + number * (wide + _GAP)
        parts += _panel(firing, left, wide, zero_y, per_c, len(firings) > 1)
    parts.append("</svg>")
    return Markup("\n".join(parts))


def ticks(low: float, high: float, about: int = _TICKS) -> list[float]:
    """Round numbers that span a range: multiples of 1, 2, 2.5 or 5 times a power of ten."""
    span = max(high - low, 1e-6)
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 9) for n in range(first, last + 1)]


def _panel(
    firing: Firing, left: float, wide: float, zero_y: float, per_c: float, named: bool
) -> list[str]:
    per_h = wide / max(firing.hours, 1e-6)
    points = " ".join(f"{h!r},{c!r}" for h, c in firing.corners)
    bottom = _HEIGHT - _BOTTOM
    parts = [
        f'<path class="axis" d="M{left:.2f} {_TOP:g}V{bottom:g}H{left + wide:.2f}"/>',
        f'<polyline points="{points}" transform="matrix({per_h!r} 0 0 {-per_c!r} {left!r} '
        f'{zero_y!r})" vector-effect="non-scaling-stroke"/>',
    ]
    for h in ticks(0.0, firing.hours):
        if h > firing.hours * (1 + 1e-9):
            continue
        x = left + h * per_h
        parts.append(f'<path class="axis" d="M{x:.2f} {bottom:g}v3"/>')
        parts.append(f'<text class="h" x="{x:.2f}" y="{bottom + 11:g}">{h:g}</text>')
    label = f"firing {firing.number}, h" if named else "h"
    parts.append(
        f'<text class="h" x="{left + wide / 2:.2f}" y="{bottom + 21:g}">{escape(label)}</text>'
    )
    return parts
