"""A contract: promises in words, each with a function that finds out whether it is kept."""

import signal
import sysconfig
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Generic, NoReturn, TypeVar

Subject = TypeVar("Subject")
_LONGEST = 300
_OURS = ("agents", "experiments", "knowledge", "lab")
_ROOT = Path(__file__).parents[2]


class Broken(AssertionError):
    """A promise that is not kept: what happened instead, in words."""


class _TooLong(BaseException):
    """No exception that code on trial catches by accident."""


def expect(holds: bool, happened: str) -> None:
    """Raise Broken, with what happened, unless it holds."""
    if not holds:
        raise Broken(happened)


@dataclass(frozen=True)
class Promise(Generic[Subject]):
    """One line of a contract.

    `keep` raises Broken, or whatever the subject raises, where the subject does not keep it; the
    first line of its docstring is the promise. `mend` says what to do then.
    """

    keep: Callable[[Subject], None]
    mend: str

    @property
    def name(self) -> str:
        """A name without spaces."""
        return self.keep.__name__

    @property
    def words(self) -> str:
        """What is promised."""
        return (self.keep.__doc__ or "").strip().partition("\n")[0].rstrip(".")


@dataclass(frozen=True)
class Contract(Generic[Subject]):
    """Promises, in the order in which they are tried."""

    promises: list[Promise[Subject]] = field(default_factory=list)

    def promise(self, mend: str) -> Callable[[Callable[[Subject], None]], Promise[Subject]]:
        """Decorates the function that tries a promise."""

        def entered(keep: Callable[[Subject], None]) -> Promise[Subject]:
            made = Promise(keep, mend)
            self.promises.append(made)
            return made

        return entered


@dataclass(frozen=True)
class Verdict:
    """Whether a promise is kept: what happened, where it is not."""

    name: str
    words: str
    mend: str
    happened: str | None = None

    @property
    def kept(self) -> bool:
        """Whether nothing else happened."""
        return self.happened is None


def judged(
    promises: Sequence[Promise[Subject]], subject: Subject, limit_s: float = 120
) -> Iterator[Verdict]:
    """The verdict on each promise, one after the other.

    Where the first is broken, it is not what the contract is about: the others are not tried. What
    takes longer than `limit_s` seconds is broken off, and the promise with it.
    """
    for number, promise in enumerate(promises):
        happened = None
        try:
            with _within(limit_s):
                promise.keep(subject)
        except (KeyboardInterrupt, MemoryError):
            raise
        except (Exception, SystemExit, _TooLong) as error:
            happened = told(error)
        yield Verdict(promise.name, promise.words, promise.mend, happened)
        if number == 0 and happened is not None:
            return


def told(error: BaseException) -> str:
    """What happened, in one line: in words of ours, or as others raised it, and where."""
    words = " ".join(str(error).split())
    if len(words) > _LONGEST:
        words = f"{words[:_LONGEST]} ..."
    if isinstance(error, Broken):
        return words
    if isinstance(error, _TooLong):
        return f"{words}{_where(error)}"
    return f"it raised {type(error).__name__}{f': {words}' if words else ''}{_where(error)}"


def _where(error: BaseException) -> str:
    """The last line of code of whoever wrote what is tried, if there is one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if not _is_ours(Path(f.filename)) and Path(f.filename).is_file()]
    if not own:
        return ""
    return f" (line {own[-1].lineno} of {Path(own[-1].filename).name})"


def _is_ours(path: Path) -> bool:
    """Whether it belongs to Athanor, to Python, or to what is installed."""
    if path.is_relative_to(sysconfig.get_path("stdlib")) or "site-packages" in path.parts:
        return True
    return path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _OURS


@contextmanager
def _within(limit_s: float) -> Iterator[None]:
    """Breaks off what takes longer, where the system has alarms and this is the main thread."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        raise _TooLong(f"it was not done after {limit_s:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
