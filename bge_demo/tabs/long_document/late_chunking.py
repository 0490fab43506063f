"""Late chunking: the document read in as few passes as the model allows, pooled to chunks afterwards.

The engines expose no hidden states, so what is pooled are ColBERT rows, the token vectors this model gives
out: a chunk is the mean of its tokens' rows, each read with the whole pass around it, and the query is the
mean of its own. A cosine of two such means lies much higher than a dense one: compare chunks with each other,
not with the other scores. See Günther et al. 2024, "Late Chunking", who pool hidden states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bge_demo.encoder.caller import one_step
from bge_demo.encoder.contract import Encoder, FloatArray, need_colbert
from bge_demo.tabs.long_document.batches import Work
from bge_demo.tabs.long_document.request import Request
from bge_demo.text.windows import Window


def late_similarities(
    encoder: Encoder, request: Request, chunks: Sequence[Window], query_rows: FloatArray, work: Work
) -> FloatArray:
    """(n_chunks,) cosines of the pooled chunks to the pooled query; `query_rows` (n_query, dim)."""
    query = _unit(query_rows.mean(axis=0))
    found = np.zeros(len(chunks), np.float32)
    for first, last in passes(encoder, request, chunks):
        start = chunks[first].start
        text = request.document[start : chunks[last - 1].end]
        with one_step():
            embeddings = encoder.encode([text], dense=False, sparse=False, max_length=request.max_tokens)
        work.read(embeddings)
        (rows,) = need_colbert(embeddings)
        tokens = encoder.tokenize([text])[0].tokens[1:-1]
        places = np.array([start + token.start for token in tokens], np.int64)
        for number in range(first, last):
            low, high = np.searchsorted(places, (chunks[number].start, chunks[number].end))
            if low < high:
                found[number] = _unit(rows[low:high].mean(axis=0)) @ query
        work.add(len(tokens))
    return found


def passes(encoder: Encoder, request: Request, chunks: Sequence[Window]) -> Iterator[tuple[int, int]]:
    """(first, last + 1) numbers of the chunks of each pass; together no longer than the model reads."""
    first = 0
    while first < len(chunks):
        last = first + _fitting(chunks[first:], request.max_tokens)
        while last - first > 1 and not _is_one_pass(encoder, request, chunks[first:last]):
            last -= 1
        yield first, last
        first = last


def _fitting(chunks: Sequence[Window], limit: int) -> int:
    """How many chunks fit by their own counts, at least one; overlaps are counted by their share."""
    n_tokens = float(chunks[0].n_tokens)
    for number, (before, chunk) in enumerate(zip(chunks, chunks[1:], strict=False), start=1):
        n_tokens += chunk.n_tokens * (chunk.end - before.end) / (chunk.end - chunk.start)
        if n_tokens > limit:
            return number
    return len(chunks)


def _is_one_pass(encoder: Encoder, request: Request, chunks: Sequence[Window]) -> bool:
    text = request.document[chunks[0].start : chunks[-1].end]
    return encoder.tokenize([text])[0].n_tokens_uncut <= request.max_tokens


def _unit(row: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(row))
    unit: FloatArray = row / length if length else row
    return unit
