"""Public datasets made into the small tables the project reads."""

import csv
import gzip
import io
import itertools
import lzma
import math
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from knowledge.chemistry import whole_formula
from knowledge.errors import FetchError, RecordError
from knowledge.jsonstream import records

MATBENCH = "matbench_mp_e_form"
_FETCH_AGAIN = "fetch it again, or name another file with --from"


def energies_table(raw: Path, place: Path) -> int:
    """Write the lowest formation energy of each reduced formula; returns the number of formulas.

    Reads matbench_mp_e_form: JSON as pandas splits it, rows of structure and eV/atom, gzipped or
    not. Elements, zero by definition, are added where absent. Raises FetchError.
    """
    from pymatgen.core import Composition

    lowest: dict[str, float] = {}
    polymorphs: dict[str, int] = defaultdict(int)
    elements: set[str] = set()
    with _opened(raw) as stream:
        for number, row in enumerate(records(stream, "data", raw.name), start=1):
            content, energy = _structure_and_energy(row, raw.name, number)
            elements |= set(content)
            cell = Composition(content)
            whole = all(n == int(n) for n in content.values())
            formula = cell.reduced_formula if whole else whole_formula(cell.formula)
            polymorphs[formula] += 1
            lowest[formula] = min(energy, lowest.get(formula, math.inf))
    if not lowest:
        raise FetchError(f"{raw.name} holds no structure: {_FETCH_AGAIN}")
    present = {formula for formula in lowest if re.fullmatch(r"[A-Z][a-z]?\d*", formula)}
    missing = elements - {re.sub(r"\d", "", formula) for formula in present}
    lowest.update(dict.fromkeys(missing, 0.0))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("formula", "ev_per_atom", "n_polymorphs", "source"))
    for formula in sorted(lowest):
        count = polymorphs.get(formula, 0)
        source = f"Materials Project ({MATBENCH})" if count else "elements are zero"
        writer.writerow((formula, f"{lowest[formula]:.6f}", count, source))
    place.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    return len(lowest)


def recipes_table(raw: Path, place: Path) -> int:
    """Write the recipes of the text-mined solid-state dataset as parquet; returns their number.

    Reads JSON, xz-compressed or not: a list of reactions, or an object with one. A composition
    series gives one recipe for each value of its variables. Raises FetchError.
    """
    import pandas as pd

    from knowledge.literature.textmined import COLUMNS, recipes

    with _opened(raw) as stream:
        rows = list(
            itertools.chain.from_iterable(map(recipes, records(stream, "reactions", raw.name)))
        )
    if not rows:
        raise FetchError(f"{raw.name} holds no recipe that can be read: {_FETCH_AGAIN}")
    pd.DataFrame(rows, columns=list(COLUMNS)).to_parquet(place, index=False)
    return len(rows)


@contextmanager
def _opened(raw: Path) -> Iterator[IO[str]]:
    """The text of a file, whatever it is compressed with. What is broken is told as FetchError."""
    try:
        with raw.open("rb") as stream:
            head = stream.read(6)
        opener: Callable[..., IO[str]] = open
        if head.startswith(b"\x1f\x8b"):
            opener = gzip.open
        elif head.startswith(b"\xfd7zXZ\x00"):
            opener = lzma.open
        with opener(raw, "rt", encoding="utf-8") as text:
            yield text
    except RecordError as error:
        raise FetchError(f"{error}, or name another file with --from") from error
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, UnicodeDecodeError) as error:
        raise FetchError(f"{raw.name} is damaged ({error}): {_FETCH_AGAIN}") from error


def _structure_and_energy(row: Any, name: str, number: int) -> tuple[dict[str, float], float]:
    """Content of the cell by element, and eV/atom."""
    try:
        structure = next(cell for cell in row if isinstance(cell, dict))
        energy = next(float(cell) for cell in row if isinstance(cell, int | float))
        content: dict[str, float] = defaultdict(float)
        for site in structure["sites"]:
            for species in site["species"]:
                content[str(species["element"])] += float(species["occu"])
    except (StopIteration, KeyError, TypeError, ValueError) as error:
        raise RecordError(
            f"{name}, row {number}: no structure with an energy: it is another dataset"
        ) from error
    if not content or not math.isfinite(energy):
        raise RecordError(f"{name}, row {number}: {energy} eV/atom is no energy: fetch it again")
    return content, energy
