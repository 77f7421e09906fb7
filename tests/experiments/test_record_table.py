"""Records go into a table and come back, whatever is in them and wherever a write is cut."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.record_table import add, as_text, records_in
from knowledge.errors import RecordError
from knowledge.record import Record


class Noted(Record):
    name: str
    number: float
    maybe: float | None = None
    note: str = ""


# What a CSV cell of ours holds: no line ends or NULs, and a name is never empty.
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=9)
numbers = st.floats(allow_nan=False, allow_infinity=False)
notes = st.builds(
    Noted,
    name=words.filter(bool),
    number=numbers,
    maybe=st.none() | numbers,
    note=words,
)


@given(st.lists(notes, max_size=4), st.lists(notes, max_size=4))
def test_they_come_back_as_they_were(first: list[Noted], more: list[Noted]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "notes.csv")
        assert records_in(path, Noted) == []
        path.write_text(as_text(first, Noted), encoding="utf-8")
        add(path, more, Noted)
        assert records_in(path, Noted) == [*first, *more]


def test_a_torn_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    told = [Noted(name="a", number=1), Noted(name='b,"c"', number=2, maybe=3, note="d")]
    text = as_text(told, Noted)
    head = len(as_text([], Noted))
    for cut in range(head, len(text)):
        path.write_text(text[:cut], encoding="utf-8")
        assert records_in(path, Noted) == told[: text[:cut].count("\n") - 1]


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    for wrong in ("name,number\na,1\n", "", "\n", "note,name,number,maybe\n"):
        path.write_text(wrong)
        with pytest.raises(RecordError, match="no table of this study"):
            records_in(path, Noted)
    path.write_text("name,number,maybe,note\na,much,,\n")
    with pytest.raises(RecordError, match="number"):
        records_in(path, Noted)
