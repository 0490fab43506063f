"""How well sentences match passages: half dense cosine, half ColBERT. Knows no document."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bge_demo.encoder.contract import Encoder, FloatArray, need_colbert, need_dense
from bge_demo.scores.scoring import dense_scores
from bge_demo.tabs.long_document.batches import Work, encoded_batches, guessed_tokens

DENSE_SHARE = 0.5


def matches(encoder: Encoder, sentences: Sequence[str], passages: Sequence[str], work: Work) -> FloatArray:
    """(n_sentences, n_passages). ColBERT rows of passages are held for one batch only."""
    dense, rows, firsts = _sentence_rows(encoder, sentences, work)
    found = np.zeros((len(sentences), len(passages)), np.float32)
    n_tokens = guessed_tokens(passages)
    for batch, embeddings in encoded_batches(encoder, passages, n_tokens, work, colbert=True):
        colbert = maxsim_scores(rows, firsts, need_colbert(embeddings))
        cosines = dense_scores(dense, need_dense(embeddings))
        found[:, batch] = DENSE_SHARE * cosines + (1 - DENSE_SHARE) * colbert
    return found


def maxsim_scores(rows: FloatArray, firsts: Sequence[int], passages: Sequence[FloatArray]) -> FloatArray:
    """Mean MaxSim of every sentence with every passage. -> (n_sentences, n_passages).

    `rows` (n_rows, dim) are the sentences' rows one after the other, `firsts` (n_sentences,) where each
    begins; a passage is (n_tokens, dim).
    """
    similarities = rows @ np.concatenate(passages).T
    starts = np.cumsum([0, *(len(one) for one in passages)])[:-1]
    best = np.maximum.reduceat(similarities, starts, axis=1)
    sums = np.add.reduceat(best, firsts, axis=0)
    lengths = np.diff([*firsts, len(rows)])
    means: FloatArray = (sums / lengths[:, None]).astype(np.float32)
    return means


def _sentence_rows(
    encoder: Encoder, sentences: Sequence[str], work: Work
) -> tuple[FloatArray, FloatArray, list[int]]:
    """Dense rows, the ColBERT rows without `</s>` one after the other, and where each sentence begins."""
    dense: list[FloatArray] = []
    rows: list[FloatArray] = []
    for _, embeddings in encoded_batches(encoder, sentences, guessed_tokens(sentences), work, colbert=True):
        dense.append(need_dense(embeddings))
        rows += [one[:-1] if len(one) > 1 else one for one in need_colbert(embeddings)]
    firsts = np.cumsum([0, *(len(one) for one in rows)])[:-1].tolist()
    return np.concatenate(dense), np.concatenate(rows), firsts
