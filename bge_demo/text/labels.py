"""Labels as people write them, to numbers: yes/no words of many languages, 0/1, grades. Knows no pairs."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bge_demo.errors import InputError
from bge_demo.text.tokens import without_surrogates

# One word for each way to say that two texts belong together, and that they do not.
_YES = """yes y true t match matching same similar duplicate positive pos relevant related paraphrase
是 是的 对 真 相同 相似 相关 有关 匹配 重复 一样 同 對 相關 相同 重複 да истина совпадает похоже д
ja wahr gleich oui vrai sí si verdadero sim verdadeiro sì vero waar tak prawda evet doğru
はい 真 同じ 関連 예 네 참 같음 نعم صحيح ใช่ จริง हाँ haan có đúng ya"""
_NO = """no n false f mismatch different dissimilar unique negative neg irrelevant unrelated nonmatch
否 不 不是 错 假 不同 不相同 不相似 不相关 无关 無關 不匹配 不重复 異 錯 不相關 нет ложь различается н
nein falsch verschieden non faux falso não nao nee onwaar nie fałsz hayır yanlış
いいえ 偽 違う 無関係 아니요 아니오 거짓 다름 لا خطأ ไม่ ไม่ใช่ เท็จ नहीं nahin không sai tidak"""
_WORDS = {word: 1.0 for word in _YES.split()} | {word: 0.0 for word in _NO.split()}
_SHOWN = 5


@dataclass(frozen=True)
class LabelMeaning:
    """How often a label stands in the column and what it is taken for; None: not labelled."""

    label: str
    value: float | None
    n: int

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Labels:
    """The numbers of a column, None where a row has no label, and the meaning of every spelling."""

    values: tuple[float | None, ...]
    meanings: tuple[LabelMeaning, ...]

    @property
    def distinct(self) -> tuple[float, ...]:
        """The different numbers, ascending."""
        return tuple(sorted({value for value in self.values if value is not None}))


def read_labels(column: Sequence[object]) -> Labels:
    """Labels as they stand in a column, with rows counted from 1. Raises InputError naming unknown ones.

    >>> read_labels(["是", "否", " 1", True, "0,0"]).values
    (1.0, 0.0, 1.0, 1.0, 0.0)
    >>> read_labels([3, "0.7", ""]).values
    (3.0, 0.7, None)
    """
    spellings = [_spelling(label) for label in column]
    known = {spelling: _number(spelling) for spelling in spellings if spelling}
    unknown = [row for row, spelling in enumerate(spellings, 1) if spelling and known[spelling] is None]
    if unknown:
        words = list(dict.fromkeys(spellings[row - 1] for row in unknown))
        raise InputError(
            "labels.unknown",
            labels=", ".join(without_surrogates(word[:40]) for word in words[:_SHOWN]),
            rows=row_numbers(unknown),
            n=len(unknown),
        )
    meanings = [
        LabelMeaning(without_surrogates(spelling[:40]), known.get(spelling), n)
        for spelling, n in Counter(spellings).items()
    ]
    by_value = sorted(meanings, key=lambda one: (one.value is None, -(one.value or 0.0), one.label))
    return Labels(tuple(known.get(spelling) for spelling in spellings), tuple(by_value))


def is_known(label: str) -> bool:
    """Whether a label is a number or a word that stands for one."""
    return _number(_spelling(label)) is not None


def is_number(label: str) -> bool:
    """Whether a label is written as a number."""
    return is_known(label) and _spelling(label) not in _WORDS


def row_numbers(rows: Sequence[int]) -> str:
    """The first few numbers of rows, and how many there are besides.

    >>> row_numbers([3, 7, 9, 11, 12, 20, 21])
    '3, 7, 9, 11, 12, … (7)'
    """
    shown = ", ".join(str(row) for row in rows[:_SHOWN])
    return f"{shown}, … ({len(rows)})" if len(rows) > _SHOWN else shown


def _spelling(label: object) -> str:
    """The label without differences of case, width and blanks; "" where there is none."""
    if label is None:
        return ""
    return " ".join(unicodedata.normalize("NFKC", str(label)).split()).casefold()


def _number(spelling: str) -> float | None:
    if spelling in _WORDS:
        return _WORDS[spelling]
    try:
        value = float(spelling.replace(",", ".") if spelling.count(",") == 1 else spelling)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
