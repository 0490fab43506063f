"""Long document for programs."""

from __future__ import annotations

from typing import Any

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.settings import Limits
from bge_demo.tabs.long_document.analysis import analyse_document
from bge_demo.tabs.long_document.request import (
    DEFAULT_OVERLAP_TOKENS,
    DEFAULT_WINDOW_TOKENS,
    checked_document,
    checked_request,
)
from bge_demo.tabs.long_document.sweep import sweep_windows
from bge_demo.text.inputs import checked_texts


def long_document(
    encoder: Encoder,
    limits: Limits,
    document: str,
    query: str | None = None,
    summary: str | None = None,
    window_tokens: int = DEFAULT_WINDOW_TOKENS,
    overlap_tokens: int = DEFAULT_OVERLAP_TOKENS,
) -> dict[str, Any]:
    """Score a long document against a query, whole and in windows, and check a summary of it.

    Offsets are code points of `document`; windows count `<s>` and `</s>`.
    """
    window = (window_tokens, overlap_tokens)
    request = checked_request(encoder, limits, document, (query, summary), window)
    with allowed(limits.document_seconds):
        return analyse_document(encoder, request).to_json()


def window_sweep(encoder: Encoder, limits: Limits, document: str, questions: list[str]) -> dict[str, Any]:
    """Try windows of 64 to 8192 tokens on a document and its questions, and advise one.

    A document of more than 32 768 tokens is tried on a stretch around what is nearest to the questions.
    """
    text, asked = checked_document(document, limits), checked_texts(questions, limits)
    longest = min(encoder.info.max_tokens, limits.max_tokens)
    with allowed(limits.document_seconds):
        return sweep_windows(encoder, text, asked, longest).to_json()
