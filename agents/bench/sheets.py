"""The sheets of a bench: made from its book and its campaigns, and written as files."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from agents.bench.failures import Expectation, expectation
from agents.bench.jars import earlier_g
from agents.bench.place import bench_option
from agents.bench.sheet import BY_HAND, Sheet, sheet
from agents.bench.sheet_csv import to_csv
from agents.files import write_whole
from agents.past.campaign import PastCampaign, past_campaign
from agents.report.weighing_page import page
from agents.why.campaign import CAMPAIGNS, folder_of
from knowledge.errors import AthanorError
from lab.manual import AtBench, BenchBook
from lab.stations import Stations

FOLDER = "sheets"
_PAGE, _TABLE = ".html", ".csv"


def sheets(
    book: BenchBook,
    experiments: Iterable[AtBench],
    folder: Path | None = None,
    stations: Stations = BY_HAND,
    campaigns: Path = CAMPAIGNS,
) -> list[Sheet]:
    """The sheets of experiments, each once, in the order given.

    What to expect is asked of the campaign in `folder`, or of the one that the experiment's id
    names among `campaigns`. Where that is not to be had the sheet says why, and all the rest.
    """
    known = _Campaigns(folder, campaigns)
    every, option = book.experiments(), bench_option(book.folder)
    found = []
    for at in {each.experiment_id: each for each in experiments}.values():
        expected, notes = None, list[str]()
        try:
            expected = known.expectation(at.experiment_id)
            notes += known.warnings(at)
        except AthanorError as error:
            notes.append(f"what to expect is not known here: {error}")
        if at.outcome is not None:
            notes.append("a result of this experiment is recorded already")
        before_g = earlier_g(at, every)
        found.append(sheet(at, book.stock, stations, expected, notes, before_g, option))
    return found


def write_sheets(book: BenchBook, made: Iterable[Sheet]) -> list[Path]:
    """Write page and table of each sheet into the bench; the files, sheet by sheet.

    Raises OSError for a folder that cannot be written.
    """
    place = book.folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    return [
        path
        for each in made
        for path in (
            write_page([each], place / f"{each.code}{_PAGE}"),
            write_table([each], place / f"{each.code}{_TABLE}"),
        )
    ]


def write_page(made: Sequence[Sheet], path: Path) -> Path:
    """Write sheets as one page to print, each on paper of its own; where it is."""
    write_whole(path, page(made))
    return path


def write_table(made: Sequence[Sheet], path: Path) -> Path:
    """Write sheets as one table; where it is."""
    write_whole(path, to_csv(made))
    return path


def write_pages(made: Sequence[Sheet], where: Path) -> list[Path]:
    """Pages into a file (.html), all in one, or into a folder, which is made, a file for each."""
    return [write_page(each, path) for path, each in _places(made, where, (_PAGE, ".htm")).items()]


def write_tables(made: Sequence[Sheet], where: Path) -> list[Path]:
    """Tables into a file (.csv), all in one, or into a folder, which is made, a file for each."""
    return [write_table(each, path) for path, each in _places(made, where, (_TABLE,)).items()]


def _places(
    made: Sequence[Sheet], where: Path, endings: Sequence[str]
) -> dict[Path, Sequence[Sheet]]:
    """What goes where: all into a file with such an ending, else each into the folder."""
    if where.suffix.lower() in endings and not where.is_dir():
        where.parent.mkdir(parents=True, exist_ok=True)
        return {where: made}
    if where.is_file() or (where.suffix and not where.is_dir()):
        raise AthanorError(
            f"{where} is neither a folder nor a file that ends in {' or '.join(endings)}: name one"
        )
    where.mkdir(parents=True, exist_ok=True)
    return {where / f"{each.code}{endings[0]}": [each] for each in made}


class _Campaigns:
    """Campaigns opened to be asked about experiments, each target of each once."""

    def __init__(self, folder: Path | None, campaigns: Path) -> None:
        self._folder, self._campaigns = folder, campaigns
        self._opened: dict[Path, PastCampaign] = {}
        self._of_target: dict[tuple[Path, str], PastCampaign] = {}

    def expectation(self, experiment_id: str) -> Expectation:
        """What the campaign of an experiment expects of it. Raises AthanorError without one."""
        past = self._past(experiment_id)
        suggestion = past.ledger.suggestion(experiment_id)
        return expectation(suggestion, past.history, past.candidates)

    def warnings(self, at: AtBench) -> list[str]:
        """What people said since that speaks against firing it."""
        ledger = self._past(at.experiment_id).ledger
        formula = ledger.target_of(at.experiment_id)
        said = ledger.of(formula).vetoed.get(at.recipe.content_id)
        return [] if said is None else [f"do not fire it: vetoed by {said.who}: {said.why}"]

    def _past(self, experiment_id: str) -> PastCampaign:
        folder = self._folder or folder_of(experiment_id, self._campaigns)
        if folder not in self._opened:
            self._opened[folder] = past_campaign(folder)
        first = self._opened[folder]
        formula = first.ledger.target_of(experiment_id)
        if formula == first.candidates.target.formula:
            return first
        key = folder, formula
        if key not in self._of_target:
            self._of_target[key] = past_campaign(folder, formula)
        return self._of_target[key]
