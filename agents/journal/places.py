"""Where the journal of a campaign folder is: in the folder, or in a database that it names."""

import json
import os
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from agents.files import write_whole
from agents.journal.database import open_database, shown, told
from agents.journal.store import JOURNAL, Journal
from agents.journal.tables import names_in, tables_in
from knowledge.errors import RecordError

ELSEWHERE = "journal.json"
# The whole URL, password included, of journals that folders name without theirs.
URL_VARIABLE = "ATHANOR_JOURNAL"


def is_campaign(folder: Path) -> bool:
    """Whether a folder holds a campaign."""
    return (folder / JOURNAL).is_file() or (folder / ELSEWHERE).is_file()


def begin_in(folder: Path, campaign: str, url: str | None = None, at_once: bool = False) -> Journal:
    """The journal of the campaign in a folder, begun if there is none.

    It keeps the name that the campaign has, whatever the folder is called by now. With a `url` it
    is in a database elsewhere, which the folder names from then on, without a password.
    """
    if is_campaign(folder):
        # None yet where the process that was to begin it was killed before it had.
        campaign = next(iter(_names_in(folder)), campaign)
        there = _elsewhere(folder)[0] if (folder / ELSEWHERE).is_file() else None
        if url is not None and _names_in(folder) and shown(url) != shown(there or _in(folder)):
            raise RecordError(
                f"the journal of this campaign is {shown(there or _in(folder))}, and journal.url "
                "names another: leave that out, or give another folder with hydra.run.dir=FOLDER"
            )
        url = url or there
    if url is None:
        return Journal.in_folder(folder, campaign, at_once)
    journal = Journal(url, campaign, at_once)
    told = {"url": shown(url), "campaign": campaign}
    write_whole(folder / ELSEWHERE, json.dumps(told, indent=1) + "\n")
    return journal


def journal_of(folder: Path, campaign: str | None = None) -> Journal:
    """The journal of the campaign in a folder. Raises RecordError where there is none."""
    names = campaigns_in(folder)
    url, _ = _elsewhere(folder) if (folder / ELSEWHERE).is_file() else (_in(folder), "")
    return Journal(url, campaign or names[0])


def campaigns_in(folder: Path) -> list[str]:
    """Names of the campaigns in a folder's journal. Raises RecordError where there is none."""
    names = _names_in(folder)
    if not names:
        raise RecordError(
            f"{folder / JOURNAL} holds no campaign yet: run the command that was to begin one"
        )
    return names


def _names_in(folder: Path) -> list[str]:
    """Names of the campaigns in a journal, if any. Raises RecordError where there is no journal."""
    if (folder / ELSEWHERE).is_file():
        return [_elsewhere(folder)[1]]
    path = folder / JOURNAL
    if not path.is_file():
        raise RecordError(
            f"{folder} holds no campaign (no {JOURNAL}): give the folder that `athanor run` named"
        )
    try:
        engine = open_database(_in(folder))
        with engine.connect() as connection:
            names = names_in(connection, tables_in(engine))
        engine.dispose()
    except (SQLAlchemyError, UnicodeError) as error:
        raise RecordError(f"{path} cannot be read as a journal: {told(error)}") from error
    return names


def _in(folder: Path) -> str:
    return f"sqlite:///{folder / JOURNAL}"


def _elsewhere(folder: Path) -> tuple[str, str]:
    """URL and campaign that a folder names; the URL from the environment where that is the same."""
    path = folder / ELSEWHERE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        url, campaign = str(told["url"]), str(told["campaign"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} names no journal ({error}): run the campaign again") from error
    given = os.environ.get(URL_VARIABLE, "")
    return (given if given and shown(given) == url else url), campaign
