"""The page of a study: its table, what it comes to, and its figures, in one HTML file.

It opens without a network: plotly's script is in it.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment

from agents.pairs.tables import write_text
from agents.report.filling import as_html
from experiments.summary.cells import (
    CAPTION,
    difference_cells,
    difference_heads,
    score_cells,
    score_heads,
)
from experiments.summary.drawing import Figure
from experiments.summary.in_plotly import drawn
from experiments.summary.scores import Summary
from experiments.summary.terminal import of_what, title
from experiments.summary.words import notes, sentences

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ summary.found.policies|join(', ') }} - Athanor</title>
<style>
{{ style|safe }}table { font-size: .85rem; } td.n { white-space: nowrap; }
ul.verdict { padding-left: 2rem; }
</style>
</head>
<body>
<h1>{{ summary.found.policies|join(', ') }}</h1>
<p class="sub">{{ of_what }}</p>
{% for s in sentences %}
{% if loop.first %}<ul class="verdict">{% endif %}
<li>{{ s }}</li>
{% if loop.last %}</ul>{% endif %}
{% endfor %}
{% macro table(heads, rows) %}
<div class="scroll"><table>
<tr>{% for h in heads %}<th{{ ' class=n' if not loop.first }}>{{ h }}</th>{% endfor %}</tr>
{% for row in rows %}
<tr>{% for c in row %}<td{{ ' class=n' if not loop.first }}>{{ c }}</td>{% endfor %}</tr>
{% endfor %}
</table></div>
{% endmacro %}
{% macro block(part) %}
{{ table(score_heads, part.scores) }}
{% if part.differences %}
<p>{{ summary.reference }} less each other policy, in the campaigns that both have:</p>
{{ table(difference_heads, part.differences) }}
{% endif %}
{% endmacro %}
<h2>What each policy did</h2>
{{ block(parts[0]) }}
<p class="small">{{ caption }}.</p>
{% if notes %}
<ul class="small">{% for n in notes %}<li>{{ n }}</li>{% endfor %}</ul>
{% endif %}
{% for figure, html in figures %}
<h2 id="{{ figure.name }}">{{ figure.title }}</h2>
{{ html|safe }}
<p class="small">{{ figure.caption }}</p>
{% endfor %}
{% for part in parts[1:] %}
<h2>{{ part.name }}</h2>
{{ block(part) }}
{% endfor %}
</body>
</html>
"""


def write_page(summary: Summary, figures: Sequence[Figure], path: Path) -> Path:
    """Write the page of a study; returns its path. Raises RecordError where it cannot be."""
    write_text(path, render(summary, figures))
    return path


def render(summary: Summary, figures: Sequence[Figure]) -> str:
    """The whole page as one HTML text, plotly's script included."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = as_html({figure.name: drawn(figure) for figure in figures})
    return environment.from_string(_PAGE).render(
        style=files("agents.report").joinpath("style.css").read_text(encoding="utf-8"),
        summary=summary,
        of_what=of_what(summary),
        sentences=[s for d in summary.whole.differences for s in sentences(d)],
        parts=[
            {
                "name": title(block, summary),
                "scores": [score_cells(score, summary) for score in block.scores],
                "differences": [difference_cells(told, summary) for told in block.differences],
            }
            for block in summary.blocks
        ],
        score_heads=score_heads(summary),
        difference_heads=difference_heads(summary),
        caption=CAPTION,
        notes=list(notes(summary)),
        figures=[(figure, html[figure.name]) for figure in figures],
    )
