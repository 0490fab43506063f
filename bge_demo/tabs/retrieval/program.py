"""Search, corpora and their evaluation for programs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Annotated, Any

from pydantic import WithJsonSchema

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.retrieval.corpora import SAMPLE_HANDLE, checked_handle
from bge_demo.retrieval.files import passages_from_json
from bge_demo.retrieval.indexing import encoded_text
from bge_demo.retrieval.library import TITLE_CHARS, CorpusLibrary
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import DEFAULT_PIPELINE, checked_pipeline
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval import analysis, evaluation
from bge_demo.tabs.retrieval.labelled_queries import built_in_queries, queries_from_json
from bge_demo.text.inputs import tokenize_within_limits
from bge_demo.text.tokens import without_surrogates

_TEXT = {"type": "string"}
_IDS = {"type": "array", "items": _TEXT}
_PASSAGE = {"type": "object", "properties": {"id": _TEXT, "text": _TEXT, "title": _TEXT}}
_QUERY = {
    "type": "object",
    "properties": {"text": _TEXT, "relevant": _IDS, "language": _TEXT, "kind": _TEXT},
    "required": ["text", "relevant"],
}
# Their shapes for the description of the API; what they hold is checked in sentences.
Passages = Annotated[list[Any], WithJsonSchema({"type": "array", "items": {"anyOf": [_TEXT, _PASSAGE]}})]
Queries = Annotated[list[Any], WithJsonSchema({"type": "array", "items": _QUERY})]


def search(
    encoder: Encoder,
    limits: Limits,
    library: CorpusLibrary,
    query: str,
    corpus: str | Passages = SAMPLE_HANDLE,
    pipeline: str = DEFAULT_PIPELINE,
    expected: str = "",
) -> dict[str, Any]:
    """Search passages stage by stage.

    corpus: "sample", what index_passages answered, or the passages themselves, as texts or
    {"id", "text", "title"}. pipeline: a preset, or stages such as "bm25 100 > dense 50 > colbert 10".
    expected: the id, the title or some words of the passage that should be found, for a recall check; where
    several fit, the best-ranked one is checked and the others are named.
    """
    chosen = checked_pipeline(pipeline)
    if not isinstance(expected, str):
        raise InputError("input.not_text", field=Phrase("search.expected")).at("expected")
    with _index(encoder, limits, library, corpus) as index:
        wanted = without_surrogates(expected)
        result = analysis.search(encoder, index, query, chosen, wanted, limits)
    if result.unknown_expected:
        # A program that names a passage relies on it; the page goes on without the check.
        raise InputError("search.no_such_passage", wanted=result.unknown_expected[:80]).at("expected")
    return result.to_json()


def index_passages(
    encoder: Encoder,
    limits: Limits,
    library: CorpusLibrary,
    origin: str,
    passages: Passages,
    title: str = "",
) -> dict[str, Any]:
    """Start indexing passages, texts or {"id", "text", "title"}; answers the corpus to search."""
    checked = passages_from_json(passages, limits.corpus_passages, limits)
    handle = library.add(encoder, without_surrogates(str(title))[:TITLE_CHARS], checked, origin=origin)
    return library.status(encoder, handle).to_json()


def corpus_status(encoder: Encoder, library: CorpusLibrary, corpus: str) -> dict[str, Any]:
    """How many passages of a corpus are indexed."""
    return library.status(encoder, corpus).to_json()


def delete_corpus(library: CorpusLibrary, corpus: str) -> dict[str, Any]:
    """Remove a corpus and everything stored of it."""
    library.delete(checked_handle(corpus))
    return {"deleted": corpus}


def evaluate_retrieval(
    encoder: Encoder,
    limits: Limits,
    library: CorpusLibrary,
    queries: Queries | None = None,
    corpus: str | Passages = SAMPLE_HANDLE,
) -> dict[str, Any]:
    """Compare all pipelines by recall@10, MRR@10 and nDCG@10.

    queries: {"text", "relevant": [passage ids]}, with "language" and "kind" to group by; the built-in
    corpus has its own. corpus: as in search.
    """
    is_sample = queries is None and corpus == SAMPLE_HANDLE
    labelled = built_in_queries() if is_sample else queries_from_json(queries)
    with _index(encoder, limits, library, corpus) as index:
        return evaluation.evaluate_retrieval(encoder, index, labelled, limits=limits).to_json()


def _index(
    encoder: Encoder, limits: Limits, library: CorpusLibrary, corpus: str | list[Any]
) -> AbstractContextManager[PassageIndex]:
    if isinstance(corpus, list):
        passages = passages_from_json(corpus, limits.table_rows, limits, "corpus")
        tokenize_within_limits(encoder, [encoded_text(one) for one in passages], limits)
        return library.temporary(encoder, passages)
    return library.searchable(encoder, corpus)


PROGRAMS = (search, index_passages, corpus_status, delete_corpus, evaluate_retrieval)
