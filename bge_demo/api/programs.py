"""All programs, those of the tabs and those that no tab shows: what every door derives its endpoints from."""

from __future__ import annotations

from typing import Any

from bge_demo.api import raw_outputs
from bge_demo.api.openai import embeddings
from bge_demo.api.rerank import rerank
from bge_demo.encoder.contract import Encoder
from bge_demo.serving.gate import Program
from bge_demo.settings import Limits
from bge_demo.tabs.all_tabs import TABS


def embed(
    encoder: Encoder,
    limits: Limits,
    texts: list[str],
    return_dense: bool = True,
    return_sparse: bool = False,
    return_colbert: bool = False,
) -> dict[str, Any]:
    """Embed texts: dense vectors, token weights (token, id, weight) and ColBERT rows, as asked for.

    ColBERT rows are returned for at most 8192 tokens of all texts together.
    """
    return raw_outputs.embed(encoder, texts, return_dense, return_sparse, return_colbert, limits)


PROGRAMS: tuple[Program, ...] = (*(program for tab in TABS for program in tab.programs), embed)
# What is of use over HTTP alone: shapes that other services' clients speak.
HTTP_PROGRAMS: tuple[Program, ...] = (*PROGRAMS, embeddings, rerank)
