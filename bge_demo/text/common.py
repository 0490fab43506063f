"""What two texts have in common that a reader should know of: a beginning, all words but not their order, or
the same words in the other Chinese character set."""

from __future__ import annotations

import regex

from bge_demo.text.han_variants import simplified

_WORD = regex.compile(r"\p{Han}|[\p{L}\p{N}]+")
_SENTENCE_ENDS = "?？!！.。"


def says_in_other_script(query: str, text: str) -> bool:
    """Whether a text holds the words of a query in the other Chinese character set, and not in the query's.

    >>> says_in_other_script("开通新账号", "如何開通新帳號？"), says_in_other_script("新", "新帳號")
    (True, False)
    """
    wanted = query.strip().casefold().rstrip(_SENTENCE_ENDS)
    held = text.casefold()
    return bool(wanted) and wanted not in held and simplified(wanted) in simplified(held)


def has_words_reordered(text_a: str, text_b: str) -> bool:
    """Whether both texts have the same words, in another order.

    >>> has_words_reordered("John loves Mary", "Mary loves John."), has_words_reordered("我打他", "我打他！")
    (True, False)
    """
    words_a, words_b = (_WORD.findall(text.casefold()) for text in (text_a, text_b))
    return words_a != words_b and sorted(words_a) == sorted(words_b)


def shared_start(text_a: str, text_b: str) -> str:
    """The words that two texts begin with, where they are half of each or more and not all; else "".

    >>> shared_start("lack of ownership", "lack of uniqueness"), shared_start("one two", "one three four")
    ('lack of', '')
    """
    words = [list(_WORD.finditer(text)) for text in (text_a, text_b)]
    n_same = next(
        (
            place
            for place, (a, b) in enumerate(zip(*words, strict=False))
            if a[0].casefold() != b[0].casefold()
        ),
        min(map(len, words)),
    )
    is_frame = 1 < n_same < min(map(len, words)) and 2 * n_same >= max(map(len, words))
    return text_a[: words[0][n_same - 1].end()].strip() if is_frame else ""
