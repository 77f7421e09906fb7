"""What `athanor record` was given, taken in: read, checked, and written down, or refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.recording.notebook import Written, as_known, has_one, write
from agents.recording.questions import LeftOff, Questions
from agents.recording.result import DEFAULT_SIGMA, phases_of, sigma_of
from agents.recording.result_file import products_in
from agents.recording.said import Said, outcome_of, weighed_of
from agents.steering import check_words, me
from knowledge.errors import AthanorError
from lab.manual import AtBench, BenchBook, Record


@dataclass(frozen=True)
class Options:
    """The options of the command, as they were typed; none where left out."""

    experiment: str | None = None
    phases: str | None = None
    sigma: str | None = None
    csv: Path | None = None
    lost: bool = False
    not_fired: bool = False
    weighed: str | None = None
    correct: str | None = None
    note: str = ""
    who: str | None = None
    folder: Path | None = None

    @property
    def says_it_all(self) -> bool:
        """Whether nothing needs to be asked."""
        return self.phases is not None or self.lost or self.not_fired

    @property
    def deviation(self) -> float:
        """The standard deviation of what is not said otherwise. Raises AthanorError."""
        return DEFAULT_SIGMA if self.sigma is None else sigma_of(self.sigma)

    def record(self, known: AtBench, said: Said, book: BenchBook) -> tuple[AtBench, Record]:
        """What is to be written down of an experiment. Raises AthanorError where it cannot be."""
        outcome = outcome_of(known, said, book.experiments(), book.stock)
        who = me() if self.who is None else self.who
        return known, Record(outcome, who, said.weighed_g, self.correct or "", self.note)


def hand_in(
    book: BenchBook, options: Options, questions: Questions | None = None
) -> list[Written] | None:
    """Take in what a person says, and what they answer to `questions`; none where they leave off.

    Raises AthanorError, and has written nothing then.
    """
    words = {"who": options.who, "correct": options.correct, "note": options.note or None}
    check_words(**{name: text for name, text in words.items() if text is not None})
    if options.csv is not None:
        records = _from_file(book, options, options.csv)
    elif options.says_it_all:
        known = _named(book, options.experiment)
        records = [options.record(known, _said(known, options), book)]
    elif questions is None:
        raise AthanorError(
            "say what came of it: --phases BaTiO3=0.93,Ba2TiO4=0.07, --lost, --not-fired or "
            "--csv FILE; questions are asked at a terminal only"
        )
    else:
        try:
            records = _asked(book, options, questions)
        except (LeftOff, EOFError):
            return None
    return write(book, records, options.folder) if records else []


def masses_of(known: AtBench, text: str | None) -> Mapping[str, float]:
    """What was weighed otherwise than asked: as it is said now, else as it was said before.

    Raises AthanorError for masses that cannot be.
    """
    return {**known.weighed_g, **(weighed_of(text, known) if text is not None else {})}


def formulas_of(known: AtBench) -> list[str]:
    """The formulas that a name with a slip in it may have meant."""
    return [known.recipe.target.formula, *known.recipe.precursors]


def _named(book: BenchBook, experiment: str | None) -> AtBench:
    if experiment is None:
        codes = ", ".join(e.code for e in book.open()) or "none is open"
        raise AthanorError(f"say which experiment, by the code on its sheet: {codes}")
    return book.find(experiment)


def _said(known: AtBench, options: Options) -> Said:
    """What the options say of an experiment."""
    sigma, product = options.deviation, None
    if options.phases is not None:
        product = phases_of(options.phases, sigma, formulas_of(known))
    kept = options.weighed is None and options.not_fired
    weighed_g = {} if kept else masses_of(known, options.weighed)
    return Said(product, options.lost, options.not_fired, weighed_g, options.note)


def _from_file(book: BenchBook, options: Options, path: Path) -> list[tuple[AtBench, Record]]:
    given = (options.experiment, options.phases, options.weighed)
    if options.lost or options.not_fired or any(each is not None for each in given):
        raise AthanorError(f"--csv {path} names experiments and phases itself: give nothing beside")

    def known_to(name: str) -> list[str]:
        try:
            return formulas_of(book.find(name))
        except AthanorError:  # told below, with all that is to be said of it
            return []

    found: dict[str, tuple[AtBench, Record]] = {}
    for name, product in products_in(path, options.deviation, known_to).items():
        try:
            known = book.find(name)
            if known.experiment_id in found:
                raise AthanorError("it is named in two ways: use one of them")
            said = Said(product, weighed_g=masses_of(known, None))
            found[known.experiment_id] = options.record(known, said, book)
        except AthanorError as error:
            raise AthanorError(f"{path}, experiment {name}: {error}; nothing was taken") from error
    return list(found.values())


def _asked(book: BenchBook, options: Options, questions: Questions) -> list[tuple[AtBench, Record]]:
    """What a person answers to questions. Raises LeftOff; nothing where nothing is to be asked."""
    waiting = book.open()
    if options.experiment is None and not waiting:
        return []

    def find(text: str) -> AtBench:
        known = as_known(book.find(text), options.folder)
        if known.outcome is not None and options.correct is None:
            raise AthanorError(has_one(known))
        return known

    known = find(options.experiment) if options.experiment else questions.which(waiting, find)
    weighed_g = None if options.weighed is None else masses_of(known, options.weighed)
    sigma = None if options.sigma is None else options.deviation
    said = questions.said(known, book.experiments(), weighed_g, sigma, options.note)
    _, record = options.record(known, said, book)
    if not questions.sure(known, record.outcome):
        raise LeftOff
    return [(known, record)]
