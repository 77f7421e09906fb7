"""Where the phases and reactions of a map stand on a page: connected ones together."""

import math

import networkx as nx
import numpy as np

Place = tuple[float, float]

# Above this many nodes the better layout takes too long.
_EXACT_NODES = 150
# How far nodes push each other apart once they have found their places, and edges pull them back.
_SPREAD, _PULL = 1.0, 1.3
# Of the sheet that the parts are put on: wider than high, as screens are.
_ASPECT = 1.7
_GAP = 0.8


def places(graph: "nx.Graph") -> dict[object, Place]:
    """A place for each node, neighbours about as far apart as the `length` of their edge.

    Parts that are not connected stand side by side.

    The same graph gives the same places.
    """
    parts = [graph.subgraph(sorted(part, key=str)) for part in nx.connected_components(graph)]
    parts.sort(key=lambda part: (-len(part), str(min(part, key=str))))
    return _packed([_alone(nx.Graph(part)) for part in parts])


def _alone(part: "nx.Graph") -> dict[object, Place]:
    """One connected part, its longest side along x, its lower left corner at zero."""
    nodes = sorted(part, key=str)
    ordered = nx.Graph()
    ordered.add_nodes_from(nodes)
    ordered.add_edges_from(sorted(part.edges(data=True), key=str))
    if len(nodes) == 1:
        return {nodes[0]: (0.0, 0.0)}
    if len(nodes) <= _EXACT_NODES:
        start = nx.kamada_kawai_layout(ordered, weight="length")
        found = nx.arf_layout(ordered, pos=start, scaling=_SPREAD, a=_PULL, seed=0)
    else:
        found = nx.spring_layout(ordered, seed=0, iterations=200)
    at = np.array([found[node] for node in nodes])
    at = at - at.mean(axis=0)
    _, _, axes = np.linalg.svd(at, full_matrices=False)
    # Directions are only given up to their sign.
    at = at @ (axes * np.where(axes.sum(axis=1) < 0, -1.0, 1.0)[:, None]).T
    edges = [(nodes.index(a), nodes.index(b)) for a, b in ordered.edges]
    typical = float(np.median([np.linalg.norm(at[a] - at[b]) for a, b in edges]))
    at = (at - at.min(axis=0)) / max(typical, 1e-9)
    return {node: (float(x), float(y)) for node, (x, y) in zip(nodes, at, strict=True)}


def _packed(parts: list[dict[object, Place]]) -> dict[object, Place]:
    """The parts in rows from the top, the largest first."""
    sizes = [tuple(max(p[i] for p in part.values()) for i in (0, 1)) for part in parts]
    area = sum((width + _GAP) * (height + _GAP) for width, height in sizes)
    sheet = max([math.sqrt(area * _ASPECT), *(width for width, _ in sizes)], default=1.0)
    found: dict[object, Place] = {}
    left = top = row = 0.0
    for part, (width, height) in zip(parts, sizes, strict=True):
        if left and left + width > sheet:
            left, top, row = 0.0, top - row - _GAP, 0.0
        for node, (x, y) in part.items():
            found[node] = (left + x, top - height + y)
        left, row = left + width + _GAP, max(row, height)
    return found
