"""A summary for other programs: rows for CSV and notebooks, LaTeX for papers, JSON."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from experiments.paired_statistics import Interval
from experiments.summary.cells import (
    CAPTION,
    difference_cells,
    difference_heads,
    score_cells,
    score_heads,
)
from experiments.summary.resampling import RESAMPLES
from experiments.summary.scores import Difference, Score, Summary
from experiments.summary.terminal import budget_in_words, title
from experiments.summary.words import notes, sentences

_ESCAPED = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_COUNT = re.compile(r"(?<=[A-Za-z)])(\d+(?:\.\d+)?)")
_MINUS = re.compile(r"(?<![\w-])-(?=\d)")


def score_rows(summary: Summary) -> list[dict[str, Any]]:
    """A row for each policy of each block. Medians that half did not reach are infinite."""
    return [
        {"of": block.of, "name": block.name, **_flat(score)}
        for block in summary.blocks
        for score in block.scores
    ]


def difference_rows(summary: Summary) -> list[dict[str, Any]]:
    """A row for each policy that the reference was held against, in each block."""
    return [
        {"of": block.of, "name": block.name, **_flat(difference)}
        for block in summary.blocks
        for difference in block.differences
    ]


def _flat(told: Score | Difference) -> dict[str, Any]:
    """Fields with their values; an interval becomes NAME, NAME_low and NAME_high."""
    flat: dict[str, Any] = {}
    for each in fields(told):
        value = getattr(told, each.name)
        if isinstance(value, Interval):
            flat[each.name] = value.mean
            flat |= {f"{each.name}_low": value.low, f"{each.name}_high": value.high}
        else:
            flat[each.name] = value
    return flat


def as_csv(summary: Summary) -> str:
    """One row a policy: its scores, then how the reference differs from it (`than_...`).

    Numbers are whole: shares between 0 and 1, `inf` where half never made it, empty for none.
    """
    against = {(row["of"], row["name"], row["other"]): row for row in difference_rows(summary)}
    rows = []
    for row in score_rows(summary):
        told = against.get((row["of"], row["name"], row["policy"]), {})
        skipped = ("of", "name", "reference", "other")
        extra = {f"than_{k}": v for k, v in told.items() if k not in skipped}
        rows.append(row | {"reference": summary.reference} | extra)
    heads = dict.fromkeys(key for row in rows for key in row)
    text = io.StringIO()
    table = csv.DictWriter(text, list(heads), lineterminator="\n")
    table.writeheader()
    table.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return value


def as_json(summary: Summary) -> str:
    """All of it; a number that is not there, or that half never reached, is null."""
    found = summary.found
    told = {
        "yield_asked": found.yield_asked,
        "policies": found.policies,
        "targets": found.targets,
        "worlds": found.worlds,
        "seeds": len(found.seeds),
        "campaigns": len(found),
        "reference": summary.reference,
        "prices": asdict(summary.prices),
        "resamples": RESAMPLES,
        "blocks": [
            asdict(block) | {"words": [s for d in block.differences for s in sentences(d)]}
            for block in summary.blocks
        ],
        "notes": list(notes(summary)),
    }
    return json.dumps(_finite(told), indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_latex(summary: Summary) -> str:
    """Two tabulars for a paper: scores, and differences. They need the package booktabs."""
    parts = [f"% {CAPTION}; {budget_in_words(summary)}. Needs \\usepackage{{booktabs}}."]
    parts += _tabular(
        score_heads(summary),
        [(title(b, summary), [score_cells(s, summary) for s in b.scores]) for b in summary.blocks],
    )
    compared = [b for b in summary.blocks if b.differences]
    if compared:
        parts.append(f"% {summary.reference} less each other policy.")
        parts += _tabular(
            difference_heads(summary),
            [
                (title(b, summary), [difference_cells(d, summary) for d in b.differences])
                for b in compared
            ],
        )
    return "\n".join(parts) + "\n"


def _tabular(
    heads: Sequence[str], blocks: Sequence[tuple[str, Sequence[Sequence[str]]]]
) -> Iterator[str]:
    yield rf"\begin{{tabular}}{{l{'r' * (len(heads) - 1)}}}"
    yield r"\toprule"
    yield " & ".join(latex(h) for h in heads) + r" \\"
    for name, rows in blocks:
        yield r"\midrule"
        if name:
            yield rf"\multicolumn{{{len(heads)}}}{{l}}{{{latex(name, formulas=True)}}} \\"
        for row in rows:
            yield " & ".join(latex(cell) for cell in row) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"


def latex(text: str, formulas: bool = False) -> str:
    """Text as LaTeX sets it: special characters escaped, minus signs, numbers of formulas low."""
    plain = "".join(_ESCAPED.get(c, c) for c in text)
    if formulas:
        return _COUNT.sub(r"$_{\1}$", plain)
    return _MINUS.sub("$-$", plain)
