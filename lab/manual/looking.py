"""A bench that is only looked at: no file is made, nothing changed, and nobody has to wait."""

from pathlib import Path

from lab.inventory import Inventory
from lab.logbook import Logbook
from lab.manual.bench_book import LOG, SHELF, BenchBook, no_bench


def look(folder: Path | str) -> BenchBook:
    """The book of a bench that is there, to be read; also in a folder that cannot be written.

    Raises RecordError for a folder that is no bench, and when the book is written to.
    """
    book = BenchBook.__new__(BenchBook)
    book.folder = Path(folder)
    if not (book.folder / LOG).is_file():
        raise no_bench(book.folder)
    book.log = Logbook.look(book.folder / LOG)
    try:
        shelf = book.folder / SHELF
        # None yet: a process was killed while it began the bench.
        book.stock = Inventory.look(shelf) if shelf.exists() else Inventory()
    except BaseException:
        book.log.close()
        raise
    return book
