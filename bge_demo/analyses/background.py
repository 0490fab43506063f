"""How unrelated sentences score with a checkpoint: the yardstick behind the percentile."""

from __future__ import annotations

import threading
from functools import cache
from weakref import WeakKeyDictionary

from bge_demo.checkpoints import ASSETS
from bge_demo.embeddings import Encoder, FloatArray, need_dense
from bge_demo.scoring import dense_scores, upper_triangle

_computed: WeakKeyDictionary[Encoder, FloatArray] = WeakKeyDictionary()
_lock = threading.Lock()


@cache
def background_sentences() -> tuple[tuple[str, str], ...]:
    """(language, sentence) of the bundled set: 16 languages, no two sentences about the same thing."""
    lines = (ASSETS / "background_sentences.tsv").read_text("utf-8").splitlines()
    return tuple((language, sentence) for language, sentence in (line.split("\t") for line in lines))


def background_cosines(encoder: Encoder) -> FloatArray:
    """(n_pairs,) ascending cosines of all pairs of the set, computed once for each encoder."""
    with _lock:
        if encoder not in _computed:
            sentences = [sentence for _, sentence in background_sentences()]
            dense = need_dense(encoder.encode(sentences, sparse=False, colbert=False))
            _computed[encoder] = upper_triangle(dense_scores(dense, dense))
        return _computed[encoder]
