"""Prunes the teacher's Unigram vocabulary to the pieces that our languages use.

Scores are kept, so that texts split as the teacher splits them, as far as the pieces are there.

Case is folded: a table that tells A from a would hold half as many words.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.compact_model.files import TEACHERS, WorkFolder, write_array

if TYPE_CHECKING:
    from tokenizers import Tokenizer

START, PAD, END, UNKNOWN = range(4)
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
SPACE = "▁"
VOCABULARY = 60_000
# Characters that the teacher does not know, mostly Hangul and Han, spelled out rather than lost.
EXTRA_CHARACTERS = 1_600
EXTRA_SCORE = -17.0
# Emoji, without the modifiers of skin tone. These and variation selectors say nothing: texts lose them; Nmt
# makes spaces of joiners. The shipped vocabulary holds pieces for them, which nothing reaches.
EMOJI_RANGES = (
    (0x2600, 0x27BF),
    (0x1F300, 0x1F64F),
    (0x1F680, 0x1F6FF),
    (0x1F900, 0x1F9FF),
    (0x1FA70, 0x1FAFF),
)
EMOJI_PARTS = "\u200d\ufe0f🏻🏼🏽🏾🏿"
# Languages whose words fall into many pieces get a larger share; en and zh are typed most.
SHARES = {"ar": 1.6, "ko": 1.6, "ru": 1.6, "th": 1.4, "tr": 1.6, "en": 1.5, "zh": 1.3}
COUNTED_TEXTS = 30_000
COUNTED_CHARS = 400
LONGEST_TOKENS = 2_048


class Teacher(Protocol):
    """What pruning asks of the teacher."""

    @property
    def pieces(self) -> object:
        """Its SentencePiece processor."""

    def vocabulary(self) -> list[tuple[str, float]]:
        """Pieces with log probabilities."""


def fold(text: str) -> str:
    """The text as the tokenizer sees it."""
    return unicodedata.normalize("NFKC", text).replace("İ", "i").lower()


def write_tokenizer(work: WorkFolder, teacher: Teacher, size: int = VOCABULARY) -> None:
    """Write the pruned tokenizer, its rows in the teacher's table, and every training text as token ids."""
    languages, texts = zip(*((row.language, row.text) for row in work.texts()), strict=True)
    characters = _characters(texts)
    vocabulary = teacher.vocabulary()
    known = {piece for piece, _ in vocabulary}
    extra = [c for c, n in characters.most_common() if n >= 2 and c not in known and _spelled(c)]
    extra = extra[:EXTRA_CHARACTERS]
    extra += [c for c in (*_emoji(), *EMOJI_PARTS) if c not in known and c not in extra]
    room = size - len(SPECIAL) - len(extra) - 1
    kept = _kept_pieces(vocabulary, _shares(teacher, languages, texts), characters, room)
    pieces = [vocabulary[i] for i in kept] + [(c, EXTRA_SCORE) for c in extra]
    tokenizer = build_tokenizer(pieces)
    tokenizer.save(str(work.tokenizer), pretty=False)
    rows = np.full(len(pieces) + len(SPECIAL) + 1, -1)
    rows[len(SPECIAL) : len(SPECIAL) + len(kept)] = kept
    write_array(work.teacher_pieces, rows)
    _write_ids(work, tokenizer, texts)
    for name in TEACHERS:
        work.piece_labels(name).unlink(missing_ok=True)  # Of the vocabulary before.


