"""How far a corpus is, as a piece of HTML."""

from __future__ import annotations

from bge_demo.errors import InputError
from bge_demo.retrieval.corpora import SAMPLE_HANDLE
from bge_demo.retrieval.library import CorpusStatus
from bge_demo.ui.rendering import render

_KB = 1024


def corpus_html(status: CorpusStatus) -> str:
    """Passages indexed, time left, what a passage takes; why indexing ended early, if it did."""
    return render(
        "tabs/retrieval/corpus.html",
        c=status,
        is_sample=status.handle == SAMPLE_HANDLE,
        share=round(100 * status.n_indexed / max(1, status.n_passages)),
        kb=f"{status.bytes_per_passage / _KB:.0f}",
        seconds_left=None if status.seconds_left is None else round(status.seconds_left),
    )


def corpus_error_html(error: InputError) -> str:
    """Why nothing can be said about a corpus."""
    return render("tabs/retrieval/corpus_error.html", key=error.key, values=error.values)
