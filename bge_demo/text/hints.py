"""What a visitor should know about a text before trusting its scores, as sentences. Knows no scores.

What tells two texts apart is `differences`' matter; here is one text alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

from bge_demo.locales import Phrase
from bge_demo.text.markup import without_markup
from bge_demo.text.readable import Reading, visible_chars
from bge_demo.text.tokens import TokenizedText

MARKUP_SHARE = 0.4
# What other models want before a text. BGE-M3 reads it as part of the text.
_PREFIX = re.compile(
    r"\s*((?:query|passage|search_query|search_document|title|task|instruct|instruction|clustering)\s*[:：]"
    r"|Represent this (?:sentence|query|document|question)[^:：]{0,80}[:：]"
    r"|为这个(?:句子|问题)生成表示[^:：]{0,40}[:：])",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"</?[A-Za-z][^<>]*>|<!--.*?-->|&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]+);"  # HTML
    r"|\]\([^)\s]*\)|^\s{0,3}#{1,6}(?=\s)|\*\*|__|~~|`+|^\s*[-*+](?=\s)|\||:?-{3,}:?"  # Markdown
    r"|[{}\[\]]|\\[a-zA-Z]+",  # JSON and TeX
    re.MULTILINE | re.DOTALL,
)
_PREFIX_CHARS = 60


def hints(text: TokenizedText, field: Phrase, reading: Reading) -> tuple[Phrase, ...]:
    """What to say of a text, most serious first; `field` is how the page calls it."""
    found = [
        _unreadable(reading, field),
        _unlettered(text, field),
        _tiny(text, field),
        _prefixed(text, field),
        _marked_up(text, field),
    ]
    return tuple(phrase for phrase in found if phrase is not None)


def markup_share(text: TokenizedText) -> float:
    """The share of the tokens read that stand for HTML, Markdown, JSON or TeX."""
    spans = [match.span() for match in _MARKUP.finditer(text.text)]
    tokens = [
        token
        for token in text.tokens[1:-1]
        if token.end > token.start and text.text[token.start : token.end].strip()
    ]
    marked = _n_inside([(token.start, token.end) for token in tokens], spans)
    return marked / len(tokens) if tokens else 0.0


def without_any_marks(text: str) -> str:
    """The text without HTML, Markdown, JSON and TeX, blanks within a line drawn together."""
    lines = [" ".join(_MARKUP.sub(" ", line).split()) for line in without_markup(text).split("\n")]
    return "\n".join(lines).strip()


def _n_inside(tokens: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> int:
    """How many of the first stretches overlap one of the second; both ascending."""
    n_inside = place = 0
    for start, end in tokens:
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        n_inside += place < len(spans) and spans[place][0] < end
    return n_inside


def _unreadable(read: Reading, field: Phrase) -> Phrase | None:
    if read.n_signs == 0:
        return Phrase("hint.no_sign", field=field)
    if read.n_unreadable == 0:
        return None
    key = "hint.some_unreadable" if read.is_readable else "hint.unreadable"
    return Phrase(key, field=field, n=read.n_unreadable, all=read.n_signs)


def _unlettered(text: TokenizedText, field: Phrase) -> Phrase | None:
    """Said of a text of punctuation alone."""
    is_marks_only = all(one[0] in "MP" for one in _shown(text)) and any(one[0] == "P" for one in _shown(text))
    return Phrase("hint.punctuation_only", field=field) if is_marks_only else None


def _tiny(text: TokenizedText, field: Phrase) -> Phrase | None:
    """Said of one or two letters or digits, with punctuation or without. A single Chinese character is a
    word (category Lo)."""
    signs = list(islice((one for one in _shown(text) if one[0] != "P"), 3))
    is_tiny = 0 < len(signs) <= 2 and all(sign in {"Lu", "Ll", "Nd"} for sign in signs)
    return Phrase("hint.tiny", field=field) if is_tiny else None


def _shown(text: TokenizedText) -> Iterator[str]:
    """The category of each visible character."""
    return map(unicodedata.category, visible_chars(text.text))


def _prefixed(text: TokenizedText, field: Phrase) -> Phrase | None:
    match = _PREFIX.match(text.text)
    return Phrase("hint.prefix", field=field, prefix=match[1][:_PREFIX_CHARS]) if match else None


def _marked_up(text: TokenizedText, field: Phrase) -> Phrase | None:
    share = markup_share(text)
    return Phrase("hint.markup", field=field, percent=round(100 * share)) if share > MARKUP_SHARE else None
