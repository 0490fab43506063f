"""Corpora that visitors search: make, watch, encode anew, remove. `indexing` fills them; ranks nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bge_demo.analyses.indexing import PASSAGES_AT_ONCE, Indexer, add_passages, encoded_text
from bge_demo.bm25 import DEFAULT_B, DEFAULT_K1, Bm25, terms_of
from bge_demo.corpora import SAMPLE_HANDLE, Corpora, Corpus, in_memory, new_handle
from bge_demo.embeddings import Encoder, ModelInfo
from bge_demo.errors import DemoError, InputError
from bge_demo.locales import Phrase
from bge_demo.passage_index import CorpusCard, Passage, PassageIndex
from bge_demo.sample_corpus import sample_passages
from bge_demo.settings import Limits

CorpusState = Literal["not-started", "indexing", "ready", "incomplete", "other-model"]
# How long a first search waits for the built-in corpus.
SAMPLE_SECONDS = 15.0
TITLE_CHARS = 60


@dataclass(frozen=True)
class CorpusStatus:
    """How far a corpus is. `model` encoded it; "other-model" means that another one serves now.

    `failure` says why indexing ended early; `seconds_left` is None unless it goes on.
    """

    handle: str
    title: str
    state: CorpusState
    n_indexed: int
    n_passages: int
    model: ModelInfo
    bytes_per_passage: float
    seconds_left: float | None = None
    failure: Phrase | None = None

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        failure = DemoError(self.failure.key, **self.failure.values) if self.failure else None
        return asdict(self) | {"failure": str(failure) if failure else None}


class CorpusLibrary:
    """All corpora of this server."""

    def __init__(self, corpora: Corpora, limits: Limits) -> None:
        self._corpora = corpora
        self._limits = limits
        self._lock = threading.Lock()
        self._sample_model: ModelInfo | None = None
        self._indexer = Indexer(corpora)

    def add(
        self,
        encoder: Encoder,
        title: str,
        passages: Sequence[Passage],
        k1: float = DEFAULT_K1,
        b: float = DEFAULT_B,
    ) -> str:
        """Start indexing passages as a new corpus; its handle. Raises InputError when no more are kept."""
        handle = new_handle()
        card = _card(encoder, title, passages, k1, b)
        with self._lock:
            self._make_room()
            self._corpora.create(handle, card)
        self._indexer.start(encoder, handle, list(enumerate(passages)))
        return handle

    def encode_anew(self, encoder: Encoder, handle: str) -> None:
        """Start indexing with this model what another one encoded, or go on where that was broken off.

        Nothing happens when all of it is there already, or on its way.
        """
        with self._lock, self._corpora.use(handle) as corpus:
            if self._indexer.is_busy_with(handle):
                return
            source = corpus.encoded_by_another()
            assert source is not None
            numbered = sorted(source.all_passages(), key=lambda pair: pair[0])
            index = corpus.encoded_by(encoder.info) or corpus.create(
                _card_anew(encoder, source.card, [passage for _, passage in numbered])
            )
            missing = set(index.missing())
            to_do = [(number, passage) for number, passage in numbered if number in missing]
            if to_do:
                self._indexer.start(encoder, handle, to_do)

    def open_sample(self, encoder: Encoder) -> None:
        """See that the built-in corpus is there, or on its way, for this model."""
        with self._lock:
            if self._indexer.is_busy_with(SAMPLE_HANDLE) or self._sample_model == encoder.info:
                return
            passages = [Passage(one.id, one.text, one.title, one.id) for one in sample_passages()]
            if SAMPLE_HANDLE not in self._corpora.idle_days():
                self._corpora.create(SAMPLE_HANDLE, _card(encoder, SAMPLE_HANDLE, passages))
            with self._corpora.use(SAMPLE_HANDLE) as corpus:
                missing = _missing_samples(corpus, encoder, passages)
            if missing:
                self._indexer.start(
                    encoder, SAMPLE_HANDLE, [(number, passages[number]) for number in missing]
                )
            else:
                self._sample_model = encoder.info

    def status(self, encoder: Encoder, handle: str) -> CorpusStatus:
        """How far a corpus is. Raises InputError if there is none of this handle."""
        if handle == SAMPLE_HANDLE and handle not in self._corpora.idle_days():
            return _sample_not_started(encoder)
        with self._corpora.use(handle) as corpus:
            own = corpus.encoded_by(encoder.info)
            index = own or corpus.encoded_by_another()
            assert index is not None
            return self._status(handle, index, is_own=own is not None)

    @contextmanager
    def searchable(self, encoder: Encoder, handle: str) -> Iterator[PassageIndex]:
        """The index for the encoder's model, kept open meanwhile; passages still to come are not in it.

        The built-in corpus is indexed when it is first asked for, and waited for a moment.

        Raises InputError for a corpus that is not there, is empty, or was encoded by another model.
        """
        if handle == SAMPLE_HANDLE:
            self.open_sample(encoder)
            self.wait(SAMPLE_HANDLE, SAMPLE_SECONDS)
        with self._corpora.use(handle) as corpus:
            index = corpus.encoded_by(encoder.info)
            if index is None:
                raise InputError("corpus.other_model", model=encoder.info.name)
            if index.n_indexed() == 0:
                raise InputError("corpus.nothing_indexed")
            yield index

    @contextmanager
    def temporary(self, encoder: Encoder, passages: Sequence[Passage]) -> Iterator[PassageIndex]:
        """An index in memory for one request."""
        with in_memory() as corpus:
            index = corpus.create(_card(encoder, "", passages))
            add_passages(encoder, index, list(enumerate(passages)))
            yield index

    def stop(self, handle: str) -> None:
        """End indexing after the passages under way; what is confirmed stays."""
        self._indexer.stop(handle)

    def delete(self, handle: str) -> None:
        """Remove a corpus. The built-in one stays."""
        if handle == SAMPLE_HANDLE:
            raise InputError("corpus.sample_stays")
        self._indexer.stop(handle)
        self._corpora.delete(handle)
        self._indexer.forget(handle)

    def wait(self, handle: str, seconds: float | None = None) -> None:
        """Until indexing of this corpus ends. For programs and tests."""
        self._indexer.wait(handle, seconds)

    def close(self) -> None:
        """End all indexing and close the corpora."""
        self._indexer.close()
        self._corpora.close()

    def _status(self, handle: str, index: PassageIndex, is_own: bool) -> CorpusStatus:
        card, n_indexed, job = index.card, index.n_indexed(), self._indexer.job(handle)
        if not is_own:
            state: CorpusState = "other-model"
        elif self._indexer.is_busy_with(handle):
            state = "indexing"
        else:
            state = "ready" if n_indexed == card.n_passages else "incomplete"
        left = job.seconds_left(card.n_passages - n_indexed) if job and state == "indexing" else None
        return CorpusStatus(
            handle=handle,
            title=card.title,
            state=state,
            n_indexed=n_indexed,
            n_passages=card.n_passages,
            model=card.model,
            bytes_per_passage=index.bytes_per_passage(),
            seconds_left=left,
            failure=job.failure if job else None,
        )

    def _make_room(self) -> None:
        """Remove what nobody used for long; InputError if there is still no room."""
        idle = {handle: days for handle, days in self._corpora.idle_days().items() if handle != SAMPLE_HANDLE}
        for handle, days in idle.items():
            if days > self._limits.corpus_days:
                self.delete(handle)
        n_kept = sum(days <= self._limits.corpus_days for days in idle.values())
        if n_kept >= self._limits.corpora:
            raise InputError("corpus.no_room", limit=self._limits.corpora)


def _missing_samples(corpus: Corpus, encoder: Encoder, passages: Sequence[Passage]) -> list[int]:
    """The numbers of built-in passages that are not there as they are now."""
    index = corpus.encoded_by(encoder.info)
    if index is not None and index.card.n_passages != len(passages):
        index.delete()
        index = None
    index = index or corpus.create(_card(encoder, SAMPLE_HANDLE, passages))
    stored = dict(index.all_passages())
    return [number for number, passage in enumerate(passages) if stored.get(number) != passage]


def _sample_not_started(encoder: Encoder) -> CorpusStatus:
    return CorpusStatus(
        SAMPLE_HANDLE, SAMPLE_HANDLE, "not-started", 0, len(sample_passages()), encoder.info, 0.0
    )


def _card(
    encoder: Encoder, title: str, passages: Sequence[Passage], k1: float = DEFAULT_K1, b: float = DEFAULT_B
) -> CorpusCard:
    return CorpusCard(
        title=title,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        n_passages=len(passages),
        model=encoder.info,
        bm25=Bm25(_mean_terms(encoder, passages), k1, b),
    )


def _card_anew(encoder: Encoder, card: CorpusCard, passages: Sequence[Passage]) -> CorpusCard:
    """The card of the same corpus for another model; passages that are lost stay missing."""
    anew = _card(encoder, card.title, passages, card.bm25.k1, card.bm25.b)
    return replace(anew, n_passages=card.n_passages)


def _mean_terms(encoder: Encoder, passages: Sequence[Passage]) -> float:
    n_terms = 0
    for start in range(0, len(passages), PASSAGES_AT_ONCE):
        texts = [encoded_text(one) for one in passages[start : start + PASSAGES_AT_ONCE]]
        n_terms += sum(len(terms_of(text)) for text in encoder.tokenize(texts))
    return max(1.0, n_terms / max(1, len(passages)))
