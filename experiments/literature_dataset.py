"""Tables of published recipes: read, split, and made into the tensors a network is trained on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from experiments.energy_dataset import element_descriptors
from knowledge.balance import amounts
from knowledge.chemistry import framework, identity, parse, whole_formula
from knowledge.errors import AthanorError, RecordError
from knowledge.literature.answers import ANSWERS, atmosphere_of, year_feature
from knowledge.literature.language import (
    ANION_CLASSES,
    ELEMENTS,
    POSITION,
    PrecursorTable,
    read_target,
    sources_asked,
    weighable,
    write_sources,
)

YEAR_SPLIT = 2014
HELD_OUT_SHARE = 0.15
PLAUSIBLE_C = (200.0, 2000.0)
_NUMBERS = ("temperature_c", "time_h", "n_heating_steps", "year")
_OPTIONAL = ("temperature_c", "time_h", "atmosphere", "n_heating_steps", "year", "doi")


def read_recipes(paths: Sequence[Path]) -> pd.DataFrame:
    """The recipes of parquet files, formulas in whole numbers, with chemical system and weight.

    A file needs the columns `target` and `precursors`; what else of the schema it lacks is missing
    in every row. Rows whose formulas name no compound, or whose target is its own precursor, are
    left out and counted in `attrs["left_out"]`. A paper weighs the same for each chemical system
    it reports, however many compositions. Raises RecordError for a file that is no such table.
    """
    tables = [_read(path) for path in paths]
    rows, given = [], 0
    for record in pd.concat(tables, ignore_index=True).to_dict("records"):
        given += 1
        row = _recipe(record)
        if row is not None:
            rows.append(row)
    if not rows:
        raise RecordError(f"{', '.join(map(str, paths))}: no row holds a recipe that can be read")
    recipes = pd.DataFrame(rows)
    papers = recipes.doi.where(recipes.doi != "", "row " + recipes.index.astype(str))
    in_paper = recipes.groupby([papers, recipes.system]).target.transform("size")
    recipes = recipes.assign(doi=papers, weight=1.0 / in_paper)
    recipes.attrs["left_out"] = given - len(recipes)
    return recipes


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise RecordError(f"cannot read {path} as parquet: {str(error).splitlines()[0]}") from error
    lacking = [c for c in ("target", "precursors") if c not in table]
    if lacking:
        raise RecordError(
            f"{path} lacks the column {', '.join(lacking)}: it needs target and precursors, and "
            f"may have {', '.join(_OPTIONAL)}"
        )
    table = table.reindex(columns=["target", "precursors", *_OPTIONAL])
    numbers = {c: pd.to_numeric(table[c], errors="coerce").astype(float) for c in _NUMBERS}
    return table.assign(**numbers)


def _recipe(record: dict[str, Any]) -> dict[str, Any] | None:
    try:
        target = whole_formula(str(record["target"]))
        precursors = tuple(sorted({whole_formula(str(p)) for p in record["precursors"]}))
        system = framework(parse(target))
    except (AthanorError, TypeError):
        return None
    if not system or not precursors or target in precursors:
        return None
    doi, gas = record["doi"], record["atmosphere"]
    return {
        "target": target,
        "system": "-".join(sorted(system)),
        "precursors": precursors,
        "temperature_c": record["temperature_c"],
        "time_h": record["time_h"],
        "atmosphere": gas if isinstance(gas, str) else "",
        "firings": record["n_heating_steps"],
        "year": record["year"],
        "doi": doi if isinstance(doi, str) else "",
    }


def held_out(recipes: pd.DataFrame, split: str) -> pd.Series:
    """Which recipes a split keeps from training: by `system` (hashed), by `year`, or `none`."""
    if split == "system":
        return recipes.system.map(_system_held_out).astype(bool)
    if split == "year":
        return recipes.year >= YEAR_SPLIT
    return pd.Series(False, index=recipes.index)


def _system_held_out(system: str) -> bool:
    return int(hashlib.md5(system.encode()).hexdigest(), 16) % 1000 < HELD_OUT_SHARE * 1000


def can_be_learned(recipes: pd.DataFrame) -> pd.Series:
    """Which recipes balance with nothing to spare, from precursors that can be weighed out."""
    known: dict[tuple[str, tuple[str, ...]], bool] = {}
    for key in zip(recipes.target, recipes.precursors, strict=True):
        if key not in known:
            known[key] = _learnable(*key)
    return pd.Series([known[k] for k in zip(recipes.target, recipes.precursors, strict=True)],
                     index=recipes.index)  # fmt: skip


def _learnable(target: str, precursors: tuple[str, ...]) -> bool:
    try:
        read_target(target)
    except AthanorError:
        return False
    if not all(map(weighable, precursors)) or identity(target) in map(identity, precursors):
        return False
    if amounts(target, precursors) is None:
        return False
    return write_sources(target, precursors) is not None


@dataclass(frozen=True)
class Examples:
    """Recipes as tensors; rows x ... throughout.

    `chosen` are positions among an element's candidates, `named` among all precursors, `less` the
    counts that the row's own paper added. `soft` holds, by head, the answer as a distribution
    (all zero where a paper does not say).
    """

    elements: Tensor
    fractions: Tensor
    sources: Tensor
    anion_class: Tensor
    year: Tensor
    chosen: Tensor
    named: Tensor
    brought: Tensor
    less: Tensor
    sets: Tensor
    soft: dict[str, Tensor]
    groups: list[np.ndarray]
    counts: Tensor
    papers: Tensor
    precursors: PrecursorTable

    def __len__(self) -> int:
        return len(self.elements)

    @cached_property
    def told_groups(self) -> list[np.ndarray]:
        """The groups' rows that say a temperature."""
        told = (self.soft["temperature_c"].sum(1) > 0).numpy()
        return [rows[told[rows]] for rows in self.groups if told[rows].any()]

    @cached_property
    def descriptors(self) -> Tensor:
        """Of the elements, from the periodic table."""
        return element_descriptors(ELEMENTS)


