"""Stand-ins for the tests: an encoder and an engine to work out by hand, and texts that break things."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.encoder.contract import Embeddings, FloatArray, ModelInfo, SparseVector
from bge_demo.encoder.engines import HeadOutputs
from bge_demo.text.tokens import Token, TokenizedText, without_surrogates

START, END = Token(0, "<s>", 0, 0), Token(2, "</s>", 0, 0)
FIRST_WORD_ID = 4
GARBAGE = 9.0  # At padding and special tokens, where nobody may look.
_WORD = re.compile(r"\S+")


class FakeEncoder:
    """Whitespace-separated words as tokens; every new word gets the next dimension of its own.

    Equal texts score 1 with every head, texts without a common word 0. Between them: dense is the cosine of
    the word counts; a sparse weight is 1 / sqrt(distinct words of the text); a ColBERT row is the axis of its
    word, and the row of `</s>` is the text's dense vector.
    "red cat" against "red dog": dense 1/2, sparse 1/2, ColBERT (1 + 0 + 1/sqrt(2)) / 3.
    `encoded` keeps the texts of every call of `encode`.
    """

    def __init__(self, dim: int = 4096, max_tokens: int = 8192) -> None:
        self._ids: dict[str, int] = {}
        self._dim = dim
        self._max_tokens = max_tokens
        self._lock = threading.Lock()
        self.encoded: list[list[str]] = []

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(
            name="fake",
            revision="1",
            precision="fp32",
            engine="fake",
            device="cpu",
            dim=self._dim,
            max_tokens=self._max_tokens,
        )

    @property
    def shape(self) -> ModelShape:
        return ModelShape(1, self._dim, self._dim)

    def tokenize(self, texts: Sequence[str], max_length: int | None = None) -> list[TokenizedText]:
        longest = max(3, min(max_length or self._max_tokens, self._max_tokens))
        return [self._tokenized(without_surrogates(text), longest) for text in texts]

    def tokenize_whole(self, texts: Sequence[str]) -> list[TokenizedText]:
        return [self._tokenized(without_surrogates(text), sys.maxsize) for text in texts]

    def piece(self, token_id: int) -> str:
        specials = {0: "<s>", 1: "<pad>", 2: "</s>", 3: "<unk>"}
        return specials.get(token_id) or next("▁" + word for word, i in self._ids.items() if i == token_id)

    def encode(
        self,
        texts: Sequence[str],
        dense: bool = True,
        sparse: bool = True,
        colbert: bool = True,
        max_length: int | None = None,
    ) -> Embeddings:
        return self.encode_tokens(self.tokenize(texts, max_length), dense, sparse, colbert)

    def encode_tokens(
        self,
        tokenized: Sequence[TokenizedText],
        dense: bool = True,
        sparse: bool = True,
        colbert: bool = True,
    ) -> Embeddings:
        self.encoded.append([text.text for text in tokenized])
        dense_rows = np.array([self._dense(text) for text in tokenized], np.float32).reshape(-1, self._dim)
        colbert_rows = [
            self._colbert(text, row) for text, row in zip(tokenized, dense_rows, strict=True) if colbert
        ]
        return Embeddings(
            dense=dense_rows if dense else None,
            sparse=[_sparse(text) for text in tokenized] if sparse else None,
            colbert=colbert_rows if colbert else None,
            n_tokens=[text.n_tokens for text in tokenized],
            truncated=[text.truncated for text in tokenized],
        )

    def _tokenized(self, text: str, longest: int) -> TokenizedText:
        words = [
            Token(self._id(match.group()), "▁" + match.group(), *match.span())
            for match in _WORD.finditer(text)
        ]
        return TokenizedText(text, (START, *words[: longest - 2], END), len(words) + 2)

    def _id(self, word: str) -> int:
        with self._lock:
            token_id = self._ids.setdefault(word, FIRST_WORD_ID + len(self._ids))
        if token_id >= self._dim:
            raise RuntimeError(f"more than {self._dim} words: make a FakeEncoder with a larger dim")
        return token_id

    def _dense(self, text: TokenizedText) -> FloatArray:
        row = np.zeros(self._dim, np.float32)
        for token_id, count in Counter(_word_ids(text)).items():
            row[token_id] = count
        if not row.any():
            row[START.id] = 1  # A text without words is like every other text without words.
        unit: FloatArray = row / np.linalg.norm(row)
        return unit

    def _colbert(self, text: TokenizedText, dense: FloatArray) -> FloatArray:
        rows = np.zeros((text.n_tokens - 1, self._dim), np.float32)
        rows[np.arange(text.n_tokens - 2), _word_ids(text)] = 1
        rows[-1] = dense
        return rows


def _word_ids(text: TokenizedText) -> list[int]:
    return text.ids[1:-1]


def _sparse(text: TokenizedText) -> SparseVector:
    distinct = set(_word_ids(text))
    return {token_id: len(distinct) ** -0.5 for token_id in sorted(distinct)}


class ArithmeticEngine:
    """Outputs that name their input: dense is (length, second id, sum of ids, 0), a weight is id / 1e5, a
    ColBERT row is (id, position, 0, 0). Keeps the shape and the texts of every pass."""

    name, device, precision, dim = "arithmetic", "cpu", "fp32", 4

    def __init__(self) -> None:
        self.shapes: list[tuple[int, int]] = []
        self.texts: list[tuple[int, ...]] = []
        self.colbert_asked: list[bool] = []
        self.padding: set[int] = set()
        self.most_at_once = 0
        self.failures_left = 0
        self._inside = 0

    def forward(
        self, token_ids: NDArray[np.int64], attention_mask: NDArray[np.int64], colbert: bool
    ) -> HeadOutputs:
        self._inside += 1
        self.most_at_once = max(self.most_at_once, self._inside)
        time.sleep(0.001)
        self._inside -= 1
        if self.failures_left:
            self.failures_left -= 1
            raise ZeroDivisionError
        self._note(token_ids, attention_mask, colbert)
        kept = attention_mask == 1
        special = kept & np.isin(token_ids, (0, 2))
        lengths, sums = attention_mask.sum(axis=1), (token_ids * attention_mask).sum(axis=1)
        dense = np.stack([lengths, token_ids[:, 1], sums, 0 * sums], axis=1).astype(np.float32)
        weights = np.where(kept & ~special, token_ids / 1e5, GARBAGE).astype(np.float32)
        places = np.broadcast_to(np.arange(token_ids.shape[1]), token_ids.shape)
        rows = np.stack([token_ids, places, 0 * places, 0 * places], axis=2).astype(np.float32)
        rows[~kept] = GARBAGE
        return HeadOutputs(dense, weights, rows[:, 1:] if colbert else None)

    def _note(self, token_ids: NDArray[np.int64], mask: NDArray[np.int64], colbert: bool) -> None:
        n_texts, longest = token_ids.shape
        self.shapes.append((n_texts, longest))
        self.colbert_asked.append(colbert)
        self.padding.update(token_ids[mask == 0].tolist())
        for row, kept in zip(token_ids, mask, strict=True):
            assert kept.tolist() == sorted(kept.tolist(), reverse=True), "padding stands at the end"
            self.texts.append(tuple(row[kept == 1].tolist()))


AWKWARD_TEXTS = (
    "",
    " ",
    "\t\n\r ",
    "\u3000\u00a0",
    "a",
    "我",
    ".",
    "▁",
    "🙂",
    "👨‍👩‍👧‍👦 一家人 👩🏽‍🚀",
    "🇩🇪🇫🇷🇯",
    "❤️ ⌨︎ 1️⃣",
    "I like reading; it's 3.14!",
    "我喜欢看书，阅读使我快乐。",
    "コンピューターの科学とﾊﾝｶｸ",
    "공항에서 수하물을 잃어버리면",
    "각\u1112\u1161\u11ab decomposed",
    "الذكاء الاصطناعي يُغيّر العالم",
    "שלום עולם",
    "ฉันรักภาษาไทยน้ำ",
    "हिन्दी में क्षमा",
    "ខ្ញុំស្រលាញ់ភាសាខ្មែរ",
    "О потере багажа сообщите на стойку",
    "Tiếng Việt có dấu",
    "AI正在改变世界 и мир のworld",
    "cafe\u0301 Z\u0351\u036b\u0343a\u0300\u0301\u0302lgo",
    " \u0301 mark on a space",
    "ﬁne ①㎏ ½ ﷺ",
    "ｆｕｌｌ　ｗｉｄｔｈ１２３",
    "İstanbul ıI ẞß ΣΑΣ ς",
    "\x00\x07\x1b[31mcontrol\x7f",
    "zero\u200bwidth\u200d\u2060\ufeffjoin\u00ading",
    "\u202eright to left override\u202c",
    "</s>",
    "<s> literal </s> marks <pad> <unk> <mask>",
    "\ufffd replacement \ue000 private \U0010ffff",
    "<script>alert('x')</script> &amp; \"quoted\"",
    "=SUM(A1:A9)",
    "https://example.org/a?b=c&d=%20#e user@example.org",
    "def f(x): return {'k': [1, 2.5e-3]}  # code",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠮷野家",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "no " * 60,
    "word " * 600,
    "长文本" * 300,
    "🇨🇳" * 300,
)
