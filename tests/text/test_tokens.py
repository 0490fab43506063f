"""Tokens and words with exact offsets, in every script, cut at the right place, from many threads at once."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import regex
from fakes import AWKWARD_TEXTS, FakeEncoder
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bge_demo.checkpoints.cards import M3_COMPACT
from bge_demo.text.tokens import Token, TokenizedText, Tokenizer, Word, merge_words, without_surrogates

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LIMIT = 8192
SCRIPTS = (
    "abc XYZ'’.,-_ 3 14",
    "我喜欢看书的是 。，",
    "アイウーカタカナひらがな漢字",
    "한국어 각\u1112\u1161\u11ab",
    "الذكاءً ُ ـ",
    "ฉันรักภาษาไทยน้ำ ",
    "हिन्दीक्षमा ",
    "👨👩👧🏽❤️⌨🇩🇪🇫\u200d\ufe0f ",
    "ﬁ①㎏½ﷺİß™ℌｆ　",
    "\u0301\u0308\u200b\u200d\u200e\ufeff\u00ad\t\n\r\x00\u2028 e",
    "<s></s><mask><pad>▁ \ufffd",
)
mixed_texts = st.one_of(
    st.text(max_size=40),
    *(st.text(script, max_size=16) for script in SCRIPTS),
    st.lists(st.sampled_from(SCRIPTS).flatmap(lambda s: st.text(s, max_size=5)), max_size=5).map("".join),
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    assert M3_COMPACT.folder is not None
    return Tokenizer.from_folder(M3_COMPACT.folder)


@pytest.fixture(scope="module")
def reference() -> PreTrainedTokenizerBase:
    """The tokenizer as transformers cuts texts itself."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(M3_COMPACT.folder))


def _one(tokenizer: Tokenizer, text: str, max_tokens: int = LIMIT) -> TokenizedText:
    (tokenized,) = tokenizer([text], max_tokens)
    return tokenized


def _words(tokenizer: Tokenizer, text: str) -> list[str]:
    return [word.text for word in _one(tokenizer, text).words]


def _check_words(tokenized: TokenizedText) -> None:
    text, words = tokenized.text, tokenized.words
    bounds = {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
    for word in words:
        assert word.start < word.end
        assert text[word.start : word.end] == word.text
        assert {word.start, word.end} <= bounds, "a grapheme is cut"
        assert word.text.strip() != ""
    assert all(before.end <= after.start for before, after in pairwise(words))
    positions = [position for word in words for position in word.positions]
    assert all(before < after for before, after in pairwise(positions))
    assert set(positions) <= set(range(1, tokenized.n_tokens - 1))
    assert all(word.positions for word in words)


@pytest.mark.parametrize("text", AWKWARD_TEXTS)
@pytest.mark.parametrize("max_tokens", [LIMIT, 7])
def test_words_of_awkward_texts_are_exact(tokenizer: Tokenizer, text: str, max_tokens: int) -> None:
    _check_words(_one(tokenizer, text, max_tokens))


@given(mixed_texts, st.sampled_from([LIMIT, 5, 3]))
@settings(max_examples=400)
@example(" \u0301", LIMIT)
@example("cat \u0301", LIMIT)
@example("\u200d\ufe0f", LIMIT)
@example("🇩🇪🇫🇷🇯", LIMIT)
def test_words_of_any_text_are_exact(tokenizer: Tokenizer, text: str, max_tokens: int) -> None:
    _check_words(_one(tokenizer, text, max_tokens))


@given(mixed_texts)
@settings(max_examples=300)
def test_every_letter_and_digit_lies_in_a_word(tokenizer: Tokenizer, text: str) -> None:
    inside = {i for word in _one(tokenizer, text).words for i in range(word.start, word.end)}
    assert [(i, char) for i, char in enumerate(text) if char.isalnum() and i not in inside] == []


@pytest.mark.parametrize("text", AWKWARD_TEXTS)
def test_words_of_whole_tokens_are_exact_too(fake: FakeEncoder, text: str) -> None:
    (tokenized,) = fake.tokenize([text])
    _check_words(tokenized)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it's 3.14, reading!", ["it's", "3.14", ",", "reading", "!"]),
        ("don’t stop U.S.A", ["don’t", "stop", "U.S.A"]),
        ("snake_case e-mail", ["snake_case", "e", "-", "mail"]),
        ("Tiếng Việt", ["Tiếng", "Việt"]),
        ("我喜欢看书", ["我", "喜欢", "看", "书"]),
        ("コンピューター科学を", ["コンピューター", "科学", "を"]),
        ("الذكاء الاصطناعي يغير", ["الذكاء", "الاصطناعي", "يغير"]),
        ("يُغيِّر", ["يُغيِّر"]),
        ("ฉันรักภาษาไทย", ["ฉัน", "รัก", "ภาษาไทย"]),
        ("공항에서 수하물을", ["공항에서", "수하물을"]),
        ("हिन्दी में क्षमा", ["हिन्दी", "में", "क्षमा"]),
        ("a 👨‍👩‍👧‍👦 family", ["a", "👨‍👩‍👧‍👦", "family"]),
        ("🇩🇪 🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("cafe\u0301 e\u0301te\u0301", ["cafe\u0301", "e\u0301te\u0301"]),
        ("각\u1112\u1161\u11ab", ["각\u1112\u1161\u11ab"]),
        ("ﬁne ①㎏", ["ﬁne", "①", "㎏"]),
        ("İstanbul", ["İstanbul"]),
        ("ﷺ", ["ﷺ"]),
        ("ｆｕｌｌ　ｗｉｄｔｈ", ["ｆｕｌｌ", "ｗｉｄｔｈ"]),
        ("AI正在改变world", ["AI", "正在", "改变", "world"]),
        ("word</s>end", ["word", "</s>", "end"]),
        (" \t\n", []),
        ("", []),
    ],
)
def test_words_are_what_a_reader_sees(tokenizer: Tokenizer, text: str, words: list[str]) -> None:
    assert _words(tokenizer, text) == words


