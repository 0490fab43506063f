"""What tells two texts apart that an embedding hardly sees: negation, figures, dates, sizes, and mere form.

A text is read once (`read`) and compared often (`flags`, `differences`). Rules, no model: a number word may
stand for a figure of the other text, 12,000 agrees with 1.2万, 1 kg with 1000 g. Opposites (open and closed,
before and after) are not known, nor whether two equal figures stand in another order.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import regex

from bge_demo.text.folding import Folded, fold, without_marks, word_overlap
from bge_demo.text.han_variants import simplified
from bge_demo.text.negations import Negation, negations
from bge_demo.text.quantities import Quantity, quantities

Flag = Literal["negation", "digits", "date", "size"]
Form = Literal["punctuation", "width", "case", "blanks", "script", "marks"]
Kind = Flag | Literal["name"] | Form
FLAGS: tuple[Flag, ...] = ("negation", "digits", "date", "size")
# What changes what a text says. A name alone does not keep two texts apart: it may be written another way.
CONTENT: tuple[Kind, ...] = (*FLAGS, "name")
# Below this share of common words two texts say their things in other words, and words are not counted.
_ALIKE = 0.5
_ALIKE_NAMED = 0.3
_MOST_TOKENS = 4000


@dataclass(frozen=True)
class Difference:
    """Something that only one of two texts has: `text == source[start:end]`."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Differences:
    """What only each text has, in the order of its places. A figure that changed stands in both."""

    only_a: tuple[Difference, ...]
    only_b: tuple[Difference, ...]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Every kind that occurs, flags first."""
        found = {one.kind for one in (*self.only_a, *self.only_b)}
        return tuple(kind for kind in (*CONTENT, *_FORMS) if kind in found)


@dataclass(frozen=True)
class ReadText:
    """A text with what the rules find in it."""

    folded: Folded

    @cached_property
    def negations(self) -> tuple[Negation, ...]:
        """Where it denies."""
        return negations(self.folded)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Its figures, dates and number words."""
        return quantities(self.folded)

    @cached_property
    def turned(self) -> dict[str, str]:
        """Words that begin with a prefix of denial, by what follows it: available, for unavailable."""
        return {
            word[len(prefix) :]: word
            for word in sorted(self.folded.words - _NO_OPPOSITES)
            if word.startswith(_PREFIXES)
            for prefix in _PREFIXES
            if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_STEM
        }


def read(text: str) -> ReadText:
    """The text, ready to be compared with others."""
    return ReadText(fold(text))


def differences(a: str, b: str) -> Differences:
    """Everything named, with its places.

    >>> found = differences("Refunds are possible within 14 days", "Refunds are not possible within 30 days")
    >>> [(one.kind, one.text) for one in found.only_b]
    [('negation', 'not'), ('digits', '30 days')]
    """
    read_a, read_b = read(a), read(b)
    content = list(_content(read_a, read_b))
    names = (one for one in _names(read_a, read_b) if not any(_overlap(one, other) for other in content))
    found = [*content, *names, *_form(a, b)]
    return Differences(
        tuple(sorted((one for is_b, one in found if not is_b), key=lambda one: one.start)),
        tuple(sorted((one for is_b, one in found if is_b), key=lambda one: one.start)),
    )


def flags(a: ReadText, b: ReadText) -> tuple[Flag, ...]:
    """The kinds of difference that keep two similar texts from being duplicates.

    >>> flags(read("あまい２"), read("あまい３")), flags(read("価格：１００円"), read("価格:100円"))
    (('digits',), ())
    """
    kinds = {one.kind for _, one in _content(a, b)}
    return tuple(flag for flag in FLAGS if flag in kinds)


# ---- content: negation and quantities --------------------------------------------------------------------

# Whether it stands in b, and what.
_Side = tuple[bool, Difference]


def _content(a: ReadText, b: ReadText) -> Iterator[_Side]:
    yield from _negated(a, b)
    yield from _valued(a, b)


def _negated(a: ReadText, b: ReadText) -> Iterator[_Side]:
    """Denials of the text that has more: of the one that has any or, in texts of like words, those that the
    other lacks. A prefix that turns a word of the other around counts too."""
    n_a, n_b = len(a.negations), len(b.negations)
    turned_a, turned_b = _turned_words(a, b), _turned_words(b, a)
    if (n_a == 0) != (n_b == 0):
        if not turned_a and not turned_b:  # "not possible" and "impossible" agree.
            more = a if n_a else b
            yield from ((n_b > 0, _at(more, "negation", one.start, one.end)) for one in more.negations)
        return
    if n_a != n_b and word_overlap(a.folded, b.folded) >= _ALIKE:
        yield from _more_negations(a, b) if n_a > n_b else _swapped(_more_negations(b, a))
    for is_b, one, turned in ((False, a, turned_a), (True, b, turned_b)):
        for word in turned:
            start = one.folded.text.index(word)
            yield is_b, _at(one, "negation", *one.folded.span(start, start + len(word)))


