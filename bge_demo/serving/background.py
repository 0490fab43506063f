"""How unrelated sentences score with a checkpoint: the yardstick behind the percentile."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from bge_demo.encoder.contract import Encoder, FloatArray, need_dense
from bge_demo.samples import background_sentences
from bge_demo.scores.scoring import dense_scores, upper_triangle

_computed: WeakKeyDictionary[Encoder, FloatArray] = WeakKeyDictionary()
_lock = threading.Lock()


def background_cosines(encoder: Encoder) -> FloatArray:
    """(n_pairs,) ascending cosines of all pairs of the set, computed once for each encoder."""
    with _lock:
        if encoder not in _computed:
            sentences = [sentence for _, sentence in background_sentences()]
            dense = need_dense(encoder.encode(sentences, sparse=False, colbert=False))
            _computed[encoder] = upper_triangle(dense_scores(dense, dense))
        return _computed[encoder]