def test_words_carry_offsets_and_positions() -> None:
    tokens = [Token(0, "<s>", 0, 0), Token(4, "▁read", 0, 4), Token(5, "ing", 4, 7), Token(6, "▁is", 7, 10)]
    assert merge_words("reading is", [*tokens, Token(2, "</s>", 0, 0)]) == (
        Word("reading", 0, 7, (1, 2)),
        Word("is", 8, 10, (3,)),
    )


def _in_pieces(text: str, width: int) -> TokenizedText:
    """A text as a tokenizer would cut it that knows nothing but the number of code points."""
    cuts = [(start, min(start + width, len(text))) for start in range(0, len(text), width)]
    marks = (Token(0, "<s>", 0, 0), Token(2, "</s>", 0, 0))
    tokens = (marks[0], *(Token(4, text[start:end], start, end) for start, end in cuts), marks[1])
    return TokenizedText(text, tokens, len(tokens))


@given(mixed_texts, st.integers(1, 3))
@settings(max_examples=400)
def test_words_are_exact_wherever_a_tokenizer_cuts(text: str, width: int) -> None:
    _check_words(_in_pieces(text, width))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it's 3.14", ["it's", "3.14"]),
        ("日本語", ["日", "本", "語"]),
        ("カタカナ", ["カタカナ"]),
        ("ཀཁ", ["ཀ", "ཁ"]),
        ("🇩🇪🇫🇷🇯", ["🇩🇪", "🇫🇷", "🇯"]),
        ("👨‍👩‍👧👍🏽", ["👨‍👩‍👧", "👍🏽"]),
        ("e\u0301\u0302t", ["e\u0301\u0302t"]),
    ],
)
def test_words_come_together_from_single_code_points(text: str, words: list[str]) -> None:
    assert [word.text for word in _in_pieces(text, 1).words] == words


def test_a_bare_mark_belongs_to_no_word(tokenizer: Tokenizer) -> None:
    tokenized = _one(tokenizer, "コン")
    assert tokenized.tokens[1].piece == "▁"
    assert [word.positions for word in tokenized.words] == [(2,)]


@pytest.mark.parametrize(
    ("text", "is_content"),
    [("a", True), ("3.14", True), ("书", True), ("🙂", True), ("…", False), ("-", False), ("、", False)],
)
def test_a_keyword_needs_a_letter_a_digit_or_a_pictogram(text: str, is_content: bool) -> None:
    assert Word(text, 0, len(text), (1,)).is_content is is_content


