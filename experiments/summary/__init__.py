"""What a study comes to: tables, differences with intervals, and figures; see .notebook."""

from experiments.summary.measures import Prices
from experiments.summary.notebook import compare, figures, measures, table

__all__ = ["Prices", "compare", "figures", "measures", "table"]
