"""BGE-M3's tokenizer pruned to the pieces that our languages use. Knows nothing of weights and vectors.

multilingual-e5-small has BGE-M3's 250 002 pieces in BGE-M3's order, so its file is where they come from.
Scores, normalisation and case are kept: a text falls into the pieces it has in BGE-M3 as far as they are
there, and into smaller ones of BGE-M3 where they are not.
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.compact_model.e5 import E5File
from tools.compact_model.files import WorkFolder, write_array, write_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer

START, PAD, END, UNKNOWN = range(4)
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
SPACE = "▁"
# With 12 layers of 384 the checkpoint then stays below 95 MB.
VOCABULARY = 55_000
# Scripts that none of the languages is written in; the rest of the single characters, emoji among them, stay.
OTHER_SCRIPTS = frozenset(
    "ETHIOPIC MYANMAR DEVANAGARI ARMENIAN KHMER MALAYALAM GUJARATI BENGALI ORIYA KANNADA TELUGU SINHALA "
    "GURMUKHI HEBREW LAO TAMIL GEORGIAN CHAM SYRIAC CANADIAN MONGOLIAN TIBETAN CHEROKEE THAANA TIFINAGH NKO "
    "BALINESE JAVANESE SUNDANESE RUNIC GOTHIC COPTIC YI VAI OL LIMBU TAI NEW".split()
)
# Languages whose words fall into many pieces get a larger share; en and zh are typed most.
SHARES = {"ar": 1.5, "ko": 1.5, "ru": 1.5, "th": 1.3, "tr": 1.3, "en": 2.0, "zh": 1.5, "zh-TW": 0.7}
SENTENCE_ENDS = ".。!?؟"
COUNTED_TEXTS = 40_000
COUNTED_CHARS = 400
LONGEST_TOKENS = 2_048


def write_tokenizer(work: WorkFolder, file: E5File, room: int = VOCABULARY) -> int:
    """Write the pruned tokenizer, its pieces' ids in BGE-M3, and all training texts as ids. The number of
    pieces.
    """
    rows = list(work.texts())
    texts = [row.text for row in rows]
    kept = kept_pieces(file, [row.language for row in rows], texts, room)
    tokenizer = build_tokenizer(file, kept)
    tokenizer.save(str(work.tokenizer), pretty=False)
    write_json(work.kept_pieces, kept)
    write_ids(work, tokenizer, texts)
    return len(kept)


def write_ids(work: WorkFolder, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    """All texts as ids without the marks, one after another, and where each starts."""
    parts = list(encoded(tokenizer, texts))
    write_array(work.path / "ids.npy", np.concatenate(parts))
    write_array(work.path / "starts.npy", np.cumsum([0, *map(len, parts)]))


def kept_pieces(file: E5File, languages: Sequence[str], texts: Sequence[str], room: int) -> list[int]:
    """BGE-M3's ids of the pieces to keep, ascending: the marks, single characters, and the most used ones."""
    kept = {START, PAD, END, UNKNOWN, len(file.pieces) - 1}
    kept |= {at for at, (piece, _) in enumerate(file.pieces) if is_kept_character(piece)}
    for piece, _ in _shares(full_tokenizer(file), languages, texts).most_common():
        if len(kept) >= room:
            break
        kept.add(piece)
    return sorted(kept)


def is_kept_character(piece: str) -> bool:
    """Whether a piece is one character, with or without a space before it, of a script that is kept.

    >>> [is_kept_character(x) for x in ("▁", "▁水", "🍕", "水平", "ሀ")]
    [True, True, True, False, False]
    """
    bare = piece.removeprefix(SPACE)
    if len(bare) != 1:
        return piece == SPACE
    return unicodedata.name(bare, "?").split()[0] not in OTHER_SCRIPTS


def full_tokenizer(file: E5File) -> Tokenizer:
    """BGE-M3's own tokenizer."""
    return build_tokenizer(file, range(len(file.pieces)))


def build_tokenizer(file: E5File, kept: Sequence[int]) -> Tokenizer:
    """A fast tokenizer over these of BGE-M3's pieces."""
    return unigram_tokenizer([file.pieces[at] for at in kept])


def unigram_tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """A fast tokenizer in XLM-RoBERTa's layout; the first four pieces and the last are the marks."""
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

    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(character_map()), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="always")
    tokenizer.add_special_tokens(
        [AddedToken(s, special=True, normalized=False) for s in SPECIAL]
        + [AddedToken(MASK, special=True, normalized=False, lstrip=True)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", START), ("</s>", END)]
    )
    return tokenizer


@cache
def character_map() -> bytes:
    """How XLM-RoBERTa's tokenizer normalises characters: SentencePiece's nmt_nfkc, which it writes into
    every model.
    """
    from sentencepiece import SentencePieceTrainer
    from sentencepiece.sentencepiece_model_pb2 import ModelProto

    written = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d"]),
        model_writer=written,
        vocab_size=8,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    rules: bytes = ModelProto.FromString(written.getvalue()).normalizer_spec.precompiled_charsmap
    return rules


def worded_pieces(tokenizer: Tokenizer) -> NDArray[np.bool_]:
    """(vocabulary,) whether a token tells something: it holds a letter or digit, or is a symbol like an
    emoji.
    """
    pieces = [tokenizer.id_to_token(at) for at in range(tokenizer.get_vocab_size())]
    return np.array(
        [piece not in (*SPECIAL, MASK) and any(map(_tells, piece.replace(SPACE, ""))) for piece in pieces]
    )


def sentence_ends(tokenizer: Tokenizer) -> NDArray[np.bool_]:
    """(vocabulary,) whether a token ends a sentence."""
    pieces = [tokenizer.id_to_token(at) for at in range(tokenizer.get_vocab_size())]
    return np.array([piece[-1] in SENTENCE_ENDS for piece in pieces])


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[NDArray[np.int32]]:
    """Each text's ids without the marks, LONGEST_TOKENS at most."""
    tokenizer.enable_truncation(LONGEST_TOKENS)
    for at in range(0, len(texts), 20_000):
        for encoding in tokenizer.encode_batch_fast(list(texts[at : at + 20_000])):
            yield np.array(encoding.ids[1:-1], np.int32)


def _tells(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) == "So"


def _shares(tokenizer: Tokenizer, languages: Sequence[str], texts: Sequence[str]) -> Counter[int]:
    """How often each piece occurs, as the sum of its shares of each language."""
    chosen: dict[str, list[str]] = defaultdict(list)
    for at in np.random.default_rng(0).permutation(len(texts)):
        if languages[at] and len(chosen[languages[at]]) < COUNTED_TEXTS:
            chosen[languages[at]].append(texts[at][:COUNTED_CHARS])
    shares: Counter[int] = Counter()
    for language, some in chosen.items():
        count = np.bincount(np.concatenate([*encoded(tokenizer, some)]))
        share = SHARES.get(language, 1.0) * count / count.sum()
        for piece in np.nonzero(count)[0].tolist():
            shares[piece] += share[piece]
    return shares
