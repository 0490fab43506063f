"""Files and pasted text to documents, documents to passages. Knows formats and windows; knows no index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal, get_args

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.retrieval.store import Passage
from bge_demo.settings import Limits
from bge_demo.text.headers import ID_NAMES, TITLE_NAMES
from bge_demo.text.inputs import checked_row
from bge_demo.text.readable import is_blank
from bge_demo.text.table import Choices, NamedRow, Table, why_no_text
from bge_demo.text.tables import decode_upload, read_table
from bge_demo.text.tokens import without_surrogates
from bge_demo.text.windows import windows

Split = Literal["paragraphs", "lines", "windows"]
SPLITS: tuple[Split, ...] = get_args(Split)
FILE_TYPES = (".txt", ".md", ".csv", ".tsv", ".jsonl", ".json")
_TABLES = (".csv", ".tsv", ".jsonl", ".json")
# A block of code, whose comments look like headings, or a heading.
_CODE_OR_HEADING = re.compile(
    r"^ {0,3}(?P<fence>```+|~~~+).*?(?:^ {0,3}(?P=fence)|\Z)"
    r"|^ {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]+?)[ \t\r#]*$",
    re.MULTILINE | re.DOTALL,
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_NAME_CHARS = 200


@dataclass(frozen=True)
class Document:
    """A text before it is cut. `start` is where it begins in its file, if that is a text. `group` is the id
    that several rows of a table share."""

    id: str
    text: str
    title: str = ""
    start: int = 0
    group: str = ""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what, and how its file is read. Without `text` all three are guessed;
    `id` and `title` may be left out."""

    text: str = ""
    id: str = ""
    title: str = ""
    choices: Choices = Choices()

    @property
    def reading(self) -> Choices:
        """How the file is read, the column of the text among it."""
        return replace(self.choices, text_column=self.text or None)


@dataclass(frozen=True)
class Cutting:
    """How documents become passages: units first, then windows wherever a unit is longer than one.

    Raises InputError unless 16 <= window_tokens and 0 <= overlap_tokens < window_tokens / 2.
    """

    split: Split = "paragraphs"
    window_tokens: int = 256
    overlap_tokens: int = 32

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise InputError("corpus.bad_split", value=self.split, choices=", ".join(SPLITS))
        if not (16 <= self.window_tokens and 0 <= self.overlap_tokens < self.window_tokens / 2):
            raise InputError("corpus.bad_window", window=self.window_tokens, overlap=self.overlap_tokens)


def table_of(file_name: str, file: bytes, limits: Limits, choices: Choices | None = None) -> Table | None:
    """The table that a file holds; None for a text without columns. Raises InputError for a table without
    rows and for what `read_table` refuses."""
    ending = _ending(file_name)
    if ending not in (*_TABLES, ".txt"):
        return None
    table = read_table(file_name, file, limits, choices)
    if ending == ".txt":
        return table if table.delimiter else None
    if not table.rows and not table.unreadable:
        raise InputError("corpus.no_table")
    return table


def guessed_columns(table: Table) -> Columns:
    """What a table's columns seem to hold, by their names; the text is else the column with the longest
    cells."""
    id_place, title_place = table.place(*ID_NAMES), table.place(*TITLE_NAMES)
    title = "" if title_place is None else table.columns[title_place]
    return Columns(
        text=table.text_column,
        id="" if id_place is None else table.columns[id_place],
        # What is searched needs no other name.
        title="" if title == table.text_column else title,
    )


def rows_left_out(table: Table, columns: Columns) -> tuple[NamedRow, ...]:
    """The rows that become no passage, with the reason: those with a title alone are found by it."""
    titled = set(rows_of_a_title_alone(table, columns))
    return tuple(one for one in table.skipped if one.row not in titled)


def rows_of_a_title_alone(table: Table, columns: Columns) -> tuple[int, ...]:
    """The numbers of the rows without a text that become a passage all the same, of their title."""
    if columns.title not in table.columns or columns.text not in table.columns:
        return ()
    title_at, text_at = table.columns.index(columns.title), table.columns.index(columns.text)
    return tuple(
        row.number
        for row in table.rows
        if why_no_text(row.cells[text_at]) is not None and why_no_text(row.cells[title_at]) is None
    )


