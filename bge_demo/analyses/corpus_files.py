"""Files and pasted text to documents, documents to passages. Knows formats and windows; knows no index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, get_args

from bge_demo.analyses.inputs import checked_text
from bge_demo.analyses.text_files import decoded, records_of, without_delimiter_line
from bge_demo.embeddings import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.passage_index import Passage
from bge_demo.settings import Limits
from bge_demo.tokens import TokenizedText, without_surrogates
from bge_demo.windows import windows

Split = Literal["paragraphs", "lines", "windows"]
SPLITS: tuple[Split, ...] = get_args(Split)
FILE_TYPES = (".txt", ".md", ".csv", ".tsv", ".jsonl")
_TEXT_NAMES = ("text", "content", "passage", "body", "正文", "内容", "文本", "段落")
_ID_NAMES = ("id", "_id", "docid", "doc_id", "passage_id", "编号")
_TITLE_NAMES = ("title", "heading", "name", "标题", "名称")
# A block of code, whose comments look like headings, or a heading.
_CODE_OR_HEADING = re.compile(
    r"^ {0,3}(?P<fence>```+|~~~+).*?(?:^ {0,3}(?P=fence)|\Z)"
    r"|^ {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]+?)[ \t\r#]*$",
    re.MULTILINE | re.DOTALL,
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_NAME_CHARS = 200
# Texts tokenised at once: the tokens of a corpus would be many times its size.
_TEXTS_AT_ONCE = 64


@dataclass(frozen=True)
class Document:
    """A text before it is cut. `start` is where it begins in its file, if that is a text."""

    id: str
    text: str
    title: str = ""
    start: int = 0


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what; `id` and `title` may be left out."""

    text: str
    id: str = ""
    title: str = ""


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


def is_table(file_name: str) -> bool:
    """Whether files of this name have columns."""
    return _ending(file_name) in (".csv", ".tsv", ".jsonl")


def table_columns(file_name: str, file: bytes, limits: Limits) -> tuple[list[str], Columns]:
    """The names of a table's columns, and a guess at what they hold. Raises InputError for no table."""
    names, rows = read_table(file_name, decoded(file, limits))
    return names, _guessed_columns(names, rows)


def read_documents(
    file_name: str, file: bytes, columns: Columns | None, cutting: Cutting, limits: Limits
) -> list[Document]:
    """The documents of a txt, md, csv, tsv or jsonl file; a table's `columns` are guessed if None.

    Raises InputError for another kind of file, an unknown column, or an encoding that cannot be read.
    """
    text = decoded(file, limits)
    if is_table(file_name):
        return _row_documents(*read_table(file_name, text), columns)
    if _ending(file_name) == ".md":
        return _units(_sections(file_name, text), cutting.split)
    if _ending(file_name) == ".txt":
        return _units([Document(_short(file_name), text)], cutting.split)
    raise InputError("corpus.file_type", types=", ".join(FILE_TYPES))


def documents_of_paste(name: str, text: str, cutting: Cutting) -> list[Document]:
    """The documents of a pasted text."""
    return _units([Document(_short(name), without_surrogates(text))], cutting.split)


