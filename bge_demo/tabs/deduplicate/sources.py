"""Where lines come from, and the same again without some of them: byte for byte, whatever the format."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bge_demo.settings import Limits
from bge_demo.text.table import Choices, NamedRow, Table
from bge_demo.text.tables import read_table
from bge_demo.ui.csv_files import csv_text

TYPED_NAME = "lines.txt"


@dataclass(frozen=True)
class Source:
    """`texts[i]` stands in `data` from `spans[i]` on, its line end included; `cells[i]` is its whole row.

    A row of a json list has no bytes of its own: its span is empty.
    """

    name: str
    data: bytes
    texts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    table: Table | None = None

    @property
    def can_be_cut(self) -> bool:
        """Whether rows can be taken out of the file as it is."""
        return all(end > start for start, end in self.spans)

    @property
    def numbers(self) -> tuple[int, ...]:
        """What each text's line or row is called: a file counts rows that cannot be read too."""
        if self.table is None:
            return tuple(range(1, len(self.texts) + 1))
        return tuple(row.number for row in self.table.rows)

    @property
    def unreadable(self) -> tuple[NamedRow, ...]:
        """The rows of a file that are none of the texts, each with the reason."""
        return self.table.unreadable if self.table else ()

    @property
    def n_left_out(self) -> int:
        """The rows of a file that take no part, as its preview counts them."""
        return len(self.table.skipped) if self.table else 0

    def without(self, removed: Collection[int]) -> bytes:
        """The data minus the removed rows; everything else stays as it is, byte for byte."""
        gone = sorted(self.spans[index] for index in removed)
        kept, place = [], 0
        for start, end in gone:
            kept.append(self.data[place:start])
            place = end
        return b"".join([*kept, self.data[place:]])

    def safe_csv(self, removed: Collection[int]) -> str:
        """The kept rows as CSV for spreadsheets: UTF-8, commas, and no cell that runs as a formula."""
        gone = set(removed)
        return csv_text(self.columns, (row for index, row in enumerate(self.cells) if index not in gone))


def typed_lines(text: str) -> Source:
    """Lines of a text box. Only a line feed ends one."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    spans, place = [], 0
    encoded = [f"{line}\n".encode("utf-8", "replace") for line in lines]
    for line in encoded:
        spans.append((place, place + len(line)))
        place += len(line)
    rows = tuple((line,) for line in lines)
    return Source(TYPED_NAME, b"".join(encoded), tuple(lines), tuple(spans), ("text",), rows)


def file_rows(name: str, data: bytes, limits: Limits, choices: Choices | None = None) -> Source:
    """The rows of an uploaded file with the cell that is compared; rows without a text are blank lines.

    Raises InputError as `read_table` does.
    """
    table = read_table(name, data, limits, choices)
    return Source(
        name=table.name,
        data=data,
        texts=_texts(table),
        spans=table.row_spans,
        columns=table.columns,
        cells=tuple(row.cells for row in table.rows),
        table=table,
    )


def _texts(table: Table) -> tuple[str, ...]:
    """One text a row; "" where the cell says that there is none."""
    present = dict(table.texts)
    return tuple(present.get(row.number, "") for row in table.rows)
