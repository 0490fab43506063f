"""The named endpoints for programs: plain values in, JSON out, the same limits and sentences as the page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import gradio as gr

from bge_demo.analyses.compare import compare
from bge_demo.analyses.corpus_files import passages_from_json
from bge_demo.analyses.corpus_library import TITLE_CHARS, CorpusLibrary
from bge_demo.analyses.cross_lingual import LANGUAGE_CHARS, compare_across_languages
from bge_demo.analyses.embed import embed
from bge_demo.analyses.indexing import encoded_text
from bge_demo.analyses.inputs import checked_pipeline, tokenize_within_limits
from bge_demo.analyses.labelled_queries import built_in_queries, queries_from_json
from bge_demo.analyses.retrieval_evaluation import evaluate_retrieval
from bge_demo.analyses.search import search
from bge_demo.callers import on_behalf_of
from bge_demo.corpora import SAMPLE_HANDLE, checked_handle
from bge_demo.embeddings import Encoder
from bge_demo.errors import DemoError, InputError
from bge_demo.locales import Phrase
from bge_demo.model_host import ModelChoice
from bge_demo.passage_index import PassageIndex
from bge_demo.ranking import DEFAULT_PIPELINE
from bge_demo.samples import SentenceSample
from bge_demo.scoring import DEFAULT_WEIGHTS
from bge_demo.settings import Limits
from bge_demo.tokens import without_surrogates
from bge_demo.ui.page import program_error
from bge_demo.ui.visitors import visitor_watch


class Endpoints:
    """One method per endpoint; gradio takes name, parameters and documentation from it."""

    def __init__(self, models: ModelChoice, library: CorpusLibrary, limits: Limits) -> None:
        self._models = models
        self._library = library
        self._limits = limits

    def compare(
        self, text_a: str, text_b: str, weights: str | list[float] = DEFAULT_WEIGHTS, model: str = ""
    ) -> dict[str, Any]:
        """Compare two texts with all three heads.

        weights: model-card, even, cross-lingual, keyword, long-document, mkqa, or three numbers for dense,
        sparse and ColBERT. model: one of those this server offers, the first by default. Offsets of keywords
        are in Unicode code points.
        """

        def run(encoder: Encoder) -> dict[str, Any]:
            return compare(encoder, text_a, text_b, weights, self._limits).to_json()

        return self._answer(run, model)

    def cross_lingual(
        self,
        query: str,
        sentences: list[dict[str, str]],
        weights: str | list[float] = DEFAULT_WEIGHTS,
        model: str = "",
    ) -> dict[str, Any]:
        """Rank sentences, each {"language", "text"}, by their similarity to a query."""

        def run(encoder: Encoder) -> dict[str, Any]:
            rows = _sentences(sentences)
            return compare_across_languages(encoder, query, rows, weights, self._limits).to_json()

        return self._answer(run, model)

    def embed(
        self,
        texts: list[str],
        return_dense: bool = True,
        return_sparse: bool = False,
        return_colbert: bool = False,
        model: str = "",
    ) -> dict[str, Any]:
        """Embed texts: dense vectors, token weights (token, id, weight) and ColBERT rows, as asked for.

        ColBERT rows are returned for at most 8192 tokens of all texts together.
        """

        def run(encoder: Encoder) -> dict[str, Any]:
            return embed(encoder, texts, return_dense, return_sparse, return_colbert, self._limits)

        return self._answer(run, model)

    def search(
        self,
        query: str,
        corpus: str | list[Any] = SAMPLE_HANDLE,
        pipeline: str = DEFAULT_PIPELINE,
        expected: str = "",
        model: str = "",
    ) -> dict[str, Any]:
        """Search passages stage by stage.

        corpus: "sample", what /index_passages answered, or the passages themselves, as texts or
        {"id", "text", "title"}. pipeline: a preset, or stages such as "bm25 100 > dense 50 > colbert 10".
        expected: the id or some words of the passage that should be found, for a recall check.
        """

        def run(encoder: Encoder) -> dict[str, Any]:
            chosen = checked_pipeline(pipeline)
            if not isinstance(expected, str):
                raise InputError("input.not_text", field=Phrase("search.expected"))
            with self._index(encoder, corpus) as index:
                wanted = without_surrogates(expected)
                return search(encoder, index, query, chosen, wanted, self._limits).to_json()

        return self._answer(run, model)

    def index_passages(self, passages: list[Any], title: str = "", model: str = "") -> dict[str, Any]:
        """Start indexing passages, texts or {"id", "text", "title"}; answers the corpus to search."""

        def run(encoder: Encoder) -> dict[str, Any]:
            checked = passages_from_json(passages, self._limits.corpus_passages, self._limits)
            handle = self._library.add(encoder, without_surrogates(str(title))[:TITLE_CHARS], checked)
            return self._library.status(encoder, handle).to_json()

        return self._answer(run, model)

    def corpus_status(self, corpus: str, model: str = "") -> dict[str, Any]:
        """How many passages of a corpus are indexed."""
        return self._answer(lambda encoder: self._library.status(encoder, corpus).to_json(), model)

    def delete_corpus(self, corpus: str) -> dict[str, Any]:
        """Remove a corpus and everything stored of it."""

        def run(encoder: Encoder) -> dict[str, Any]:
            self._library.delete(checked_handle(corpus))
            return {"deleted": corpus}

        return self._answer(run, "")

    def evaluate_retrieval(
        self,
        queries: list[Any] | None = None,
        corpus: str | list[Any] = SAMPLE_HANDLE,
        model: str = "",
    ) -> dict[str, Any]:
        """Compare all pipelines by recall@10, MRR@10 and nDCG@10.

        queries: {"text", "relevant": [passage ids]}, with "language" and "kind" to group by; the built-in
        corpus has its own. corpus: as in /search.
        """

        def run(encoder: Encoder) -> dict[str, Any]:
            is_sample = queries is None and corpus == SAMPLE_HANDLE
            labelled = built_in_queries() if is_sample else queries_from_json(queries)
            with self._index(encoder, corpus) as index:
                return evaluate_retrieval(encoder, index, labelled, limits=self._limits).to_json()

        return self._answer(run, model)

    def _index(self, encoder: Encoder, corpus: str | list[Any]) -> AbstractContextManager[PassageIndex]:
        if isinstance(corpus, list):
            passages = passages_from_json(corpus, self._limits.table_rows, self._limits)
            tokenize_within_limits(encoder, [encoded_text(one) for one in passages], self._limits)
            return self._library.temporary(encoder, passages)
        return self._library.searchable(encoder, corpus)

    def _answer(self, run: Callable[[Encoder], dict[str, Any]], model: str) -> dict[str, Any]:
        try:
            encoder = self._models.encoder(model)
            with on_behalf_of(visitor_watch(), self._limits.request_seconds):
                return run(encoder)
        except DemoError as error:
            raise program_error(error) from error


def publish_endpoints(endpoints: Endpoints) -> None:
    """Register every endpoint under its name. Call inside a Blocks."""
    gr.api(endpoints.compare, api_name="compare")
    gr.api(endpoints.cross_lingual, api_name="cross_lingual")
    gr.api(endpoints.embed, api_name="embed")
    gr.api(endpoints.search, api_name="search")
    gr.api(endpoints.index_passages, api_name="index_passages")
    gr.api(endpoints.corpus_status, api_name="corpus_status")
    gr.api(endpoints.delete_corpus, api_name="delete_corpus")
    gr.api(endpoints.evaluate_retrieval, api_name="evaluate_retrieval")


def _sentences(sentences: object) -> list[SentenceSample]:
    if not isinstance(sentences, list) or not all(isinstance(row, dict) for row in sentences):
        raise InputError("input.not_sentences")
    return [
        SentenceSample(str(row.get("language") or "")[:LANGUAGE_CHARS], row.get("text", ""))
        for row in sentences
    ]
