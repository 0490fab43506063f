"""What an uploaded file holds: its rows, and which of them have a text. Reads no file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from bge_demo.locales import Phrase, say
from bge_demo.text.readable import is_blank

Doubt = Literal["encoding", "delimiter", "header", "line ends"]
# What spreadsheets and data frames write where there is nothing.
_WORDS_FOR_NOTHING = {"null", "nan", "<na>", "n/a", "nat"}
_ERRORS_OF_SPREADSHEETS = {
    *("#n/a", "#n/v", "#nv", "#null!", "#ref!", "#value!"),
    *("#div/0!", "#name?", "#num!", "#wert!", "#bezug!"),
}


@dataclass(frozen=True)
class Choices:
    """What a visitor chose instead of the guess; None leaves it to the reader.

    `names` are those of the columns, and so how many there are, where the file has no header.
    """

    encoding: str | None = None
    delimiter: str | None = None
    text_column: str | None = None
    header: bool | None = None
    names: tuple[str, ...] = ()


AS_GUESSED = Choices()


@dataclass(frozen=True)
class Row:
    """A row of data and the bytes it stands at: `data[start:end]` is the row with its line end, as uploaded.

    `number` counts the rows of data from 1; the header and empty lines have none. `start == end` where a
    row has no bytes of its own, as in a json file. `nested` are the places of cells that hold a list or an
    object, written as JSON. `n_given` cells stand in the line, where it has cells; empty ones were added.
    """

    number: int
    cells: tuple[str, ...]
    start: int
    end: int
    nested: frozenset[int] = frozenset()
    n_given: int | None = None


@dataclass(frozen=True)
class NamedRow:
    """A row by its number, and what is to be said about it."""

    row: int
    reason: Phrase

    def to_json(self) -> dict[str, Any]:
        """The row and the reason in English."""
        return {"row": self.row, "reason": say(self.reason.key, "en", **self.reason.values)}


@dataclass(frozen=True)
class Table:
    """What a file holds. Every row is in `rows` or in `unreadable`, and its text in `texts` or its number in
    `skipped`.

    `header` is None when the first row may be names or data; `delimiter` is empty where there is none.
    `notes` name rows that were read by guess or hold more cells than there are columns. The rows
    `of_paragraphs` are the blocks of a Markdown file.
    """

    name: str
    encoding: str
    delimiter: str
    header: bool | None
    columns: tuple[str, ...]
    text_column: str
    rows: tuple[Row, ...]
    unreadable: tuple[NamedRow, ...] = ()
    notes: tuple[NamedRow, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    of_paragraphs: bool = False

    @property
    def names_from_first_row(self) -> bool:
        """Whether the first row was taken for the names of the columns, be it by guess."""
        numbered = tuple(str(number) for number in range(1, len(self.columns) + 1))
        return self.header is True or (self.header is None and self.columns != numbered)

    @property
    def unsure(self) -> bool:
        """Whether something was guessed that a visitor should look at."""
        return bool(self.doubts)

    @property
    def n_rows(self) -> int:
        """Rows of data in the file, those that cannot be read included."""
        return len(self.rows) + len(self.unreadable)

    @property
    def row_spans(self) -> tuple[tuple[int, int], ...]:
        """(start, end) of each of `rows` in the uploaded bytes, line end included. The file without some
        rows is the bytes outside their spans."""
        return tuple((row.start, row.end) for row in self.rows)

    def place(self, *wanted: str) -> int | None:
        """Where the first column of these names is, whatever the case of its letters."""
        names = [name.strip().lower() for name in self.columns]
        return next((names.index(name) for name in wanted if name in names), None)

    @cached_property
    def texts(self) -> tuple[tuple[int, str], ...]:
        """(row number, text) of each row with a text."""
        skipped = {one.row for one in self.skipped}
        place = self.columns.index(self.text_column)
        return tuple((row.number, row.cells[place]) for row in self.rows if row.number not in skipped)

    @cached_property
    def skipped(self) -> tuple[NamedRow, ...]:
        """The rows that have no text, or cannot be read, in order."""
        place = self.columns.index(self.text_column)
        without = [
            NamedRow(row.number, reason)
            for row in self.rows
            if (reason := _why_left_out(row, place)) is not None
        ]
        return tuple(sorted([*self.unreadable, *without], key=lambda one: one.row))

    def to_json(self) -> dict[str, Any]:
        """The answer of `/preview_file`."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header": self.header,
            "columns": list(self.columns),
            "text_column": self.text_column,
            "n_rows": self.n_rows,
            "rows": [list(row.cells) for row in self.rows[:5]],
            "texts": [text for _, text in self.texts],
            "skipped": [one.to_json() for one in self.skipped],
            "notes": [one.to_json() for one in self.notes],
            "unsure": self.unsure,
            "doubts": list(self.doubts),
        }


def _why_left_out(row: Row, place: int) -> Phrase | None:
    return Phrase("table.nested") if place in row.nested else why_no_text(row.cells[place])


def why_no_text(cell: str) -> Phrase | None:
    """What a cell holds instead of a text; None if it holds one."""
    if is_blank(cell):
        return Phrase("table.no_text")
    word = cell.strip()
    is_nothing = word.lower() in _WORDS_FOR_NOTHING | _ERRORS_OF_SPREADSHEETS
    return Phrase("table.word_for_nothing", word=word) if is_nothing else None
