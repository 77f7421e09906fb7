"""What a campaign gives a person to do, shown and written when it does; of other labs, nothing."""

from pathlib import Path

from rich.console import Console

from agents.bench.place import bench_option
from agents.bench.sheets import sheets, write_sheets
from agents.ledger import Word
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
        self._bench = "" if self._book is None else bench_option(self._book.folder)
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
                again = f"athanor next{self._bench} --html FILE"
                told = f"\nthe page could not be written ({error}): {again}"
                self._console.print(told, markup=False, soft_wrap=True)

    def left(self, campaign: str, command: str, paused: Word | None = None) -> None:
        """Say what of a campaign is with the person, and the command with which it goes on."""
        if self._book is None:
            return
        waiting = self._book.open()
        own = [at for at in waiting if at.experiment_id.startswith(f"{campaign}-")]
        lines = []
        if paused is not None:
            lines += [f"{paused}; it goes on with", f"  athanor resume {self._folder}"]
        lines.append("With you now:" if own else "Nothing of this campaign is with you now.")
        for at in own:
            again = (
                ""
                if at.experiment_id in self._handed
                else f"   (athanor next {at.code}{self._bench})"
            )
            lines.append(f"  {at.code}  {at.recipe.target.formula} from {at.recipe}{again}")
        if len(waiting) > len(own):
            lines.append(
                f"  and {len(waiting) - len(own)} of other campaigns (athanor next{self._bench})"
            )
        if own:
            code = f"{own[0].code if len(own) == 1 else 'CODE'}{self._bench}"
            lines += [
                "Whenever it is done, today or another day, record what is in the product:",
                f"  athanor record {code} --phases BaTiO3=0.93,Ba2TiO4=0.07",
                f"or, to be asked: athanor record{self._bench}",
                "and go on with:",
                f"  {command}",
            ]
        self._console.print()
        for line in lines:
            self._console.print(line, markup=False, soft_wrap=True)
