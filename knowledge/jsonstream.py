"""Records of a large JSON file one at a time, in little memory."""

import json
from collections.abc import Iterator
from typing import IO, Any

from knowledge.errors import RecordError

_CHUNK_CHARACTERS = 1 << 20
_SPACE = " \t\r\n"


def records(stream: IO[str], key: str, name: str) -> Iterator[Any]:
    """The elements of a list: the file itself, or what `key` holds in the object it is.

    Raises RecordError for a file that is cut off, is no JSON, or has no such list.
    """
    reader = _Reader(stream, name)
    first = reader.symbol()
    if first == "[":
        yield from reader.elements()
        return
    if first != "{":
        raise RecordError(f"{name} is no JSON list or object: fetch it again")
    while True:
        symbol = reader.symbol()
        if symbol == "}":
            raise RecordError(f"{name} has no list called {key}: it is another dataset")
        if symbol != ",":
            reader.back()
        found = reader.value()
        if reader.symbol() != ":":
            raise RecordError(f"{name} is no JSON object: fetch it again")
        if found != key:
            reader.value()
            continue
        if reader.symbol() != "[":
            raise RecordError(f"{name}: {key} is no list: it is another dataset")
        yield from reader.elements()
        return


class _Reader:
    def __init__(self, stream: IO[str], name: str) -> None:
        self._stream, self._name = stream, name
        self._buffer, self._at, self._ended = "", 0, False
        self._decoder = json.JSONDecoder()

    def elements(self) -> Iterator[Any]:
        """What follows up to the bracket that closes the list."""
        symbol = self.symbol()
        if symbol == "]":
            return
        self.back()
        while True:
            yield self.value()
            symbol = self.symbol()
            if symbol == "]":
                return
            if symbol != ",":
                raise RecordError(f"{self._name} is no JSON: {symbol!r} where , or ] should be")

    def symbol(self) -> str:
        """The next character that is no space."""
        while True:
            while self._at < len(self._buffer):
                self._at += 1
                if self._buffer[self._at - 1] not in _SPACE:
                    return self._buffer[self._at - 1]
            self._more()

    def back(self) -> None:
        """Put the last symbol back."""
        self._at -= 1

    def value(self) -> Any:
        """The next value, read as far as it takes."""
        self.symbol()
        self.back()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError:
                self._more()
                continue
            if end == len(self._buffer) and not self._ended:  # a number may go on
                self._more(needed=False)
                continue
            self._at = end
            return found

    def _more(self, needed: bool = True) -> None:
        # Twice as much each time a value does not fit, so that long ones are not read in squares.
        wanted = max(_CHUNK_CHARACTERS, len(self._buffer) - self._at)
        chunk = self._stream.read(wanted)
        self._ended = not chunk
        if self._ended and needed:
            raise RecordError(f"{self._name} is cut off or no JSON: fetch it again")
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