def read_documents(
    file_name: str,
    file: bytes,
    columns: Columns | None,
    cutting: Cutting,
    limits: Limits,
) -> list[Document]:
    """The documents of a txt, md, csv, tsv, jsonl or json file; what `columns` leaves open is guessed.

    Rows without text or title, and those that cannot be read, are left out: `rows_left_out` names them.
    Raises InputError for another kind of file, an unknown column, or an encoding that cannot be read.
    """
    wanted = columns or Columns()
    table = table_of(file_name, file, limits, wanted.reading)
    if table is not None:
        return _row_documents(table, wanted if wanted.text else guessed_columns(table))
    if _ending(file_name) not in (".md", ".txt"):
        raise InputError("corpus.file_type", types=", ".join(FILE_TYPES))
    text = decode_upload(file, limits, wanted.choices.encoding).text
    is_markdown = _ending(file_name) == ".md"
    sections = _sections(file_name, text) if is_markdown else [Document(_short(file_name), text)]
    return _units(sections, cutting.split)


def documents_of_paste(name: str, text: str, cutting: Cutting) -> list[Document]:
    """The documents of a pasted text."""
    return _units([Document(_short(name), without_surrogates(text))], cutting.split)


def cut_into_passages(
    encoder: Encoder, documents: Iterable[Document], cutting: Cutting, limits: Limits
) -> list[Passage]:
    """Every document whole, or in windows if it is longer than one.

    Raises InputError for too many passages, or none.
    """
    window = min(cutting.window_tokens, encoder.info.max_tokens, limits.max_tokens)
    sized = Cutting(cutting.split, window, min(cutting.overlap_tokens, (window - 3) // 2))
    passages: list[Passage] = []
    for document in documents:
        passages += _cut(encoder, document, sized)
        if len(passages) > limits.corpus_passages:
            raise InputError("corpus.too_many", limit=limits.corpus_passages)
    if not passages:
        raise InputError("corpus.empty")
    return passages


def passages_from_json(passages: object, most: int, limits: Limits, name: str = "passages") -> list[Passage]:
    """What a program sends: texts, or {"text", "id", "title"}; each is one passage, read as far as the model
    can. Raises InputError naming the row, and the item of the field `name`."""
    if not isinstance(passages, list):
        raise InputError("input.not_list").at(name)
    if not passages:
        raise InputError("corpus.empty").at(name)
    if len(passages) > most:
        raise InputError("input.too_many_rows", n_rows=len(passages), limit=most).at(name)
    own_ids = _own_ids(passages, name)
    return [
        Passage(own_id, checked_row(text, i + 1, f"{name}[{i}]", limits), title, own_id)
        for i, (passage, own_id) in enumerate(zip(passages, own_ids, strict=True))
        for text, title in [_text_and_title(passage)]
    ]


def _own_ids(passages: Sequence[object], name: str) -> list[str]:
    """The id of each passage that names one (0 is one too), and a number that nobody named for the others.
    Raises InputError for an id that two have."""
    named = [one.get("id") if isinstance(one, dict) else None for one in passages]
    ids = ["" if one is None else _short(str(one)) for one in named]
    rows: dict[str, int] = {}
    for row, own_id in enumerate(ids, start=1):
        if own_id and own_id in rows:
            values = {"row": row, "other": rows[own_id], "id": own_id[:80]}
            raise InputError("corpus.same_id", **values).at(f"{name}[{row - 1}].id")
        rows[own_id] = row
    names = _Names(rows)
    return [own_id or names.free(f"{row}") for row, own_id in enumerate(ids, start=1)]


class _Names:
    """Names already given; one asked for again gets a number behind it."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(reserved)
        self._copies: dict[str, int] = {}

    def free(self, name: str) -> str:
        """The name, or the first of `name:2`, `name:3` ... that is free; taken from now on."""
        unique = name
        while unique in self._taken:
            self._copies[name] = self._copies.get(name, 1) + 1
            unique = f"{name}:{self._copies[name]}"
        self._taken.add(unique)
        return unique


def _text_and_title(passage: object) -> tuple[object, str]:
    values = passage if isinstance(passage, dict) else {"text": passage}
    title = _short(str(values.get("title") or ""))
    given = values.get("text")
    # A record that has a title alone is found by it.
    is_titled = (given is None or given == "") and not is_blank(title)
    return title if is_titled else given, title


def _cut(encoder: Encoder, document: Document, cutting: Cutting) -> list[Passage]:
    pieces = windows(encoder, document.text, cutting.window_tokens, cutting.overlap_tokens)
    return [
        _passage(document, piece.start, piece.end, f"#{number}" if len(pieces) > 1 else "")
        for number, piece in enumerate(pieces, start=1)
    ]


def _passage(document: Document, start: int, end: int, suffix: str) -> Passage:
    """A stretch of a document without the blanks around it."""
    text = document.text[start:end]
    return Passage(
        id=document.id + suffix,
        text=text.strip(),
        title=document.title,
        document=document.group or document.id,
        start=document.start + start + len(text) - len(text.lstrip()),
    )


def _sections(file_name: str, text: str) -> list[Document]:
    """The stretches of a Markdown text between headings, each titled by the headings above it."""
    headings = [found for found in _CODE_OR_HEADING.finditer(text) if found["marks"]]
    sections = [Document(_short(file_name), text[: headings[0].start() if headings else len(text)])]
    path: list[str] = []
    for number, heading in enumerate(headings):
        end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        path = [*path[: len(heading["marks"]) - 1], heading["title"]]
        title = _short(" › ".join(path))
        sections.append(Document(_short(file_name), text[heading.end() : end], title, heading.end()))
    return [section for section in sections if not is_blank(section.text)]


def _units(documents: Sequence[Document], split: Split) -> list[Document]:
    """Paragraphs, lines or whole documents, numbered when there are several."""
    separator = {"paragraphs": _BLANK_LINE, "lines": re.compile(r"\n+"), "windows": None}[split]
    units = [unit for document in documents for unit in _stretches(document, separator)]
    if len(units) == 1:
        return units
    return [
        Document(f"{unit.id}:{number}", unit.text, unit.title, unit.start)
        for number, unit in enumerate(units, start=1)
    ]


def _stretches(document: Document, separator: re.Pattern[str] | None) -> Iterator[Document]:
    """A document between its separators, blank stretches left out."""
    gaps = list(separator.finditer(document.text)) if separator else []
    starts = [0, *(gap.end() for gap in gaps)]
    ends = [*(gap.start() for gap in gaps), len(document.text)]
    for start, end in zip(starts, ends, strict=True):
        if not is_blank(document.text[start:end]):
            yield Document(document.id, document.text[start:end], document.title, document.start + start)


def _row_documents(table: Table, columns: Columns) -> list[Document]:
    """A document for each row with a text, or else a title; rows without an id are named by their number.
    Rows of the same id are told apart, and stay together as a group."""
    for name in (columns.id, columns.title):
        if name and name not in table.columns:
            raise InputError("corpus.no_column", name=name[:_NAME_CHARS], names=", ".join(table.columns))
    names = (columns.text, columns.id, columns.title)
    text_at, id_at, title_at = (table.columns.index(name) if name else None for name in names)
    named = {_short(row.cells[id_at].strip()) for row in table.rows} if id_at is not None else set()
    names_given, numbers = _Names(), _Names(named)
    documents: list[Document] = []
    for row in table.rows:
        text, own_id, title = (
            "" if place is None else row.cells[place] for place in (text_at, id_at, title_at)
        )
        text = title if why_no_text(text) else text
        if not why_no_text(text):
            own_id = _short(own_id.strip()) or numbers.free(f"{row.number}")
            free = names_given.free(own_id)
            group = own_id if free != own_id else ""
            documents.append(Document(free, text, _short(title.strip()), group=group))
    return documents


def _ending(file_name: str) -> str:
    return PurePath(file_name).suffix.lower()


def _short(name: str) -> str:
    return without_surrogates(name)[:_NAME_CHARS]
