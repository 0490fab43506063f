"""How unrelated sentences score with a checkpoint: the yardstick behind the percentile."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from bge_demo.encoder.contract import Encoder, FloatArray, need_dense
from bge_demo.samples import background_sentences
from bge_demo.scores.scoring import dense_scores, upper_triangle

log = logging.getLogger(__name__)

# Encoding the set takes BGE-M3 half a minute on two cores; encoding every 32nd sentence says whether what was
# kept is this encoder's. bf16 differs by less than this from one batch to another.
SAMPLE_STRIDE = 32
SAME_FROM = 0.999
KEPT_SETS = 8

_computed: WeakKeyDictionary[Encoder, FloatArray] = WeakKeyDictionary()
_lock = threading.Lock()


def background_cosines(encoder: Encoder) -> FloatArray:
    """(n_pairs,) ascending cosines of all pairs of the set, computed once for each encoder."""
    with _lock:
        if encoder not in _computed:
            _computed[encoder] = _cosines(_encode(encoder, _sentences()))
        return _computed[encoder]


def prepare_background(encoder: Encoder, data_dir: Path) -> None:
    """Have the cosines ready: from vectors that an earlier start kept in `data_dir`, or computed and kept.

    Another encoder's are answered meanwhile: it may serve until this one takes over.
    """
    sentences = _sentences()
    about = repr((encoder.info, sentences)).encode()
    path = data_dir.expanduser() / "background" / f"{hashlib.sha256(about).hexdigest()[:32]}.npy"
    vectors = _kept(path)
    if vectors is None or not _are_of(vectors, encoder, sentences):
        vectors = _encode(encoder, sentences)
        _keep(vectors, path)
    cosines = _cosines(vectors)
    with _lock:
        _computed[encoder] = cosines


def _sentences() -> list[str]:
    return [sentence for _, sentence in background_sentences()]


def _encode(encoder: Encoder, sentences: Sequence[str]) -> FloatArray:
    return need_dense(encoder.encode(sentences, sparse=False, colbert=False))


def _cosines(vectors: FloatArray) -> FloatArray:
    return upper_triangle(dense_scores(vectors, vectors))


def _kept(path: Path) -> FloatArray | None:
    try:
        vectors: FloatArray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors


def _are_of(vectors: FloatArray, encoder: Encoder, sentences: Sequence[str]) -> bool:
    """Whether the encoder gives these vectors: a folder's weights may have changed under the same name."""
    if vectors.shape != (len(sentences), encoder.info.dim) or vectors.dtype != np.float32:
        return False
    sample = _encode(encoder, sentences[::SAMPLE_STRIDE])
    return bool(np.all(np.sum(sample * vectors[::SAMPLE_STRIDE], axis=1) >= SAME_FROM))


def _keep(vectors: FloatArray, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under another name until it is whole.
        with tempfile.TemporaryDirectory(dir=path.parent) as building:
            np.save(Path(building, path.name), vectors)
            os.replace(Path(building, path.name), path)
        for old in sorted(path.parent.glob("*.npy"), key=os.path.getmtime)[:-KEPT_SETS]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The background's vectors cannot be kept (%s): the next start encodes them again.", error)
