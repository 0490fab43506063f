"""What the first record of a table is, and what its columns hold. Knows no file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

TEXT_NAMES = ("text", "sentence", "content", "passage", "body", "正文", "内容", "文本", "句子", "段落")
ID_NAMES = ("id", "_id", "docid", "doc_id", "passage_id", "编号")
TITLE_NAMES = ("title", "heading", "name", "标题", "名称")
LANGUAGE_NAMES = ("language", "lang", "语言")
_OTHER_NAMES = (
    *(
        "label",
        "score",
        "grade",
        "group",
        "kind",
        "type",
        "url",
        "date",
        "category",
        "source",
        "note",
        "rank",
    ),
    *("query", "query-id", "query_id", "qid", "corpus-id", "corpus_id", "question", "answer", "relevant"),
    *("text_a", "text_b", "text1", "text2", "sentence1", "sentence2", "sentence_a", "sentence_b", "positive"),
    *(
        "relevant_ids",
        "标签",
        "分数",
        "类型",
        "类别",
        "日期",
        "来源",
        "查询",
        "问题",
        "答案",
        "相关",
        "相关段落",
    ),
)
KNOWN_NAMES = {*TEXT_NAMES, *ID_NAMES, *TITLE_NAMES, *LANGUAGE_NAMES, *_OTHER_NAMES}
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*%?")
_SENTENCE = re.compile(
    r".*[.!?。！？…]|.{60,}|.*[\u3040-\u30ff\u4e00-\u9fff]{12,}.*|(\S+\s+){4,}\S+", re.DOTALL
)


@dataclass(frozen=True)
class FirstRow:
    """Whether the first record names the columns, and whether that is certain."""

    is_header: bool
    is_sure: bool


def judged(records: Sequence[Sequence[str]]) -> FirstRow:
    """What the first record is: names, if one of them is a usual one; data, if it holds a number.

    What looks like a sentence, or stands alone in a single column, is data until somebody says otherwise:
    so nothing is lost. Names with nothing below them may as well be the only row.
    """
    first = [cell.strip() for cell in records[0]]
    is_named = bool({cell.lower() for cell in first} & KNOWN_NAMES)
    if any(_NUMBER.fullmatch(cell) for cell in first):
        return FirstRow(False, is_sure=not is_named)
    is_prose = any(_SENTENCE.fullmatch(cell) for cell in first)
    if is_named:
        return FirstRow(True, is_sure=not is_prose and len(records) > 1)
    return FirstRow(len(first) > 1 and len(records) > 1 and not is_prose and first[0] != "", is_sure=False)


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of a header, its blank ones by number and its repeated ones told apart.

    >>> column_names(["a", "", "a "])
    ('a', '2', 'a (2)')
    """
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, start=1):
        name, copies = cell.strip() or f"{number}", 1
        unique = name
        while unique in names:
            copies += 1
            unique = f"{name} ({copies})"
        names[unique] = None
    return tuple(names)


def guessed_text_column(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The column with a usual name, else the one with the longest cells."""
    lowered = [column.lower() for column in columns]
    for place, name in enumerate(lowered):
        if name in TEXT_NAMES:
            return columns[place]
    lengths = [sum(len(row[place]) for row in rows) for place in range(len(columns))]
    return columns[lengths.index(max(lengths))] if columns else ""
