"""The public datasets that `athanor fetch` brings, where they come from, and what becomes of them.

A dataset is downloaded, verified, converted to the small table the project reads, and moved to its
place below the data folder. `NAME.origin.json` beside it says from where and when, with the SHA-256
of the file fetched and of the table made of it. Where nobody published a hash, the first fetch
notes the one it saw, and later fetches of the same address must match it.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from knowledge.convert import energies_table, recipes_table
from knowledge.errors import FetchError
from knowledge.fetch import PATIENCE, Patience, Progress, download, file_sha256, wrong_hash


@dataclass(frozen=True)
class Dataset:
    """A public file, and the table below the data folder that is made of it.

    `sha256` is None where no hash was published; `hash_source` says who published it, or that
    nobody did. `convert` writes a table from the downloaded file and returns its number of rows.
    """

    name: str
    url: str
    sha256: str | None
    hash_source: str
    place: str
    licence: str
    citation: str
    convert: Callable[[Path, Path], int]


DATASETS = {
    "energies": Dataset(
        name="energies",
        url="https://ml.materialsproject.org/projects/matbench_mp_e_form.json.gz",
        sha256="dedcb1d4ba2e3e50dbdd45ba5bc647a00e9c2bcf8f8bf556dc8e92caa39eb21f",
        hash_source="matminer/datasets/dataset_metadata.json of matminer, and matbench v0.1",
        place="thermo/formation_energies.csv.gz",
        licence="CC BY 4.0",
        citation="Jain et al., APL Mater. 1, 011002 (2013); Dunn et al., npj Comput. Mater. 6, "
        "138 (2020): matbench_mp_e_form, 132,752 entries of April 2019",
        convert=energies_table,
    ),
    "literature": Dataset(
        name="literature",
        url="https://raw.githubusercontent.com/CederGroupHub/text-mined-synthesis_public/master/"
        "solid-state_dataset_2019-12-03.json.xz",
        sha256=None,
        hash_source="none was published: the one of the first fetch is noted and kept to",
        place="literature/recipes.parquet",
        licence="CC BY 4.0 (as the release at figshare, 10.6084/m9.figshare.9722159, states; the "
        "repository of this later release states none)",
        citation="Kononova et al., Sci. Data 6, 203 (2019): 30,031 reactions, release of "
        "2019-12-03",
        convert=recipes_table,
    ),
}


@dataclass(frozen=True)
class Fetched:
    """What `fetch` did: the table's place, its rows, and whether anything had to be done."""

    place: Path
    rows: int
    source_sha256: str
    already_there: bool


def dataset_named(name: str) -> Dataset:
    """The dataset of a name. Raises FetchError."""
    if name not in DATASETS:
        raise FetchError(f"no dataset is called {name!r}: known are {', '.join(sorted(DATASETS))}")
    return DATASETS[name]


def fetch(
    dataset: Dataset,
    folder: Path,
    source: str | None = None,
    force: bool = False,
    progress: Progress = lambda _at_hand, _in_all: None,
    patience: Patience = PATIENCE,
) -> Fetched:
    """Bring a dataset into a data folder; does nothing where it is there and verified.

    `source` is another address, or a file at hand. Raises FetchError; the table's place is then as
    it was before.
    """
    place = folder / dataset.place
    note = place.with_name(place.name + ".origin.json")
    noted = _read_note(note)
    if place.exists() and not force:
        return _verified(place, noted)
    url = source or dataset.url
    expected = dataset.sha256 or (noted.get("source_sha256") if noted.get("url") == url else None)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        raw, at_hand = _raw(url, place, dataset)
        if at_hand:
            digest = file_sha256(raw)
            if expected and digest != expected:
                raise FetchError(wrong_hash(str(raw), digest, expected))
        else:
            digest = download(url, raw, expected, progress, patience)
        try:
            rows = _convert(dataset, raw, place)
        finally:
            if not at_hand:
                raw.unlink(missing_ok=True)
        _write_note(note, dataset, url, digest, place, rows)
    except OSError as error:
        raise FetchError(
            f"cannot write below {folder}: {error.strerror or error}; make room, or choose another "
            "folder with --into"
        ) from error
    return Fetched(place, rows, digest, already_there=False)


def _verified(place: Path, noted: dict[str, str]) -> Fetched:
    if not noted:
        raise FetchError(f"{place} is there, but not from a fetch: --force replaces it")
    if file_sha256(place) != noted["sha256"]:
        raise FetchError(f"{place} has changed since it was fetched: --force fetches it again")
    return Fetched(place, int(noted["rows"]), noted["source_sha256"], already_there=True)


def _raw(url: str, place: Path, dataset: Dataset) -> tuple[Path, bool]:
    """Where the file to convert is or will be, and whether it is at hand."""
    if url.startswith(("http://", "https://")):
        return place.with_name(f"{dataset.name}.download"), False
    path = Path(url).expanduser()
    if not path.is_file():
        raise FetchError(f"{url} is no file and no http(s) address: correct what --from says")
    return path, True


def _convert(dataset: Dataset, raw: Path, place: Path) -> int:
    """Make the table beside its place and move it there."""
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=place.suffix)
    made = Path(temporary)
    try:
        open(handle, "wb").close()
        rows = dataset.convert(raw, made)
        made.chmod(0o644)
        made.replace(place)
    finally:
        made.unlink(missing_ok=True)
    return rows


def _read_note(note: Path) -> dict[str, str]:
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    known = isinstance(noted, dict) and {"url", "source_sha256", "sha256", "rows"} <= set(noted)
    return {k: str(v) for k, v in noted.items()} if known else {}


def _write_note(
    note: Path, dataset: Dataset, url: str, digest: str, place: Path, rows: int
) -> None:
    said = {
        "dataset": dataset.name,
        "url": url,
        "source_sha256": digest,
        "published_sha256": dataset.sha256,
        "sha256": file_sha256(place),
        "rows": rows,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "licence": dataset.licence,
        "citation": dataset.citation,
    }
    temporary = note.with_name(note.name + ".new")
    temporary.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    temporary.replace(note)