def _more_negations(more: ReadText, less: ReadText) -> Iterator[_Side]:
    """Those whose words the other text has fewer of."""
    left = [less.folded.source[one.start : one.end].lower() for one in less.negations]
    surplus = []
    for one in more.negations:
        word = more.folded.source[one.start : one.end].lower()
        if word in left:
            left.remove(word)
        else:
            surplus.append(one)
    for one in surplus or more.negations[-1:]:
        yield False, _at(more, "negation", one.start, one.end)


def _swapped(sides: Iterator[_Side]) -> Iterator[_Side]:
    return ((not is_b, one) for is_b, one in sides)


_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "non-", "des", "не", "без", "бес")
_SHORTEST_STEM = 4
# Words that begin like a turned-around word and are none.
_NO_OPPOSITES = frozenset(
    "discover discovers discovered discount discounts display dispose include inside income input inform "
    "indoor international instead unless until increase invest investment incense imprint impress "
    "improve".split()
)


def _turned_words(text: ReadText, other: ReadText) -> list[str]:
    """Words of `text` alone that are a word of `other` alone with a prefix: unavailable, available."""
    if not text.turned:
        return []
    words, other_words = text.folded.words, other.folded.words
    return [
        word
        for stem, word in text.turned.items()
        if stem in other_words and stem not in words and word not in other_words
    ]


def _valued(a: ReadText, b: ReadText) -> Iterator[_Side]:
    """Quantities that no quantity of the other text agrees with."""
    if not a.quantities and not b.quantities:
        return
    lone_a, lone_b = _unmatched(a, b), _unmatched(b, a)
    for text, is_b, lone, opposite in ((a, False, lone_a, lone_b), (b, True, lone_b, lone_a)):
        for one in lone:
            # A number word alone says too little; against another one it says that they differ.
            if not one.soft or any(other.kind == one.kind for other in opposite):
                yield is_b, _at(text, _kind_of(one, opposite), one.start, one.end)


def _unmatched(text: ReadText, other: ReadText) -> list[Quantity]:
    spare = {part for one in other.quantities for part in (*one.parts, *one.hours)}
    plain = {value for one in other.quantities if one.kind == "digits" for value in one.readings}
    return [
        one
        for one in text.quantities
        if not any(one.agrees_with(known) for known in other.quantities)
        and not (one.kind == "digits" and not one.readings.isdisjoint(spare))
        and not (one.parts and one.parts <= plain)
        and not _same_day(one, other)
        and not _hour_in_words(one, other)
    ]


def _hour_in_words(one: Quantity, other: ReadText) -> bool:
    """Whether the other text may say this time in words: 10:40 is forty past ten, or twenty to eleven."""
    if not one.hours or any(known.hours for known in other.quantities):
        return False
    named = {str((int(hour) + more - 1) % 12 + 1) for hour in one.hours for more in (0, 1)}
    return any(
        known.soft and known.kind == "digits" and not known.readings.isdisjoint(named)
        for known in other.quantities
    )


def _same_day(one: Quantity, other: ReadText) -> bool:
    """A date without its year agrees with the same day of any year."""
    if one.kind != "date":
        return False
    days = {value[-5:] for value in one.readings}
    yearless = {value[0] == "*" for value in one.readings} == {True}
    return any(
        value[-5:] in days and (yearless or value[0] == "*")
        for known in other.quantities
        if known.kind == "date"
        for value in known.readings
    )


def _kind_of(one: Quantity, opposite: Sequence[Quantity]) -> Flag:
    if one.kind in ("date", "weekday"):
        return "date"
    is_same_figure = any(
        other.kind == "digits" and not one.readings.isdisjoint(other.readings) for other in opposite
    )
    measured = one.unit is not None and one.unit[0] in ("length", "mass", "volume", "data")
    return "size" if measured or is_same_figure else "digits"


def _at(text: ReadText, kind: Kind, start: int, end: int) -> Difference:
    return Difference(kind, text.folded.source[start:end], start, end)


# ---- names and codes -------------------------------------------------------------------------------------

