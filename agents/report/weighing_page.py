"""Weighing sheets as a page to be printed: one sheet of paper (A4) for each experiment."""

import math
from collections.abc import Sequence

from agents.bench.sheet import MIXING, Firing, Sheet
from agents.report.filling import fill
from agents.report.profile_drawing import drawing
from agents.report.timeline import duration, grams
from knowledge.chemistry import molar_mass_g_per_mol
from lab.evolved_gas import ML_PER_MOL, in_ml
from lab.procedure import Mix

# Sizes of type to choose from, points, and the height of A4 between its margins.
SIZES_PT = (9.5, 8.5, 7.5, 6.5, 5.5)
_PAGE_MM, _WIDTH_MM = 277.0, 190.0
_MM_PER_PT = 25.4 / 72
# Mean width of a letter and height of a line, in sizes of type; wider than most typefaces are.
_LETTER, _LINE, _SMALL, _PADDING = 0.56, 1.25, 0.88, 0.44
# Columns to write in, the drawing in its half of the page, and what is there whatever the size.
_WRITING_MM, _DRAWING_MM, _HALF_MM, _FIXED_MM = 48.0, 41.5, 93.0, 42.0


def page(sheets: Sequence[Sheet]) -> str:
    """One HTML file that needs nothing else, a page for each sheet."""
    return fill(
        "weighing_sheet.html",
        sheets=sheets,
        size_pt=size_pt,
        drawing=drawing,
        programme=_programme_in_words,
        grams=grams,
        gas=volume_in_words,
        mixing=MIXING,
    )


def size_pt(sheet: Sheet) -> float:
    """The largest size of type, in points, with which a sheet fits on its page, or the smallest."""
    return next((size for size in SIZES_PT if height_mm(sheet, size) <= _PAGE_MM), SIZES_PT[-1])


def height_mm(sheet: Sheet, type_pt: float) -> float:
    """About how high a sheet gets in a size of type; a browser was measured to need less."""
    em = type_pt * _MM_PER_PT
    line, small = _LINE * em, _SMALL * _LINE * em

    def of(text: str, width_mm: float, scale: float = 1.0) -> float:
        return _LINE * em * scale * math.ceil(len(text) * _LETTER * em * scale / width_mm)

    doing_mm = _WIDTH_MM - _WRITING_MM - 13 * em
    steps = line
    for step in sheet.steps:
        told = f"{step.words} {'; '.join(map(str, step.lots))}"
        if isinstance(step.action, Mix) and sheet.mixing:
            told += f"{', then '.join(sheet.mixing)}: {MIXING}"
        steps += of(told, doing_mm, 0.94) + _PADDING * em + 0.3
        steps += sum(of(f"! {note}", doing_mm, _SMALL) for note in step.notes)
    furnace = _DRAWING_MM + sum(
        of(_programme_in_words(f), _HALF_MM, _SMALL) + 0.8 for f in sheet.firings
    )
    gases = [volume_in_words(*each) for each in (sheet.gas_off_ml | sheet.gas_in_ml).items()]
    dangers = 2 * line + 4 + of(f"given off, at most: taken up: {', '.join(gases)}", _HALF_MM)
    for h in sheet.hazards:
        dangers += of(f"- {h.rule}: {h.what}; {h.advice} ({h.source})", _HALF_MM - 2 * em, 0.96)
    told_mm = line + 3
    if sheet.expectation is not None:
        told_mm += 2 * line + of("; ".join(sheet.expectation.pathway), _WIDTH_MM)
        for f in sheet.expectation.failures:
            says, left = f"{f.called}: {f.says}", f"{', '.join(f.leaves)}; {f.sign}"
            wide = max(of(says, 0.62 * _WIDTH_MM, _SMALL), of(left, 0.27 * _WIDTH_MM, _SMALL))
            told_mm += wide + _PADDING * em + 0.3
    signs = "; ".join(f"{s.formula} 00.0, 00.0, 00.0" for s in sheet.signs)
    told_mm += of(f"Strongest lines, degrees two theta of copper: {signs}", _WIDTH_MM, _SMALL)
    told_mm += sum(of(note, _WIDTH_MM, _SMALL) for note in sheet.notes)
    record = sum(of(f"{what}: {text}", _WIDTH_MM, 1.05) + 0.8 for what, text in sheet.record)
    return _FIXED_MM + steps + small + max(furnace, dangers) + told_mm + record


def _programme_in_words(firing: Firing) -> str:
    told = [
        f"hold {duration(s.hours)}"
        if s.rate_c_per_min is None
        else f"{s.from_c:g} to {s.to_c:g} C at {s.rate_c_per_min:g} C/min ({duration(s.hours)})"
        for s in firing.segments
    ]
    whole = f"{', '.join(told)}; {duration(firing.hours)} in all"
    return "; ".join((whole, *firing.gases))


def volume_in_words(formula: str, amount_ml: float) -> str:
    """`210 ml CO2 (0.3775 g)`, at 25 C and 1 atm."""
    mass_g = amount_ml / ML_PER_MOL * molar_mass_g_per_mol(formula)
    return f"{in_ml(amount_ml)} {formula} ({grams(mass_g)} g)"
