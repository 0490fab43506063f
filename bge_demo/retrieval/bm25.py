"""BM25 as sparse vectors over the checkpoint's sub-words and whole identifiers. Knows no passages, no index.

Sub-words as terms keep scripts without spaces working; identifiers are terms beside them (`text.codes`). A
passage vector holds saturated term frequencies, a query vector the query's own; the index multiplies by the
inverse document frequency (`Modifier.IDF`).
Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b

from bge_demo.encoder.contract import SparseVector
from bge_demo.errors import InputError
from bge_demo.text.codes import Code, codes_in, part, spellings, whole
from bge_demo.text.readable import known_ids
from bge_demo.text.tokens import TokenizedText

DEFAULT_K1 = 1.2
DEFAULT_B = 0.75
_CODE_WEIGHT = 0.25
# Identifiers have their ids above every vocabulary; an index takes ids of 32 bits.
_FIRST_CODE_ID = 1 << 31


@dataclass(frozen=True)
class LexicalTerms:
    """A text's terms by their ids, as often as they occur: `subwords`, and `codes` of whole identifiers.

    `telling` are those code terms that single a passage out, with the spelling of the text.
    """

    subwords: tuple[int, ...]
    codes: tuple[int, ...] = ()
    telling: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Bm25:
    """`k1` says how soon repeating a term stops paying, `b` how much long passages are held back.

    `mean_terms` is the mean length of the corpus in sub-words. Raises InputError unless k1 >= 0 and
    0 <= b <= 1.
    """

    mean_terms: float
    k1: float = DEFAULT_K1
    b: float = DEFAULT_B

    def __post_init__(self) -> None:
        if not (0 <= self.k1 <= 10 and 0 <= self.b <= 1):
            raise InputError("corpus.bm25_range", k1=self.k1, b=self.b)

    def passage_vector(self, terms: LexicalTerms) -> SparseVector:
        """Terms of a passage -> saturated frequencies. Its length counts sub-words alone.

        >>> Bm25(mean_terms=2, k1=1.0, b=0.75).passage_vector(LexicalTerms((7, 7)))
        {7: 1.3333333333333333}
        """
        stretch = 1 - self.b + self.b * len(terms.subwords) / self.mean_terms
        return {
            term: count * (self.k1 + 1) / (count + self.k1 * stretch)
            for term, count in Counter((*terms.subwords, *terms.codes)).items()
        }


def query_vector(terms: LexicalTerms) -> SparseVector:
    """Terms of a query -> how often each occurs; names of one identifier weigh less, as they come together
    and its sub-words count too."""
    words = {term: float(count) for term, count in Counter(terms.subwords).items()}
    return words | {term: _CODE_WEIGHT * count for term, count in Counter(terms.codes).items()}


def terms_of(text: TokenizedText) -> LexicalTerms:
    """The terms of what the model reads of a text; `<s>`, `</s>` and unreadable tokens are none."""
    inner = text.tokens[1:-1]
    read = text.text[: max((token.end for token in inner), default=0)] if text.truncated else text.text
    codes = codes_in(read)
    # A short number is telling only where nothing else was asked.
    is_alone = len(codes) == 1 and codes[0].text == read.strip()
    telling = [code for code in codes if is_alone or code.is_telling]
    return LexicalTerms(
        # What the vocabulary lacks is no term: two unreadable texts have nothing in common.
        subwords=tuple(known_ids(text)),
        codes=tuple(_code_id(one) for code in codes for one in spellings(code)),
        telling=tuple((_code_id(name), code.text) for code in telling for name in _names(code)),
    )


def _names(code: Code) -> list[str]:
    """Under which names a passage is an exact match: as the whole counts beside as a part."""
    own = [whole(code), part(code)]
    return [*own, f"={code.prefix}|{part(code)}"] if code.prefix else own


def _code_id(name: str) -> int:
    """The same in every process; two names of a corpus meet about once in two thousand millions."""
    digest = int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "big")
    return _FIRST_CODE_ID + digest % _FIRST_CODE_ID
