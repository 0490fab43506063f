"""Texts to tokens, tokens to words, both with exact offsets into the text. Knows no vectors and no scores."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import regex

from bge_demo.text.graphemes import grapheme_bounds, without_flags

if TYPE_CHECKING:
    from tokenizers import Tokenizer as FastTokenizer

WORD_MARK = "▁"
UNKNOWN_PIECE = "<unk>"
# Control characters that XLM-RoBERTa's normaliser deletes.
_DROPPED = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Scripts written without spaces: there a sub-word piece is the nearest thing to a word. Katakana runs are
# kept whole.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]")
_WORD_BOUNDARY = regex.compile(r"\b", regex.WORD)
_INVISIBLE = {"Zs", "Zl", "Zp", "Cc", "Cf"}


class Token(NamedTuple):
    """One position of the model's input, standing for `text[start:end]`; `<s>` and `</s>` for nothing."""

    id: int
    piece: str
    start: int
    end: int

    @property
    def is_unknown(self) -> bool:
        """Whether the vocabulary lacks what stands here; a run of such characters is one token."""
        return self.piece == UNKNOWN_PIECE


@dataclass(frozen=True)
class Word:
    """A run of tokens that a reader sees as one word: `text == source[start:end]`.

    `positions` index `TokenizedText.tokens`; the ColBERT row of a position p is p - 1.
    """

    text: str
    start: int
    end: int
    positions: tuple[int, ...]

    @property
    def is_content(self) -> bool:
        """False for punctuation: a keyword needs a letter, a digit or a pictogram."""
        return any(char.isalnum() or unicodedata.category(char) == "So" for char in self.text)


@dataclass(frozen=True)
class TokenizedText:
    """The tokens the model reads of a text, `<s>` first and `</s>` last, and how many the whole text has."""

    text: str
    tokens: tuple[Token, ...]
    n_tokens_uncut: int

    @property
    def n_tokens(self) -> int:
        """Tokens read, the two special ones included."""
        return len(self.tokens)

    @property
    def truncated(self) -> bool:
        """Whether the end of the text was cut off."""
        return self.n_tokens_uncut > self.n_tokens

    @cached_property
    def ids(self) -> list[int]:
        """(n_tokens,) token ids."""
        return [token.id for token in self.tokens]

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the tokens read, in text order; see `merge_words`."""
        return merge_words(self.text, self.tokens)


@dataclass(frozen=True)
class SavedTokenizer:
    """A tokenizer as plain values: its JSON and the ids transformers knows beside it."""

    json: str
    special_ids: list[int]
    end_id: int
    padding_id: int


def readable_piece(piece: str) -> str:
    """A token as a reader who knows no tokenizer reads it; a bare mark of a word's start is a blank.

    >>> [readable_piece(piece) for piece in ("▁read", "ing", "▁")]
    ['read', 'ing', '␣']
    """
    return piece.removeprefix(WORD_MARK) or "␣"


class Tokenizer:
    """A checkpoint's tokenizer without state: it cuts texts itself.

    transformers' fast tokenizers keep the truncation of the last caller in a shared object, so concurrent
    calls with different lengths get each other's cut. Here the shared object never truncates, which makes
    the race impossible and lets token counts go on while the model computes.
    """

    def __init__(self, fast: FastTokenizer, special_ids: Sequence[int], end_id: int, padding_id: int) -> None:
        fast.no_truncation()
        fast.no_padding()
        self._fast = fast
        self._end_id = end_id
        self._unknown_id = fast.token_to_id(UNKNOWN_PIECE)
        self.padding_id = padding_id
        self.special_ids = frozenset(special_ids)

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """The tokenizer FlagEmbedding would use. Raises OSError or ValueError as transformers does."""
        from tokenizers import Tokenizer as FastTokenizer
        from transformers import AutoTokenizer

        loaded = AutoTokenizer.from_pretrained(str(folder))
        fast = FastTokenizer.from_str(loaded.backend_tokenizer.to_str())
        # No weight is ever given to these, as in FlagEmbedding's lexical weights.
        special = (loaded.cls_token_id, loaded.eos_token_id, loaded.pad_token_id, loaded.unk_token_id)
        return cls(fast, special, loaded.eos_token_id, loaded.pad_token_id)

    @classmethod
    def from_saved(cls, saved: SavedTokenizer) -> Tokenizer:
        """The same tokenizer again, without transformers (whose import brings torch along)."""
        from tokenizers import Tokenizer as FastTokenizer

        return cls(FastTokenizer.from_str(saved.json), saved.special_ids, saved.end_id, saved.padding_id)

    @property
    def saved(self) -> SavedTokenizer:
        """This tokenizer for `from_saved`."""
        return SavedTokenizer(self._fast.to_str(), sorted(self.special_ids), self._end_id, self.padding_id)

    def __call__(self, texts: Sequence[str], max_tokens: int) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), each cut to `max_tokens` >= 2 tokens. Lone surrogates become U+FFFD."""
        cleaned = [without_surrogates(text) for text in texts]
        # Marks that every checkpoint drops would leave offsets one short when a text starts with them.
        starts = [_dropped_at_start(text) for text in cleaned]
        encodings = self._fast.encode_batch(
            [text[start:] for text, start in zip(cleaned, starts, strict=True)]
        )
        return [
            self._cut(text, start, encoding, max_tokens)
            for text, start, encoding in zip(cleaned, starts, encodings, strict=True)
        ]

    def piece(self, token_id: int) -> str:
        """The vocabulary's own spelling of a token, `▁` included; `▁foo` and `foo` stay apart."""
        return self._fast.id_to_token(token_id) or f"<{token_id}>"

    def _cut(self, text: str, shift: int, encoding: object, max_tokens: int) -> TokenizedText:
        ids: list[int] = encoding.ids  # type: ignore[attr-defined]
        pieces: list[str] = encoding.tokens  # type: ignore[attr-defined]
        offsets: list[tuple[int, int]] = encoding.offsets  # type: ignore[attr-defined]
        n_read = len(ids) if len(ids) <= max_tokens else max_tokens - 1
        tokens = [
            # For what the vocabulary lacks, tokenizers gives the text itself as the piece.
            Token(i, UNKNOWN_PIECE if i == self._unknown_id else piece, *_shifted(start, end, shift))
            for i, piece, (start, end) in zip(ids[:n_read], pieces, offsets, strict=False)
        ]
        if n_read < len(ids):
            tokens.append(Token(self._end_id, self.piece(self._end_id), 0, 0))
        return TokenizedText(text, tuple(tokens), len(ids))