def cut_into_passages(
    encoder: Encoder, documents: Iterable[Document], cutting: Cutting, limits: Limits
) -> list[Passage]:
    """Every document whole, or in windows if it is longer than one.

    Raises InputError for too many passages, or none.
    """
    window = min(cutting.window_tokens, encoder.info.max_tokens - 2, limits.max_tokens - 2)
    sized = Cutting(cutting.split, window, min(cutting.overlap_tokens, (window - 1) // 2))
    passages: list[Passage] = []
    for document, tokenized in _tokenized(encoder, documents):
        passages += _cut(document, tokenized, sized)
        if len(passages) > limits.corpus_passages:
            raise InputError("corpus.too_many", limit=limits.corpus_passages)
    if not passages:
        raise InputError("corpus.empty")
    return passages


def passages_from_json(passages: object, most: int, limits: Limits) -> list[Passage]:
    """What a program sends: texts, or {"text", "id", "title"}; each is one passage, read as far as the model
    can. Raises InputError naming the row."""
    if not isinstance(passages, list):
        raise InputError("input.not_list")
    if not passages:
        raise InputError("corpus.empty")
    if len(passages) > most:
        raise InputError("input.too_many_rows", n_rows=len(passages), limit=most)
    return [_passage_from_json(row, passage, limits) for row, passage in enumerate(passages, start=1)]


def _passage_from_json(row: int, passage: object, limits: Limits) -> Passage:
    values = passage if isinstance(passage, dict) else {"text": passage}
    text = checked_text(values.get("text"), Phrase("field.row", row=row), limits)
    own_id = _short(str(values.get("id") or row))
    return Passage(own_id, text, _short(str(values.get("title") or "")), own_id)


def _tokenized(encoder: Encoder, documents: Iterable[Document]) -> Iterator[tuple[Document, TokenizedText]]:
    """Documents with all their tokens, a few at a time."""
    waiting: list[Document] = []
    for document in documents:
        waiting.append(document)
        if len(waiting) == _TEXTS_AT_ONCE:
            yield from zip(waiting, encoder.tokenize_whole([one.text for one in waiting]), strict=True)
            waiting = []
    yield from zip(waiting, encoder.tokenize_whole([one.text for one in waiting]), strict=True)


def _cut(document: Document, text: TokenizedText, cutting: Cutting) -> list[Passage]:
    pieces = windows(text, cutting.window_tokens, cutting.overlap_tokens)
    return [
        Passage(
            id=document.id if len(pieces) == 1 else f"{document.id}#{number}",
            text=document.text[piece.start : piece.end],
            title=document.title,
            document=document.id,
            start=document.start + piece.start,
        )
        for number, piece in enumerate(pieces, start=1)
    ]


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
    return [section for section in sections if section.text.strip()]


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
        if document.text[start:end].strip():
            yield Document(document.id, document.text[start:end], document.title, document.start + start)


def read_table(file_name: str, text: str) -> tuple[list[str], list[list[str]]]:
    """(column names, rows of cells) of a csv, tsv or jsonl file. Raises InputError for no table."""
    if _ending(file_name) == ".jsonl":
        return _json_table(text)
    text = without_delimiter_line(text)
    delimiter = "\t" if _ending(file_name) == ".tsv" else _delimiter(text)
    records = records_of(text, delimiter)
    if len(records) < 2:
        raise InputError("corpus.no_table")
    names = [name.strip() or f"{number}" for number, name in enumerate(records[0], start=1)]
    return names, [[*record, *[""] * len(names)][: len(names)] for record in records[1:]]


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max((",", ";", "\t"), key=header.count)


def _json_table(text: str) -> tuple[list[str], list[list[str]]]:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise InputError("corpus.bad_json", line=number)
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise InputError("corpus.no_table")
    return names, [[_cell(row.get(name)) for name in names] for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return without_surrogates(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _guessed_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns:
    """By name; the text is else the column with the longest cells."""
    lengths = [sum(len(row[number]) for row in rows) for number in range(len(names))]
    longest = names[lengths.index(max(lengths))] if rows else names[0]
    return Columns(
        text=_named(names, _TEXT_NAMES) or longest,
        id=_named(names, _ID_NAMES),
        title=_named(names, _TITLE_NAMES),
    )


def _named(names: Sequence[str], wanted: Sequence[str]) -> str:
    return next((name for name in names if name.lower() in wanted), "")


def _row_documents(
    names: Sequence[str], rows: Sequence[Sequence[str]], columns: Columns | None
) -> list[Document]:
    """A document for each row with a text; rows without an id are named by their number."""
    chosen = columns or _guessed_columns(names, rows)
    for name in (chosen.text, chosen.id, chosen.title):
        if name and name not in names:
            raise InputError("corpus.no_column", name=name[:_NAME_CHARS], names=", ".join(names))
    places = [names.index(name) if name else None for name in (chosen.text, chosen.id, chosen.title)]
    documents = []
    for number, row in enumerate(rows, start=1):
        text, own_id, title = ("" if place is None else row[place] for place in places)
        if text.strip():
            documents.append(Document(_short(own_id.strip()) or f"{number}", text, _short(title.strip())))
    return documents


def _ending(file_name: str) -> str:
    return PurePath(file_name).suffix.lower()


def _short(name: str) -> str:
    return without_surrogates(name)[:_NAME_CHARS]
