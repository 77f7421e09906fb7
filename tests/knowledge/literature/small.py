"""A small world of recipes, and untrained models of it: their answers can be found by hand."""

from pathlib import Path

import pandas as pd
import torch

from experiments.literature_dataset import Examples, examples, read_recipes
from experiments.literature_training import empty_model
from knowledge.literature.network import RecipeModel

SMALL_NETWORK = {
    "width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "reader_layers": 1,
}  # fmt: skip

RECIPES = [
    ("BaTiO3", ["BaCO3", "TiO2"], 1200.0, 4.0, "air", 2, 2001, "10.1/a"),
    ("BaTiO3", ["BaO2", "TiO2"], 900.0, 12.0, "oxygen", 1, 2002, "10.1/b"),
    ("SrTiO3", ["SrCO3", "TiO2"], 1250.0, 8.0, "air", 2, 2003, "10.1/c"),
    ("Ba0.5Sr0.5TiO3", ["BaCO3", "SrCO3", "TiO2"], 1300.0, 6.0, "", 0, 2004, "10.1/d"),
    ("Ca3(PO4)2", ["CaCO3", "CaHPO4"], 1100.0, 24.0, "air", 1, 2005, "10.1/e"),
    ("Ca3(PO4)2", ["CaCO3", "NH4H2PO4"], float("nan"), float("nan"), "", 1, 2006, "10.1/f"),
    ("CaTiO3", ["CaCO3", "TiO2"], 1350.0, 3.0, "air", 1, 2007, "10.1/g"),
    ("TiC", ["Ti", "C"], 1500.0, 2.0, "argon", 1, 2008, "10.1/h"),
]
COLUMNS = ["target", "precursors", "temperature_c", "time_h", "atmosphere", "n_heating_steps",
           "year", "doi"]  # fmt: skip


def table(folder: Path, rows: list[tuple[object, ...]] | None = None) -> Path:
    """The recipes as a parquet file."""
    path = folder / "recipes.parquet"
    pd.DataFrame(rows or RECIPES, columns=COLUMNS).to_parquet(path)
    return path


def small_examples(folder: Path) -> Examples:
    return examples(read_recipes([table(folder)]))


def small_model(data: Examples, members: int = 2, seed: int = 0) -> RecipeModel:
    """Untrained members, so far from uniform that an error in a probability would show."""
    torch.manual_seed(seed)
    model = empty_model(data, members, members, SMALL_NETWORK)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("query.weight", "key.weight", "own.weight")):
                parameter.normal_(0, 1)
    model.config.trained_on = {"until": 2008, "recipes": 8, "papers": 8}
    return model.eval()
