"""The page of a comparison: verdicts and pictures in one HTML file that opens without a network."""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment

from agents.pairs.tables import write_text
from agents.report.filling import as_html
from experiments.comparison.comparing import Comparison
from experiments.comparison.picture import figures_of
from experiments.comparison.words import notes, sentences
from experiments.summary.in_plotly import drawn

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} - Athanor</title>
<style>
{{ style|safe }}</style>
</head>
<body>
<h1>{{ title }}</h1>
{% for s in sentences %}<p class="verdict">{{ s }}</p>{% endfor %}

{% if notes %}
<ul class="small">{% for n in notes %}<li>{{ n }}</li>{% endfor %}</ul>
{% endif %}
{% for figure, html in figures %}
<h2 id="{{ figure.name }}">{{ figure.title }}</h2>
{{ html|safe }}
<p class="small">{{ figure.caption }}</p>
{% endfor %}
</body>
</html>
"""


def write_page(comparison: Comparison, path: Path) -> Path:
    """Write the page; returns its path. Raises RecordError where it cannot be written."""
    write_text(path, render(comparison))
    return path


def render(comparison: Comparison) -> str:
    """The whole page as one HTML text, plotly's script included."""
    figures = figures_of(comparison)
    html = as_html({figure.name: drawn(figure) for figure in figures})
    contest = comparison.contest
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_PAGE).render(
        title=f"{contest.ours} against {', '.join(contest.others)}",
        style=files("agents.report").joinpath("style.css").read_text(encoding="utf-8"),
        sentences=sentences(comparison),
        notes=list(notes(comparison)),
        figures=[(figure, html[figure.name]) for figure in figures],
    )