def examples(recipes: pd.DataFrame) -> Examples:
    """Training examples of recipes that can be learned. Papers that say the same are one group."""
    seen = recipes.precursors.explode().value_counts()
    precursors = PrecursorTable(seen.sort_index().sort_values(ascending=False, kind="stable").index)
    tokens = [read_target(t) for t in recipes.target]
    rows, width = len(recipes), max(len(t.elements) for t in tokens)
    slots, size = max(t.sources for t in tokens), int(recipes.precursors.map(len).max())
    elements, fractions = np.zeros((rows, width), int), np.zeros((rows, width), np.float32)
    named = np.full((rows, slots), len(precursors))
    chosen, brought = np.full((rows, slots), -1), np.zeros((rows, slots), int)
    sets = np.full((rows, size), len(precursors))
    within = {
        (element, p): column
        for element, choices in enumerate(precursors.candidates.tolist())
        for column, p in enumerate(choices)
    }
    pairs = zip(tokens, recipes.target, recipes.precursors, strict=True)
    for row, (token, target, chosen_set) in enumerate(pairs):
        elements[row, : len(token.elements)] = token.elements
        fractions[row, : len(token.elements)] = token.fractions
        written = write_sources(target, chosen_set)
        assert written is not None
        held = np.zeros(len(ELEMENTS), dtype=bool)
        for slot, (element, source) in enumerate(zip(sources_asked(target), written, strict=True)):
            at = precursors.position[source]
            named[row, slot] = at
            chosen[row, slot] = within[POSITION[element], at]
            brought[row, slot] = held[POSITION[element]]
            held |= precursors.brings[at]
        sets[row, : len(chosen_set)] = [precursors.position[p] for p in chosen_set]
    kinds = np.array([t.anion_class for t in tokens])
    counts, less = _count(recipes, elements, kinds, chosen, precursors.candidates.shape[1])
    grouped = recipes.groupby(["doi", "system", "precursors"], sort=False).indices
    return Examples(
        elements=torch.from_numpy(elements),
        fractions=torch.from_numpy(fractions),
        sources=torch.tensor([t.sources for t in tokens]),
        anion_class=torch.from_numpy(kinds),
        year=torch.tensor([year_feature(y) for y in recipes.year], dtype=torch.float32),
        chosen=torch.from_numpy(chosen),
        named=torch.from_numpy(named),
        brought=torch.from_numpy(brought),
        less=torch.from_numpy(less),
        sets=torch.from_numpy(sets),
        soft=soft_answers(recipes),
        groups=list(grouped.values()),
        counts=torch.from_numpy(counts),
        papers=torch.from_numpy(_papers(recipes, tokens)),
        precursors=precursors,
    )


