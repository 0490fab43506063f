"""The named endpoints for programs: plain values in, JSON out, the same limits and sentences as the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from bge_demo.analyses.compare import compare
from bge_demo.analyses.corpus_library import CorpusLibrary
from bge_demo.analyses.cross_lingual import LANGUAGE_CHARS, compare_across_languages
from bge_demo.analyses.embed import embed
from bge_demo.callers import on_behalf_of
from bge_demo.embeddings import Encoder
from bge_demo.errors import DemoError, InputError
from bge_demo.model_host import ModelHost
from bge_demo.samples import SentenceSample
from bge_demo.scoring import DEFAULT_WEIGHTS
from bge_demo.settings import Limits
from bge_demo.ui.page import program_error
from bge_demo.ui.visitors import visitor_watch


class Endpoints:
    """One method per endpoint; gradio takes name, parameters and documentation from it."""

    def __init__(self, models: ModelHost, library: CorpusLibrary, limits: Limits) -> None:
        self._models = models
        self._library = library
        self._limits = limits

    def compare(
        self, text_a: str, text_b: str, weights: str | list[float] = DEFAULT_WEIGHTS
    ) -> dict[str, Any]:
        """Compare two texts with all three heads.

        weights: model-card, even, cross-lingual, keyword, long-document, mkqa, or three numbers for dense,
        sparse and ColBERT. Offsets of keywords are in Unicode code points.
        """
        return self._answer(lambda encoder: compare(encoder, text_a, text_b, weights, self._limits).to_json())

    def cross_lingual(
        self, query: str, sentences: list[dict[str, str]], weights: str | list[float] = DEFAULT_WEIGHTS
    ) -> dict[str, Any]:
        """Rank sentences, each {"language", "text"}, by their similarity to a query."""

        def run(encoder: Encoder) -> dict[str, Any]:
            rows = _sentences(sentences)
            return compare_across_languages(encoder, query, rows, weights, self._limits).to_json()

        return self._answer(run)

    def embed(
        self,
        texts: list[str],
        return_dense: bool = True,
        return_sparse: bool = False,
        return_colbert: bool = False,
    ) -> dict[str, Any]:
        """Embed texts: dense vectors, token weights (token, id, weight) and ColBERT rows, as asked for.

        ColBERT rows are returned for at most 8192 tokens of all texts together.
        """
        return self._answer(
            lambda encoder: embed(
                encoder, texts, return_dense, return_sparse, return_colbert, limits=self._limits
            )
        )

    def _answer(self, run: Callable[[Encoder], dict[str, Any]]) -> dict[str, Any]:
        try:
            encoder = self._models.encoder()
            with on_behalf_of(visitor_watch(), self._limits.request_seconds):
                return run(encoder)
        except DemoError as error:
            raise program_error(error) from error


def publish_endpoints(endpoints: Endpoints) -> None:
    """Register every endpoint under its name. Call inside a Blocks."""
    gr.api(endpoints.compare, api_name="compare")
    gr.api(endpoints.cross_lingual, api_name="cross_lingual")
    gr.api(endpoints.embed, api_name="embed")


def _sentences(sentences: object) -> list[SentenceSample]:
    if not isinstance(sentences, list) or not all(isinstance(row, dict) for row in sentences):
        raise InputError("input.not_sentences")
    return [
        SentenceSample(str(row.get("language") or "")[:LANGUAGE_CHARS], row.get("text", ""))
        for row in sentences
    ]