def _dropped_at_start(text: str) -> int:
    match = _DROPPED.match(text)
    return match.end() if match else 0


def _shifted(start: int, end: int, shift: int) -> tuple[int, int]:
    # Special tokens stand for nothing, at 0.
    return (start + shift, end + shift) if end else (0, 0)


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry, by U+FFFD; the length and all offsets stay."""
    return _SURROGATE.sub("\ufffd", text)


def merge_words(text: str, tokens: Sequence[Token]) -> tuple[Word, ...]:
    """Merge sub-word tokens into words with exact offsets.

    Spaced scripts follow the Unicode word boundaries (so `it's` and `3.14` are one word each); in unspaced
    scripts each token is a word. A word never starts or ends inside a grapheme: combining marks, ZWJ emoji
    and flags stay whole.
    `['▁read', 'ing', '▁is']` over "reading is" -> `reading` (0, 7), `is` (8, 10).
    """
    graphemes = grapheme_bounds(text).tolist()
    boundaries = [match.start() for match in _WORD_BOUNDARY.finditer(without_flags(text))]
    merged: list[Word] = []
    for position, token in enumerate(tokens):
        start, end = _visible_span(text, token)
        if start >= end:
            continue
        start, end = graphemes[bisect_right(graphemes, start) - 1], graphemes[bisect_left(graphemes, end)]
        if merged and _continues(text, start, merged[-1], boundaries):
            last = merged.pop()
            start, end = last.start, max(last.end, end)
            merged.append(Word(text[start:end], start, end, (*last.positions, position)))
        else:
            merged.append(Word(text[start:end], start, end, (position,)))
    return tuple(merged)


def _visible_span(text: str, token: Token) -> tuple[int, int]:
    """The token's span without the space before it; empty for special and `▁`-only tokens."""
    if token.piece == WORD_MARK:
        return 0, 0
    start, end = token.start, token.end
    while start < end and unicodedata.category(text[start]) in _INVISIBLE:
        start += 1
    while end > start and unicodedata.category(text[end - 1]) in _INVISIBLE:
        end -= 1
    return start, end


def _continues(text: str, start: int, last: Word, boundaries: list[int]) -> bool:
    """Whether a token whose first grapheme starts at `start` belongs to the word before it."""
    if start < last.end:
        return True
    if _UNSPACED.match(text, start) or _UNSPACED.match(text, last.end - 1):
        return False
    return bisect_right(boundaries, start) == bisect_right(boundaries, last.start)