def spelled_pieces(work: WorkFolder) -> list[str]:
    """The text of each token in the order of their ids; the special tokens' is empty."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(work.tokenizer))
    pieces = [tokenizer.id_to_token(at) for at in range(tokenizer.get_vocab_size())]
    return ["" if piece in (*SPECIAL, MASK) else piece.replace(SPACE, " ").strip() for piece in pieces]


def worded_pieces(work: WorkFolder) -> NDArray[np.bool_]:
    """(vocabulary,) whether a token holds a letter or digit, or is an emoji."""
    return np.array([is_emoji(piece) or any(map(str.isalnum, piece)) for piece in spelled_pieces(work)])


def is_emoji(piece: str) -> bool:
    """Whether a piece is one emoji, which means something although it holds no letter."""
    return (
        len(piece) == 1
        and piece not in EMOJI_PARTS
        and any(first <= ord(piece) <= last for first, last in EMOJI_RANGES)
    )


def spoken(piece: str) -> str:
    """What a teacher is asked about a piece: an emoji's Unicode name, any other piece as it stands.

    >>> spoken("🍕"), spoken("pizza")
    ('slice of pizza', 'pizza')
    """
    return unicodedata.name(piece, piece).lower() if is_emoji(piece) else piece


def build_tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """A fast tokenizer in XLM-RoBERTa's layout over these pieces."""
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    vocabulary = [(s, 0.0) for s in SPECIAL] + list(pieces) + [(MASK, 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace("İ", "i"),
            normalizers.Replace(Regex(f"[{EMOJI_PARTS}]"), ""),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="always")
    tokenizer.add_special_tokens(
        [AddedToken(s, special=True, normalized=False) for s in SPECIAL]
        + [AddedToken(MASK, special=True, normalized=False, lstrip=True)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", START), ("</s>", END)]
    )
    return tokenizer


def _emoji() -> Iterator[str]:
    """Every emoji that Unicode has a name for."""
    characters = (chr(code) for first, last in EMOJI_RANGES for code in range(first, last + 1))
    return (c for c in characters if is_emoji(c) and unicodedata.name(c, ""))


def _characters(texts: Sequence[str]) -> Counter[str]:
    raw: Counter[str] = Counter()
    for text in texts:
        raw.update(text)
    folded: Counter[str] = Counter()
    for character, n in raw.items():
        for c in fold(character):
            folded[c] += n
    return folded


def _spelled(character: str) -> bool:
    return not character.isspace() and (character.isalnum() or unicodedata.category(character)[0] in "MSP")


def _shares(teacher: Teacher, languages: Sequence[str], texts: Sequence[str]) -> Counter[int]:
    """How often each piece occurs, as the sum of its shares of each language."""
    encode = teacher.pieces.encode  # type: ignore[attr-defined]
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    seen: Counter[str] = Counter()
    for at in np.random.default_rng(0).permutation(len(texts)):
        language = languages[at]
        if language and seen[language] < COUNTED_TEXTS:
            seen[language] += 1
            counts[language].update(encode(fold(texts[at][:COUNTED_CHARS]), out_type=int))
    shares: Counter[int] = Counter()
    for language, count in counts.items():
        for piece, n in count.items():
            shares[piece] += SHARES.get(language, 1.0) * n / count.total()  # type: ignore[assignment]
    return shares


def _kept_pieces(
    vocabulary: Sequence[tuple[str, float]], shares: Counter[int], characters: Counter[str], room: int
) -> list[int]:
    """Every single character of the corpus, and of the emoji, then the most frequent lower-case pieces."""
    from tools.compact_model.teacher_use import FIRST_PIECE

    def usable(i: int) -> bool:
        piece = vocabulary[i][0].replace(SPACE, " ")
        return i >= FIRST_PIECE and fold(piece) == piece

    kept = {i for i in range(len(vocabulary)) if usable(i) and _is_character(vocabulary[i][0], characters)}
    for i, _ in shares.most_common():
        if len(kept) >= room:
            break
        if usable(i):
            kept.add(i)
    return sorted(kept)


def _is_character(piece: str, characters: Counter[str]) -> bool:
    last = piece.removeprefix(SPACE)
    if piece == SPACE:
        return True
    return len(last) == 1 and (characters[last] > 0 or is_emoji(last))


def _write_ids(work: WorkFolder, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    """All texts as ids without the special tokens, one after another, and where each starts."""
    tokenizer.enable_truncation(LONGEST_TOKENS)
    parts = list(_encoded(tokenizer, texts))
    write_array(work.path / "ids.npy", np.concatenate(parts))
    write_array(work.path / "starts.npy", np.cumsum([0, *map(len, parts)]))


def _encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[NDArray[np.uint16]]:
    for at in range(0, len(texts), 20_000):
        for encoding in tokenizer.encode_batch_fast(list(texts[at : at + 20_000])):
            yield np.array(encoding.ids[1:-1], np.uint16)
