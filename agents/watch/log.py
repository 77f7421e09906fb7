"""A log that programs read: one JSON object a line, through the standard library's logging."""

import errno
import json
import logging
import os
import sys
import time
from contextlib import suppress
from io import FileIO
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from agents.watch.notice import KINDS, LOGGER, Kind, Notice, awake, now
from agents.watch.secrets import text_without_secrets, without_secrets
from knowledge.errors import AthanorError

MAX_BYTES = 50_000_000
KEPT_FILES = 3  # log.jsonl.1 is the latest of them
_A_WRITE_S = 0.05  # longer than another process takes to write a line
_WARNINGS = ("fault", "question", "unreachable", "dropped")
LEVELS: dict[Kind, int] = {k: logging.WARNING if k in _WARNINGS else logging.INFO for k in KINDS}
_FIELDS = ("kind", "campaign", "target", "experiment")


class JsonLog:
    """A watch that writes a line for each notice.

    A line is an object of time, level, kind, campaign, target, experiment, text, details and pid.
    Each line is one write to the end of the file, so that processes which share it never mix their
    lines. The file is begun again beside the old ones when it has grown large, and whenever it was
    moved or removed. Where it cannot be written, that is said once on standard error.

    Notices are records of the logger `athanor.campaign` with the fields as attributes. Its other
    records about the same campaign, as that a webhook failed, come into the file too.
    """

    def __init__(self, path: Path, level: int | str = "INFO", max_bytes: int = MAX_BYTES) -> None:
        """Nothing is opened before the first line. Raises AthanorError for an unknown level."""
        if level not in logging.getLevelNamesMapping().values():
            names = logging.getLevelNamesMapping()
            if level not in names:
                raise AthanorError(f"log level {level}: allowed are {', '.join(names)}")
            level = names[str(level)]
        self._handler = _LineFile(path, max_bytes)
        self._handler.setLevel(level)
        self._handler.addFilter(self._concerns)
        self._campaigns: set[str] = set()
        awake().setLevel(min(int(level), LOGGER.level or logging.INFO))
        LOGGER.addHandler(self._handler)

    def tell(self, notice: Notice) -> None:
        """Write a line."""
        self._campaigns.add(notice.campaign)
        try:
            LOGGER.log(
                LEVELS[notice.kind], "%s", text_without_secrets(notice.text),
                extra={
                    **{name: getattr(notice, name) for name in _FIELDS},
                    "details": without_secrets(notice.details),
                    "told_by": self,
                },
            )  # fmt: skip
        except Exception as error:  # raised by a handler that somebody else added
            self._handler.say_once(error)

    def close(self) -> None:
        """Let go of the file."""
        LOGGER.removeHandler(self._handler)
        self._handler.close()

    def _concerns(self, record: logging.LogRecord) -> bool:
        told_by = getattr(record, "told_by", None)
        if told_by is None:
            return getattr(record, "campaign", None) in self._campaigns
        return told_by is self


def _unended(stream: FileIO) -> int:
    """The size of a file whose last line has no end; 0 for others."""
    size = os.fstat(stream.fileno()).st_size
    return size if size and os.pread(stream.fileno(), 1, size - 1) != b"\n" else 0


class _LineFile(RotatingFileHandler):
    """A rotating file of JSON lines, unbuffered, that never raises nor prints a traceback."""

    stream: Any

    def __init__(self, path: Path, max_bytes: int) -> None:
        super().__init__(path, maxBytes=max_bytes, backupCount=KEPT_FILES, delay=True)
        self._said = False
        self._torn = False

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": now(),
            "level": record.levelname,
            **{name: getattr(record, name, None) for name in _FIELDS},
            "text": record.getMessage(),
            "details": getattr(record, "details", {}),
            "pid": os.getpid(),
        }
        return json.dumps(fields, default=str)

    def _open(self) -> Any:
        stream = FileIO(self.baseFilename, "a+")
        size = _unended(stream)
        if size:  # or another process is just writing: then it is longer, or ended, soon
            time.sleep(_A_WRITE_S)
        self._torn = size > 0 and _unended(stream) == size
        return stream

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._follow()
            if self.shouldRollover(record):
                with suppress(OSError):  # another process may be at it: the line comes first
                    self.doRollover()
            if self.stream is None:
                self.stream = self._open()
            start = b"\n" if self._torn else b""  # end what a full disk cut off
            line = start + self.format(record).encode() + b"\n"
            written = self.stream.write(line)
            self._torn = written not in (0, None, len(line)) or (self._torn and not written)
            if written != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except Exception as error:
            self.say_once(error)

    def _follow(self) -> None:
        """Begin the file again where it is no longer the one that was opened."""
        if self.stream is None:
            return
        opened = os.fstat(self.stream.fileno())
        try:
            there = Path(self.baseFilename).stat()
        except OSError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (opened.st_dev, opened.st_ino):
            self.stream.close()
            self.stream = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        self.say_once(sys.exc_info()[1] or OSError("unknown"))

    def say_once(self, error: BaseException) -> None:
        if self._said:
            return
        self._said = True
        cause = getattr(error, "strerror", None) or type(error).__name__
        said = f"athanor: the log {self.baseFilename} cannot be written ({cause}); the campaign "
        try:
            print(f"{said}goes on without it", file=sys.stderr, flush=True)
        except (OSError, ValueError, AttributeError):  # no standard error either
            return