def test_fifty_thousand_flags_are_words_within_seconds(tokenizer: Tokenizer) -> None:
    tokenized = _one(tokenizer, "🇩🇪" * 25_000)
    started = time.perf_counter()
    assert len(tokenized.words) >= 1
    assert time.perf_counter() - started < 5
    _check_words(_one(tokenizer, "🇩🇪" * 20))


@pytest.mark.parametrize("text", ["x\ud800y", "\udfff", "我\udc00 喜\ud83d欢", "\ud83d\ude00"])
def test_lone_surrogates_keep_length_and_offsets(tokenizer: Tokenizer, text: str) -> None:
    tokenized = _one(tokenizer, text)
    assert len(tokenized.text) == len(text)
    assert "\ufffd" in tokenized.text
    assert tokenized.text.encode("utf-8")
    _check_words(tokenized)


@given(st.text(st.characters(categories=("Cs", "Lu", "Lo", "Zs")), max_size=12))
def test_replacing_surrogates_touches_nothing_else(text: str) -> None:
    cleaned = without_surrogates(text)
    assert [i for i, char in enumerate(text) if cleaned[i] != char] == [
        i for i, char in enumerate(text) if "\ud800" <= char <= "\udfff"
    ]


@pytest.mark.parametrize("max_tokens", [3, 4, 8, 64, 512, LIMIT])
def test_texts_are_cut_as_transformers_cuts_them(
    tokenizer: Tokenizer, reference: PreTrainedTokenizerBase, max_tokens: int
) -> None:
    expected = reference(list(AWKWARD_TEXTS), truncation=True, max_length=max_tokens)["input_ids"]
    found = tokenizer(AWKWARD_TEXTS, max_tokens)
    assert [one.ids for one in found] == expected
    uncut = [len(ids) for ids in reference(list(AWKWARD_TEXTS))["input_ids"]]
    assert [one.n_tokens_uncut for one in found] == uncut
    assert [one.truncated for one in found] == [n > max_tokens for n in uncut]


def test_the_cut_falls_exactly_at_the_limit(tokenizer: Tokenizer) -> None:
    text = "word " * 30
    whole = _one(tokenizer, text)
    assert (whole.n_tokens, whole.truncated) == (32, False)
    assert _one(tokenizer, text, 32) == whole
    cut = _one(tokenizer, text, 31)
    assert (cut.n_tokens, cut.n_tokens_uncut, cut.truncated) == (31, 32, True)
    assert cut.ids == [*whole.ids[:30], whole.ids[-1]]
    assert cut.tokens[-1].piece == "</s>"


def test_texts_stay_in_order_and_none_gives_none(tokenizer: Tokenizer) -> None:
    texts = [f"number {i}" for i in range(50)]
    assert [one.text for one in tokenizer(texts, LIMIT)] == texts
    assert tokenizer([], LIMIT) == []


def test_pieces_keep_their_word_mark(tokenizer: Tokenizer) -> None:
    tokenized = _one(tokenizer, "reading")
    assert [tokenizer.piece(i) for i in tokenized.ids] == [token.piece for token in tokenized.tokens]
    assert tokenizer.piece(tokenized.ids[1]).startswith("▁")
    assert tokenizer.piece(10**9) == "<1000000000>"


def test_eight_threads_with_different_lengths_get_their_own_cut(tokenizer: Tokenizer) -> None:
    texts = [f"{'one two three four five ' * n}end" for n in (1, 4, 20)]
    lengths = [3, 4, 5, 8, 16, 33, 64, LIMIT]
    expected = {n: [one.ids for one in tokenizer(texts, n)] for n in lengths}
    assert len({str(ids) for ids in expected.values()}) == len(lengths)

    def run(seed: int) -> int:
        order = random.Random(seed).choices(lengths, k=150)
        for n in order:
            found = tokenizer(texts, n)
            assert [one.ids for one in found] == expected[n]
            assert [one.n_tokens for one in found] == [min(n, one.n_tokens_uncut) for one in found]
        return len(order)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(run, range(8))) == 1200
