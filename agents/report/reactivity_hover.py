"""What a page says of a pair, or of a phase, when the pointer is on it: lines of HTML."""

from collections.abc import Sequence

from agents.report.filling import formulas
from agents.report.reactivity_rows import Row, temperatures

_SETS_TOLD = 4
_WIDTH = 70


def about_pair(row: Row) -> str:
    """Products, where it had reacted and had not, the onset, and who says so."""
    lines = [f"<b>{formulas(row.name)}</b> in {row.belief.atmosphere}"]
    lines += [
        f"&#8594; {formulas(' + '.join(p.solids))} ({100 * p.share:.0f} % of the times, from "
        f"{p.from_c:g} C)"
        for p in row.products[:_SETS_TOLD]
    ]
    if row.reacted:
        lines.append(f"had reacted at {temperatures(row.reacted)}")
    if row.inert:
        lines.append(f"had not at {temperatures(row.inert)}")
    low, median, high = row.onset_c
    if row.onset_is_likely:
        lines.append(f"onset {median:.0f} C, with 90 % between {max(low, 0):.0f} and {high:.0f} C")
    if not row.seen_to_react:
        lines.append(f"reacts at some temperature: {100 * row.reacts:.0f} % likely")
    if row.torn:
        lines.append("what was seen contradicts itself")
    return "<br>".join([*lines, f"<i>{_wrapped(row.sources)}</i>"])


def about_phase(name: str, rows: Sequence[Row]) -> str:
    """What a phase reacts with, what it does not, and what it comes from."""
    lines = [f"<b>{formulas(name)}</b>"]
    for row in rows:
        if name not in row.belief.pair:
            continue
        partner = next((f for f in row.belief.pair if f != name), "alone")
        if row.seen_to_react:
            to = f" to {formulas(' + '.join(row.main_products))}" if row.products else ""
            lines.append(f"{formulas(partner)}: reacts by {row.belief.reacted_by_c:g} C{to}")
        elif row.belief.inert_up_to_c is not None:
            lines.append(f"{formulas(partner)}: inert up to {row.belief.inert_up_to_c:g} C")
    makers = [row.name for row in rows if name in row.main_products]
    return "<br>".join([*lines, *(f"comes from {formulas(maker)}" for maker in makers)])


def _wrapped(text: str) -> str:
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > _WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])