def _count(
    recipes: pd.DataFrame, elements: np.ndarray, kinds: np.ndarray, chosen: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted counts by element, anion class and choice; and what each row's paper added."""
    counts = np.zeros((len(ELEMENTS), len(ANION_CLASSES), most), dtype=np.float32)
    row, slot = np.nonzero(chosen >= 0)
    place = (elements[row, slot], kinds[row], chosen[row, slot])
    weight = recipes.weight.to_numpy(dtype=np.float32)[row]
    np.add.at(counts, place, weight)
    paper = pd.factorize(recipes.doi)[0][row]
    added = pd.DataFrame({"paper": paper, "e": place[0], "k": place[1], "c": place[2], "w": weight})
    less = np.zeros(chosen.shape, dtype=np.float32)
    less[row, slot] = added.groupby(["paper", "e", "k", "c"]).w.transform("sum")
    return counts, less


def _papers(recipes: pd.DataFrame, tokens: Sequence[Any]) -> np.ndarray:
    """In how many papers two elements are in one target, `elements x elements`."""
    papers = np.zeros((len(ELEMENTS), len(ELEMENTS)), dtype=np.float32)
    seen: set[tuple[str, int, int]] = set()
    for doi, token in zip(recipes.doi, tokens, strict=True):
        for a in token.elements:
            for b in token.elements:
                if (doi, a, b) not in seen:
                    seen.add((doi, a, b))
                    papers[a, b] += 1
    return papers


def soft_answers(recipes: pd.DataFrame) -> dict[str, Tensor]:
    """What papers say of conditions, each answer spread over the values next to it."""
    told = {
        "temperature_c": recipes.temperature_c.where(recipes.temperature_c.between(*PLAUSIBLE_C)),
        "hold_h": np.log(recipes.time_h.where(recipes.time_h > 0)),
        "firings": recipes.firings.where(recipes.firings > 0).clip(upper=ANSWERS["firings"][-1]),
    }
    soft = {}
    for name, values in told.items():
        grid = np.array(ANSWERS[name], dtype=float)
        grid = np.log(grid) if name == "hold_h" else grid
        # One step of the grid to either side: papers round, and the next value is nearly right.
        spread = np.diff(grid).mean() * (0.3 if name == "firings" else 1.0)
        z = (values.to_numpy(dtype=float)[:, None] - grid) / spread
        weight = np.exp(-0.5 * np.clip(z, -30, 30) ** 2)
        share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
        soft[name] = torch.from_numpy(np.nan_to_num(share).astype(np.float32))
    gases = np.zeros((len(recipes), len(ANSWERS["atmosphere"])), dtype=np.float32)
    column = {gas: i for i, gas in enumerate(ANSWERS["atmosphere"])}
    for row, text in enumerate(recipes.atmosphere):
        told_gas = atmosphere_of(text)
        if told_gas:
            gases[row, column[told_gas]] = 1.0
    soft["atmosphere"] = torch.from_numpy(gases)
    return soft