# A capitalised word that begins no sentence, and figures with letters at them: Paris, 12A, M3.
_CASED = r"[\p{Lu}\p{Ll}]"
_NAME = regex.compile(
    r"(?<=(?:[\p{L}\p{N},;:)\"'”’]|\b(?:Dr|Mrs?|Ms|Prof|St|Sra?)\.)\s+)\p{Lu}[\p{L}\p{M}’'-]+"
    rf"|(?<![\p{{L}}\p{{N}}])(?:\p{{N}}[\p{{N}}.]*{_CASED}|{_CASED}+\p{{N}})(?:{_CASED}|\p{{N}})*"
)


def _names(a: ReadText, b: ReadText) -> Iterator[_Side]:
    """Names and codes that the other text has nowhere, where both have some and are otherwise alike."""
    if a.folded.text == b.folded.text or word_overlap(a.folded, b.folded) < _ALIKE_NAMED:
        return
    lone_a, lone_b = _names_not_in(a, b), _names_not_in(b, a)
    if lone_a and lone_b:
        yield from ((False, one) for one in lone_a)
        yield from ((True, one) for one in lone_b)


def _overlap(one: _Side, other: _Side) -> bool:
    return one[0] == other[0] and one[1].start < other[1].end and other[1].start < one[1].end


def _names_not_in(text: ReadText, other: ReadText) -> list[Difference]:
    source, elsewhere = text.folded.source, "".join(other.folded.text.split())
    return [
        Difference("name", match.group(), *match.span())
        for match in _NAME.finditer(source)
        if "".join(fold(match.group()).text.split()) not in elsewhere
    ]


# ---- form: what folding makes equal ----------------------------------------------------------------------

_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]+|\s+|[^\p{L}\p{M}\p{N}\s]")
_UNSPACED_TOKEN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]\p{M}*|" + _TOKEN.pattern)
_PUNCTUATION_OR_BLANK = regex.compile(r"[^\p{L}\p{M}\p{N}\p{Emoji_Presentation}\p{Regional_Indicator}]+")


# In the order in which a change is explained: the first folding that makes both sides equal names it.
_FORMS: dict[Form, Callable[[str], str]] = {
    "width": lambda text: unicodedata.normalize("NFKC", text),
    "case": lambda text: unicodedata.normalize("NFKC", text).casefold(),
    "marks": lambda text: without_marks(unicodedata.normalize("NFKC", text).casefold()),
    "script": lambda text: simplified(unicodedata.normalize("NFKC", text).casefold()),
    "blanks": lambda text: "".join(unicodedata.normalize("NFKC", text).casefold().split()),
    "punctuation": lambda text: _PUNCTUATION_OR_BLANK.sub("", unicodedata.normalize("NFKC", text).casefold()),
}


def _form(a: str, b: str) -> Iterator[_Side]:
    """Changes of form, token by token, in texts that are otherwise alike."""
    tokens_a, tokens_b = _tokens(a), _tokens(b)
    if a == b or max(len(tokens_a), len(tokens_b)) > _MOST_TOKENS:
        return
    matcher = difflib.SequenceMatcher(None, _formless(tokens_a), _formless(tokens_b), autojunk=False)
    # The upper bound first: it is cheap, and enough for most texts of other words.
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return
    for tag, start_a, end_a, start_b, end_b in matcher.get_opcodes():
        pairs = zip(range(start_a, end_a), range(start_b, end_b), strict=True) if tag == "equal" else ()
        for i, j in pairs:
            if tokens_a[i][0] != tokens_b[j][0]:
                yield from _formal(tokens_a[i : i + 1], tokens_b[j : j + 1])
        if tag != "equal":
            yield from _formal(tokens_a[start_a:end_a], tokens_b[start_b:end_b])


_Tokens = list[tuple[str, int]]


def _tokens(text: str) -> _Tokens:
    return [(match.group(), match.start()) for match in _UNSPACED_TOKEN.finditer(text)]


def _formless(tokens: _Tokens) -> list[str]:
    # ASCII has no form but its case.
    return [
        text.casefold() if text.isascii() else _FORMS["script"](_FORMS["marks"](text)) for text, _ in tokens
    ]


def _formal(tokens_a: _Tokens, tokens_b: _Tokens) -> Iterator[_Side]:
    """The difference of two stretches that one folding makes equal; nothing for other words."""
    stretch_a, stretch_b = ("".join(text for text, _ in side) for side in (tokens_a, tokens_b))
    if stretch_a == stretch_b:
        return
    for kind, folded in _FORMS.items():
        if folded(stretch_a) == folded(stretch_b):
            for is_b, tokens, stretch in ((False, tokens_a, stretch_a), (True, tokens_b, stretch_b)):
                if tokens:
                    start = tokens[0][1]
                    yield is_b, Difference(kind, stretch, start, start + len(stretch))
            return
