"""Queries to vectors, and the largest score a query can reach. Knows no passages and no index."""

from __future__ import annotations

from collections.abc import Sequence

from bge_demo.encoder.contract import Encoder, need_colbert, need_dense, need_sparse
from bge_demo.retrieval.bm25 import query_vector, terms_of
from bge_demo.retrieval.pipelines import RRF_CONSTANT, Head, Method, heads_of, weighted_heads
from bge_demo.retrieval.store import QueryVectors
from bge_demo.scores.scoring import ScoreWeights, lexical_matching_score
from bge_demo.text.tokens import TokenizedText


def encode_queries(encoder: Encoder, tokenized: Sequence[TokenizedText]) -> list[QueryVectors]:
    """(n,) tokenised queries -> (n,) vectors of all heads. A query without words has no lexical vectors."""
    embeddings = encoder.encode_tokens(tokenized)
    heads = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
    vectors = []
    for text, dense, sparse, colbert in zip(tokenized, *heads, strict=True):
        terms = terms_of(text)
        if has_words(text):
            vectors.append(QueryVectors(dense, sparse, colbert, query_vector(terms), dict(terms.telling)))
        else:
            vectors.append(QueryVectors(dense, {}, colbert, {}))
    return vectors


def has_words(text: TokenizedText) -> bool:
    """Whether the model can read a word of it: more than punctuation and unreadable signs."""
    return any(
        word.is_content and any(not text.tokens[position].is_unknown for position in word.positions)
        for word in text.words
    )


def largest_score(
    method: Method, weights: ScoreWeights, query: QueryVectors, n_exact: int = 0
) -> float | None:
    """What a text identical to the query would score; None for BM25, which depends on the corpus.

    `n_exact` passages hold its codes, which gives fusion by rank another list to lead.
    """
    if method == "bm25":
        return None
    if method == "rrf":
        n_lists = sum(bool(query.sparse) if head == "sparse" else True for head in heads_of(method))
        return (n_lists + bool(n_exact)) / (RRF_CONSTANT + 1)
    shares = weighted_heads(method, weights)
    return sum(share * _own_score(head, query) for head, share in shares.items())


def _own_score(head: Head, query: QueryVectors) -> float:
    return lexical_matching_score(query.sparse, query.sparse) if head == "sparse" else 1.0
