"""Tables of published syntheses that come with the project, by name."""

from collections.abc import Mapping
from importlib.resources import as_file, files

from agents.past.tables import Table, read_table
from knowledge.recipe import Target

# Name: the target, and the file in agents/data.
EMBEDDED: Mapping[str, tuple[str, str]] = {"ybco": ("YBa2Cu3O7", "ybco.csv")}


def embedded_table(name: str, yield_asked: float) -> Table:
    """The table of a name in EMBEDDED, for a yield (0 to 1) that counts as success."""
    formula, file = EMBEDDED[name]
    with as_file(files("agents").joinpath("data", file)) as path:
        return read_table(path, Target(formula=formula, yield_asked=yield_asked))
