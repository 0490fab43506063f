"""What is asked about a document, checked. Knows no scores."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.inputs import checked_text
from bge_demo.text.readable import is_blank

DEFAULT_WINDOW_TOKENS = 256
DEFAULT_OVERLAP_TOKENS = 32
SMALLEST_WINDOW = 16
# An overlap leaves at least half of a window's own tokens, `<s>` and `</s>` aside.
_NOT_SHARED_TOKENS = 3


@dataclass(frozen=True)
class Window:
    """The size of the windows and of their overlap, in tokens, `<s>` and `</s>` included."""

    tokens: int = DEFAULT_WINDOW_TOKENS
    overlap_tokens: int = DEFAULT_OVERLAP_TOKENS


@dataclass(frozen=True)
class Request:
    """A document, what to ask of it, and how to cut it. A blank query or summary is None; `max_tokens` are
    read in one pass."""

    document: str
    query: str | None
    summary: str | None
    window: Window
    max_tokens: int


def checked_request(
    encoder: Encoder,
    limits: Limits,
    document: object,
    query_and_summary: tuple[object, object],
    window_and_overlap: tuple[object, object] = (DEFAULT_WINDOW_TOKENS, DEFAULT_OVERLAP_TOKENS),
) -> Request:
    """A request within the limits; 256.0 is as good as 256. Raises InputError naming field and next step."""
    longest = min(encoder.info.max_tokens, limits.max_tokens)
    query, summary = query_and_summary
    return Request(
        document=checked_document(document, limits),
        query=_optional(query, Phrase("document.query"), limits),
        summary=_optional(summary, Phrase("document.summary"), limits),
        window=_checked_window(*window_and_overlap, longest),
        max_tokens=longest,
    )


def most_overlap(window_tokens: int) -> int:
    """The largest overlap of windows of that size."""
    return (window_tokens - _NOT_SHARED_TOKENS) // 2


def checked_document(document: object, limits: Limits) -> str:
    """A text of at most `limits.document_chars`."""
    return checked_text(
        document,
        Phrase("document.document"),
        replace(limits, text_chars=limits.document_chars),
        "document",
    )


def _optional(text: object, field: Phrase, limits: Limits) -> str | None:
    if text is None or (isinstance(text, str) and is_blank(text)):
        return None
    return checked_text(text, field, limits)


def _checked_window(window_tokens: object, overlap_tokens: object, longest: int) -> Window:
    size, overlap = _whole_number(window_tokens), _whole_number(overlap_tokens)
    if size is None or not SMALLEST_WINDOW <= size <= longest:
        raise InputError(
            "document.bad_window", window=_shown(window_tokens), least=SMALLEST_WINDOW, most=longest
        ).at("window_tokens")
    most = most_overlap(size)
    if overlap is None or not 0 <= overlap <= most:
        shown = _shown(overlap_tokens)
        raise InputError("document.bad_overlap", overlap=shown, window=size, most=most).at("overlap_tokens")
    return Window(size, overlap)


def _shown(number: object) -> object:
    """An empty box holds None; a page sends 15.0 for 15."""
    whole = _whole_number(number)
    return "–" if number is None else number if whole is None else whole


def _whole_number(number: object) -> int | None:
    """Pages and programs may send 256.0 for 256."""
    if isinstance(number, bool) or not isinstance(number, int | float) or number != number // 1:
        return None
    return int(number)
