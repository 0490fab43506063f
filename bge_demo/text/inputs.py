"""Texts as users send them, checked in one place for the page and for programs alike. Weights
are checked beside the scores, pipelines beside retrieval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.readable import is_blank
from bge_demo.text.tokens import TokenizedText, without_surrogates

DEFAULT_LIMITS = Limits()


class Tokenizes(Protocol):
    """What cuts texts into the tokens that a model reads; an `Encoder` does."""

    def tokenize(self, texts: Sequence[str], max_tokens: int) -> list[TokenizedText]:
        """One result a text, cut after `max_tokens`."""
        ...


def checked_text(text: object, field: Phrase, limits: Limits, place: str | None = None) -> str:
    """A text of 1 to `limits.text_chars` characters. Raises InputError naming the field and the number, and
    its place in a program's request."""
    if not isinstance(text, str):
        raise _misfit("input.not_text", place, field=field)
    if is_blank(text):
        raise _misfit("input.blank", place, field=field)
    if len(text) > limits.text_chars:
        raise _misfit("input.too_long", place, field=field, n_chars=len(text), limit=limits.text_chars)
    return without_surrogates(text)


def _misfit(key: str, place: str | None, **values: object) -> InputError:
    error = InputError(key, **values)
    return error.at(place) if place else error


def checked_texts(texts: object, limits: Limits, name: str = "texts") -> list[str]:
    """A list of 1 to `limits.table_rows` texts, each within the limits. Raises InputError naming the row, and
    the item of the field `name`."""
    if not isinstance(texts, Sequence) or isinstance(texts, str):
        raise InputError("input.not_list").at(name)
    if not texts:
        raise InputError("input.no_rows").at(name)
    if len(texts) > limits.table_rows:
        raise InputError("input.too_many_rows", n_rows=len(texts), limit=limits.table_rows).at(name)
    return [checked_row(text, row, f"{name}[{row - 1}]", limits) for row, text in enumerate(texts, start=1)]


def checked_row(text: object, row: int, place: str, limits: Limits) -> str:
    """A text called by its row, counted from 1, which stands at that place of a program's request."""
    return checked_text(text, Phrase("field.row", row=row), limits, place)


def tokenize_within_limits(encoder: Tokenizes, texts: Sequence[str], limits: Limits) -> list[TokenizedText]:
    """The tokens each text will be read as. Raises InputError when all together are too many for one
    request."""
    tokenized = encoder.tokenize(texts, limits.max_tokens)
    n_tokens = sum(text.n_tokens for text in tokenized)
    if n_tokens > limits.request_tokens:
        raise InputError("input.too_many_tokens", n_tokens=n_tokens, limit=limits.request_tokens)
    return tokenized
