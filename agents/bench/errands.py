"""What a campaign gives a person to do, shown and written when it does; of other labs, nothing."""

from pathlib import Path

from rich.console import Console

from agents.bench.sheets import sheets, write_sheets
from agents.report.weighing_sheet import show_sheet
from agents.watch import Notice
from lab import Lab
from lab.manual import ManualLab


class Errands:
    """Hands the sheet of each experiment to the person, once it is with them.

    `folder` is the campaign's.
    """

    def __init__(self, lab: Lab, folder: Path, console: Console | None = None) -> None:
        self._book = lab.book if isinstance(lab, ManualLab) else None
        self._folder = folder
        self._console = console or Console(highlight=False)
        self._handed = set[str]()

    def heard(self, notice: Notice) -> None:
        """Show and write the sheet of what was just taken on."""
        if notice.kind == "submitted" and notice.experiment and self._book is not None:
            self._handed.add(notice.experiment)
            at = self._book.find(notice.experiment)
            [sheet] = sheets(self._book, [at], self._folder)
            show_sheet(sheet, self._console)
            try:
                page, _ = write_sheets(self._book, [sheet])
                self._console.print(f"\nTo print: {page}", soft_wrap=True)
            except OSError as error:  # the campaign goes on: `athanor next` writes it again
                told = f"\nthe page could not be written ({error}): athanor next --html FILE"
                self._console.print(told, markup=False, soft_wrap=True)

    def left(self) -> None:
        """Say what is with the person, and how the campaign goes on."""
        if self._book is None:
            return
        say = self._console.print
        say("\nWith you now:")
        for at in self._book.open():
            again = "" if at.experiment_id in self._handed else f"   (athanor next {at.code})"
            say(f"  {at.code}  {at.recipe.target.formula} from {at.recipe}{again}", soft_wrap=True)
        say(
            "Whenever it is done, today or another day, record what is in the product, as\n"
            "  athanor record CODE --phases BaTiO3=0.93,Ba2TiO4=0.07\n"
            "(or just: athanor record), then run the same command again.",
            soft_wrap=True,
        )
