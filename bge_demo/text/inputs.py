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


def checked_text(text: object, field: Phrase, limits: Limits) -> str:
    """A text of 1 to `limits.text_chars` characters. Raises InputError naming the field and the number."""
    if not isinstance(text, str):
        raise InputError("input.not_text", field=field)
    if is_blank(text):
        raise InputError("input.blank", field=field)
    if len(text) > limits.text_chars:
        raise InputError("input.too_long", field=field, n_chars=len(text), limit=limits.text_chars)
    return without_surrogates(text)


def checked_texts(texts: object, limits: Limits) -> list[str]:
    """A list of 1 to `limits.table_rows` texts, each within the limits. Raises InputError naming the row."""
    if not isinstance(texts, Sequence) or isinstance(texts, str):
        raise InputError("input.not_list")
    if not texts:
        raise InputError("input.no_rows")
    if len(texts) > limits.table_rows:
        raise InputError("input.too_many_rows", n_rows=len(texts), limit=limits.table_rows)
    return [
        checked_text(text, Phrase("field.row", row=row), limits) for row, text in enumerate(texts, start=1)
    ]


def tokenize_within_limits(encoder: Tokenizes, texts: Sequence[str], limits: Limits) -> list[TokenizedText]:
    """The tokens each text will be read as. Raises InputError when all together are too many for one
    request."""
    tokenized = encoder.tokenize(texts, limits.max_tokens)
    n_tokens = sum(text.n_tokens for text in tokenized)
    if n_tokens > limits.request_tokens:
        raise InputError("input.too_many_tokens", n_tokens=n_tokens, limit=limits.request_tokens)
    return tokenized
