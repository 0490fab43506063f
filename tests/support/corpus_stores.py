"""Where corpora can live, for tests that hold everywhere: folders, the logic for servers over Qdrant in
memory, and a real server if BGE_DEMO_QDRANT_URL names one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bge_demo.encoder.contract import Encoder
from bge_demo.retrieval.bm25 import Bm25, terms_of
from bge_demo.retrieval.corpora import Corpora, FolderCorpora, new_handle
from bge_demo.retrieval.corpus_server import ServerCorpora
from bge_demo.retrieval.library import open_corpora
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex
from bge_demo.retrieval.queries import encode_queries
from bge_demo.retrieval.store import Passage, QueryVectors
from bge_demo.settings import Settings

SENTENCES = Path(__file__).parents[2] / "bge_demo/assets/background_sentences.tsv"


@dataclass
class Store:
    """Corpora of one kind, and the means to come back to them."""

    kind: str
    folder: Path
    corpora: Corpora

    def reopened(self) -> Corpora:
        """The same corpora as after a restart."""
        if self.kind == "folders":
            self.corpora.close()
            self.corpora = FolderCorpora(self.folder)
        elif self.kind == "server":
            self.corpora.close()
            self.corpora = _server()
        return self.corpora


def opened_store(kind: str, folder: Path) -> Store:
    """Skips the test when it needs a server and none is named."""
    from qdrant_client import QdrantClient

    if kind == "folders":
        return Store(kind, folder, FolderCorpora(folder))
    if kind == "server-in-memory":
        return Store(kind, folder, ServerCorpora(QdrantClient(":memory:")))
    if not os.environ.get("BGE_DEMO_QDRANT_URL"):
        pytest.skip("BGE_DEMO_QDRANT_URL names no Qdrant server")
    return Store(kind, folder, _server())


def _server() -> Corpora:
    key = os.environ.get("BGE_DEMO_QDRANT_API_KEY", "")
    return open_corpora(Settings(qdrant_url=os.environ["BGE_DEMO_QDRANT_URL"], qdrant_api_key=key))


def card_for(encoder: Encoder, texts: Sequence[str], title: str = "a corpus") -> CorpusCard:
    n_terms = sum(len(terms_of(text).subwords) for text in encoder.tokenize(texts))
    bm25 = Bm25(mean_terms=max(1.0, n_terms / max(1, len(texts))))
    return CorpusCard(title, "2026-01-01T00:00:00+00:00", len(texts), encoder.info, bm25)


def add_texts(index: PassageIndex, encoder: Encoder, texts: Sequence[str], first: int = 0) -> None:
    numbers = range(first, first + len(texts))
    passages = [Passage(f"p{number}", text) for number, text in zip(numbers, texts, strict=True)]
    terms = [terms_of(text) for text in encoder.tokenize(texts)]
    index.add(numbers, passages, encoder.encode(texts), terms)


def new_corpus(corpora: Corpora, encoder: Encoder, texts: Sequence[str]) -> str:
    """A corpus of these texts; its handle."""
    handle = new_handle()
    corpora.create(handle, card_for(encoder, texts))
    with corpora.use(handle) as corpus:
        index = corpus.encoded_by(encoder.info)
        assert index is not None
        if texts:
            add_texts(index, encoder, texts)
    return handle


def index_of(corpora: Corpora, encoder: Encoder, handle: str) -> PassageIndex:
    """Its index; leave the corpus alone elsewhere meanwhile."""
    with corpora.use(handle) as corpus:
        index = corpus.encoded_by(encoder.info)
        assert index is not None
        return index


def asked(encoder: Encoder, query: str) -> QueryVectors:
    return encode_queries(encoder, encoder.tokenize([query]))[0]


def real_texts(n_texts: int) -> list[str]:
    """Every fourth background sentence, so that all languages are there."""
    lines = SENTENCES.read_text("utf-8").splitlines()[::4]
    return [line.split("\t")[1] for line in lines][:n_texts]
