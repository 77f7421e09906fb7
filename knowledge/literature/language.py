"""The language of recipes: what a model of the literature reads and writes.

A target is read as tokens, one for each element with its atomic fraction as a number. A precursor
set is written as one source for each element that has to be weighed out: BaTiO3 from BaCO3 and
TiO2 is `Ba <- BaCO3, Ti <- TiO2`. Elements are asked in the order of their electronegativity, so a
set is written one way whatever the order in which a paper lists it. Every set that balances with
nothing to spare can be written so: as many of its precursors as there are can each be given an
element of their own, the balance having one answer only.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Composition, Element

from knowledge.balance import settled
from knowledge.chemistry import anion_class, framework, molecular_groups, parse, whole_formula
from knowledge.errors import FormulaError

ELEMENTS = tuple(Element.from_Z(z).symbol for z in range(1, 104))
POSITION = {symbol: i for i, symbol in enumerate(ELEMENTS)}
ANION_CLASSES = (
    "oxide", "phosphate", "borate", "sulfate", "silicate", "oxyfluoride", "oxyhalide",
    "oxynitride", "carbonate", "hydroxide", "fluoride", "halide", "nitride", "sulfide", "selenide",
    "telluride", "phosphide", "arsenide", "carbide", "silicide", "boride", "hydride",
    "intermetallic",
)  # fmt: skip
# What a bottle of a precursor holds besides its framework, per mole of framework atoms.
PRECURSOR_FEATURES = 11
# How a formula is scaled moves the last digits of its fractions; none of them means anything.
_FRACTION_DIGITS = 7
# Gases at room temperature, and what falls apart there: nobody weighs them out.
_NOT_WEIGHED = frozenset({"Cl2", "F2", "H2S", "PH3", "SiH4", "HCl", "HF", "H3N", "SO2", "SO3"})


@dataclass(frozen=True)
class TargetTokens:
    """A target as the model reads it.

    `elements` are positions in ELEMENTS and `fractions` atomic, those that need a source first
    and in the order in which they are asked; `sources` is how many they are.
    """

    elements: tuple[int, ...]
    fractions: tuple[float, ...]
    sources: int
    anion_class: int


@lru_cache(maxsize=100_000)
def read_target(formula: str) -> TargetTokens:
    """The tokens of a target. Raises FormulaError for what is no compound to be fired."""
    composition = parse(formula)
    if not framework(composition):
        raise FormulaError(
            f"{formula} cannot be fired as a solid: give a target with at least one element "
            "besides O, C, H and N"
        )
    if len(composition) == 1:
        raise FormulaError(
            f"{formula} is an element, nothing that precursors react to: give a compound, such as "
            "BaTiO3"
        )
    beyond = [str(e) for e in composition if str(e) not in POSITION]
    if beyond:
        raise FormulaError(
            f"{', '.join(beyond)} in {formula}: nobody has weighed it out; targets are made of "
            "elements up to Lr"
        )
    asked = sources_asked(formula)
    rest = sorted((str(e) for e in composition if str(e) not in asked), key=POSITION.__getitem__)
    total = composition.num_atoms
    symbols = (*asked, *rest)
    return TargetTokens(
        elements=tuple(POSITION[s] for s in symbols),
        fractions=tuple(round(float(composition[s] / total), _FRACTION_DIGITS) for s in symbols),
        sources=len(asked),
        anion_class=ANION_CLASSES.index(anion_class(formula)),
    )


@lru_cache(maxsize=100_000)
def sources_asked(target: str) -> tuple[str, ...]:
    """The elements of a target that need a source, least electronegative first."""
    return tuple(sorted(settled(target), key=lambda symbol: (_electronegativity(symbol), symbol)))


def write_sources(target: str, precursors: Sequence[str]) -> tuple[str, ...] | None:
    """The source of each asked element, every precursor used; none where that cannot be done.

    Where several could bring an element it is the one with the fewest elements of its own:
    calcium comes from CaCO3 rather than from the CaHPO4 that phosphorus needs.
    """
    asked, chosen = sources_asked(target), frozenset(precursors)
    needed = frozenset(asked)
    brought = {p: brings(p) for p in chosen}
    if any(set(framework(parse(p))) - needed for p in chosen):
        return None
    options = [
        sorted((p for p in chosen if e in brought[p]), key=lambda p: (len(brought[p]), p))
        for e in asked
    ]

    def complete(written: tuple[str, ...]) -> tuple[str, ...] | None:
        if len(chosen - set(written)) > len(asked) - len(written):
            return None
        if len(written) == len(asked):
            return written
        for precursor in options[len(written)]:
            whole = complete((*written, precursor))
            if whole:
                return whole
        return None

    return complete(())


@lru_cache(maxsize=100_000)
def brings(precursor: str) -> frozenset[str]:
    """The elements that a precursor can be the source of: its framework, and its carbide carbon."""
    elements = {str(e) for e in parse(precursor)}
    carbon = {"C"} if "C" in elements and not elements & {"O", "H", "N"} else set()
    return frozenset(framework(parse(precursor))) | carbon


def _electronegativity(symbol: str) -> float:
    value = Element(symbol).X
    return float(value) if value == value else 0.0


def weighable(precursor: str) -> bool:
    """Whether a precursor is something to weigh out: it is the source of something, and no gas."""
    return bool(brings(precursor)) and whole_formula(precursor) not in _NOT_WEIGHED


class PrecursorTable:
    """Precursors as numbers, in a fixed order; formulas are written as whole numbers.

    Position `len(table)` stands for "none" wherever a position is asked for.
    """

    def __init__(self, formulas: Iterable[str]) -> None:
        self.formulas = tuple(formulas)
        self.position: Mapping[str, int] = {f: i for i, f in enumerate(self.formulas)}

    def __len__(self) -> int:
        return len(self.formulas)

    @cached_property
    def composition(self) -> NDArray[np.float32]:
        """Atomic fractions, `precursors x elements`."""
        table = np.zeros((len(self), len(ELEMENTS)), dtype=np.float32)
        for row, formula in enumerate(self.formulas):
            whole = parse(formula)
            for element, amount in whole.items():
                table[row, POSITION[str(element)]] = amount / whole.num_atoms
        return table

    @cached_property
    def brings(self) -> NDArray[np.bool_]:
        """Which elements each is a source of, `precursors x elements`."""
        table = np.zeros((len(self), len(ELEMENTS)), dtype=bool)
        for row, formula in enumerate(self.formulas):
            table[row, [POSITION[e] for e in brings(formula)]] = True
        return table

    @cached_property
    def features(self) -> NDArray[np.float32]:
        """What kind of bottle each is, `precursors x PRECURSOR_FEATURES`."""
        return np.stack([_features(parse(f), f) for f in self.formulas]).astype(np.float32)

    @cached_property
    def candidates(self) -> NDArray[np.int64]:
        """The sources of each element, `elements x most`, filled up with `len(self)`."""
        found = [np.flatnonzero(column) for column in self.brings.T]
        table = np.full((len(ELEMENTS), max(map(len, found))), len(self), dtype=np.int64)
        for row, positions in enumerate(found):
            table[row, : len(positions)] = positions
        return table


def _features(composition: Composition, formula: str) -> list[float]:
    solid = framework(composition)
    atoms = sum(solid.values()) or 1.0
    groups = molecular_groups(formula)
    return [
        *(composition[e] / atoms for e in "OCHN"),
        *(groups.get(g, 0.0) / atoms for g in ("carbonate", "nitrate", "ammonium", "hydroxyl")),
        len(solid) / 3,
        float(len(composition) == 1),
        math.log(composition.num_atoms) / 3,
    ]
