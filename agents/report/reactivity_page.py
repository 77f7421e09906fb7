"""The page of a reactivity map: one HTML file that opens without a network."""

from pathlib import Path

from agents.pairs.tables import write_text
from agents.reactivity import Reactivity
from agents.report.filling import as_html, fill
from agents.report.reactivity_network import network
from agents.report.reactivity_onsets import onsets
from agents.report.reactivity_rows import rows_of, temperatures
from knowledge.kinetics import fingerprint
from knowledge.record import canonical_json


def write_reactivity_page(known: Reactivity, path: Path) -> Path:
    """Write the page of what is known; returns its path. Raises RecordError where it cannot be."""
    write_text(path, render(known))
    return path


def render(known: Reactivity) -> str:
    """The whole page as one HTML text, plotly's script included."""
    rows = rows_of(known)
    observations = known.observations
    return fill(
        "reactivity.html",
        rows=rows,
        reacting=sum(row.seen_to_react for row in rows),
        torn=[row for row in rows if row.torn],
        observations=observations,
        sources=sorted({o.source for o in observations}),
        labs=sorted({o.lab for o in observations if o.lab}),
        gases=sorted({o.atmosphere for o in observations}),
        temperatures=temperatures,
        figures=as_html({"network": network(rows), "onsets": onsets(rows)}) if rows else {},
    )


def as_json(known: Reactivity) -> str:
    """All that is known, for other programs: pairs with bounds, onset, products, observations."""
    return canonical_json(
        {
            "fingerprint": fingerprint(known.observations),
            "pairs": [row.as_json() for row in rows_of(known)],
        }
    )
