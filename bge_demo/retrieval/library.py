"""Corpora that visitors search: make, watch, encode anew, remove. `indexing` fills them; ranks nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bge_demo.encoder.contract import Encoder, ModelInfo
from bge_demo.errors import DemoError, InputError
from bge_demo.locales import Phrase
from bge_demo.retrieval.bm25 import DEFAULT_B, DEFAULT_K1, Bm25
from bge_demo.retrieval.corpora import (
    SAMPLE_HANDLE,
    Corpora,
    Corpus,
    FolderCorpora,
    new_handle,
    temporary_index,
)
from bge_demo.retrieval.indexing import (
    PASSAGES_AT_ONCE,
    Indexer,
    add_passages,
    encoded_text,
    measured_threshold,
)
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex
from bge_demo.retrieval.sample import sample_passages
from bge_demo.retrieval.store import Passage
from bge_demo.retrieval.threshold import SearchThreshold
from bge_demo.settings import Limits, Settings

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
        self._threshold: SearchThreshold | None = None
        # Who made a corpus, as long as the server runs: a handle alone tells whoever holds it.
        self._origins: dict[str, str] = {}
        self._indexer = Indexer(corpora, self._note_complete)

    def add(
        self,
        encoder: Encoder,
        title: str,
        passages: Sequence[Passage],
        k1: float = DEFAULT_K1,
        b: float = DEFAULT_B,
        origin: str = "",
    ) -> str:
        """Start indexing passages as a new corpus; its handle.

        `origin` has a share of the places; "" may take all of them. Raises InputError when no more are kept,
        of all or of this origin, or for more tokens than a corpus may have.
        """
        handle = new_handle()
        n_terms = _count_terms(encoder, passages)
        if n_terms > self._limits.corpus_tokens:
            raise InputError("corpus.too_many_tokens", n_tokens=n_terms, limit=self._limits.corpus_tokens)
        card = _card(encoder, title, len(passages), Bm25(_mean(n_terms, passages), k1, b))
        with self._lock:
            self._make_room(origin)
            self._corpora.create(handle, card)
            self._origins[handle] = origin
        self._indexer.start(encoder, handle, list(enumerate(passages)))
        return handle

    def encode_anew(self, encoder: Encoder, handle: str) -> None:
        """Start indexing with this model what another one encoded, or go on where that was broken off.

        Nothing happens when all of it is there already, or on its way.
        """
        with self._lock, self._corpora.use(handle) as corpus:
            if self._indexer.is_busy_with(handle):
                return
            source = _source(corpus)
            numbered = list(source.all_passages())
            index = corpus.encoded_by(encoder.info) or corpus.create(
                _card_anew(encoder, source.card, [passage for _, passage in numbered])
            )
            missing = set(index.missing())
            to_do = [(number, passage) for number, passage in numbered if number in missing]
            if to_do:
                self._indexer.start(encoder, handle, to_do)

    def open_sample(self, encoder: Encoder) -> None:
        """See that the built-in corpus is there, or on its way, for this model; made anew if damaged."""
        with self._lock:
            if self._indexer.is_busy_with(SAMPLE_HANDLE) or self._sample_model == encoder.info:
                return
            passages = [Passage(one.id, one.text, one.title, one.id) for one in sample_passages()]
            try:
                missing = self._missing_samples(encoder, passages)
            except InputError as error:
                if error.key != "corpus.damaged":
                    raise
                self._corpora.delete(SAMPLE_HANDLE)
                missing = self._missing_samples(encoder, passages)
            # Also when none is missing: what is computed of the whole corpus may be.
            self._indexer.start(encoder, SAMPLE_HANDLE, [(number, passages[number]) for number in missing])

    def status(self, encoder: Encoder, handle: str) -> CorpusStatus:
        """How far a corpus is. Raises InputError if there is none of this handle."""
        if handle == SAMPLE_HANDLE and handle not in self._corpora.idle_days():
            return _sample_not_started(encoder)
        self._renew(encoder, handle)
        with self._corpora.use(handle) as corpus:
            own = corpus.encoded_by(encoder.info)
            return self._status(handle, own or _source(corpus), is_own=own is not None)

    def documents(self, encoder: Encoder, handle: str) -> frozenset[str]:
        """The ids of what a corpus is made of, so far as it is indexed. Raises as `status` does."""
        if handle == SAMPLE_HANDLE and handle not in self._corpora.idle_days():
            return frozenset(passage.id for passage in sample_passages())
        with self._corpora.use(handle) as corpus:
            index = corpus.encoded_by(encoder.info) or _source(corpus)
            return frozenset(passage.document for _, passage in index.all_passages())

    @contextmanager
    def searchable(self, encoder: Encoder, handle: str) -> Iterator[PassageIndex]:
        """The index for the encoder's model, kept open meanwhile; passages still to come are not in it.

        The built-in corpus is indexed when it is first asked for, and waited for a moment.

        Raises InputError for a corpus that is not there, is empty, or was encoded by another model.
        """
        if handle == SAMPLE_HANDLE:
            self.open_sample(encoder)
            self.wait(SAMPLE_HANDLE, SAMPLE_SECONDS)
        self._renew(encoder, handle)
        with self._corpora.use(handle) as corpus:
            index = corpus.encoded_by(encoder.info)
            if index is None:
                _source(corpus)
                raise InputError("corpus.other_model", model=encoder.info.name)
            if index.n_indexed() == 0:
                raise InputError("corpus.nothing_indexed")
            index.threshold = self._threshold if self._sample_model == encoder.info else None
            yield index

    @contextmanager
    def temporary(self, encoder: Encoder, passages: Sequence[Passage]) -> Iterator[PassageIndex]:
        """An index in memory for one request."""
        index = temporary_index(_new_card(encoder, "", passages))
        add_passages(encoder, index, list(enumerate(passages)))
        index.threshold = self._threshold if self._sample_model == encoder.info else None
        yield index

    def stop(self, handle: str) -> None:
        """End indexing; what is confirmed stays."""
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

    def _renew(self, encoder: Encoder, handle: str) -> None:
        """Encode anew what an earlier version of this program stored by the same model."""
        with self._corpora.use(handle) as corpus:
            if corpus.encoded_by(encoder.info) is not None:
                return
            is_earlier = _same_model(_source(corpus).card.model, encoder.info)
        if is_earlier:
            self.encode_anew(encoder, handle)

    def _note_complete(self, encoder: Encoder, handle: str, index: PassageIndex) -> None:
        """Compute what is computed once when a corpus is complete: its map, and from the built-in corpus the
        threshold of the model."""
        if index.map is None:
            index.draw_map()
        if handle == SAMPLE_HANDLE:
            threshold = index.kept_threshold()
            if threshold is None:
                threshold = measured_threshold(encoder, index)
                index.keep_threshold(threshold)
            self._sample_model, self._threshold = encoder.info, threshold

    def _missing_samples(self, encoder: Encoder, passages: Sequence[Passage]) -> list[int]:
        """The numbers of built-in passages that are not there as they are now."""
        if SAMPLE_HANDLE not in self._corpora.idle_days():
            self._corpora.create(SAMPLE_HANDLE, _new_card(encoder, SAMPLE_HANDLE, passages))
        with self._corpora.use(SAMPLE_HANDLE) as corpus:
            index = corpus.encoded_by(encoder.info)
            if index is None or index.card.n_passages != len(passages):
                index = corpus.create(_new_card(encoder, SAMPLE_HANDLE, passages))
            stored = dict(index.all_passages())
        return [number for number, passage in enumerate(passages) if stored.get(number) != passage]

    def _make_room(self, origin: str) -> None:
        """Remove what nobody used for long; InputError if there is still no room for this origin."""
        idle = {handle: days for handle, days in self._corpora.idle_days().items() if handle != SAMPLE_HANDLE}
        for handle, days in idle.items():
            if days > self._limits.corpus_days:
                self.delete(handle)
        n_kept = sum(days <= self._limits.corpus_days for days in idle.values())
        if n_kept >= self._limits.corpora:
            raise InputError("corpus.no_room", limit=self._limits.corpora)
        self._origins = {handle: who for handle, who in self._origins.items() if handle in idle}
        if origin and list(self._origins.values()).count(origin) >= self._limits.corpora_of_one:
            raise InputError("corpus.no_share", limit=self._limits.corpora_of_one)


def _source(corpus: Corpus) -> PassageIndex:
    """The fullest index of a corpus, whoever encoded it. Raises InputError when none can be read."""
    source = corpus.encoded_by_another()
    if source is None:
        raise InputError("corpus.damaged")
    return source


def _same_model(one: ModelInfo, other: ModelInfo) -> bool:
    return (one.name, one.revision, one.precision) == (other.name, other.revision, other.precision)


def _sample_not_started(encoder: Encoder) -> CorpusStatus:
    return CorpusStatus(
        SAMPLE_HANDLE, SAMPLE_HANDLE, "not-started", 0, len(sample_passages()), encoder.info, 0.0
    )


def _card(encoder: Encoder, title: str, n_passages: int, bm25: Bm25) -> CorpusCard:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return CorpusCard(title, created, n_passages, encoder.info, bm25)


def _new_card(encoder: Encoder, title: str, passages: Sequence[Passage]) -> CorpusCard:
    mean_terms = _mean(_count_terms(encoder, passages), passages)
    return _card(encoder, title, len(passages), Bm25(mean_terms))


def _card_anew(encoder: Encoder, card: CorpusCard, passages: Sequence[Passage]) -> CorpusCard:
    """The card of the same corpus for another model; passages that are lost stay missing."""
    mean_terms = _mean(_count_terms(encoder, passages), passages)
    return _card(encoder, card.title, card.n_passages, replace(card.bm25, mean_terms=mean_terms))


def _count_terms(encoder: Encoder, passages: Sequence[Passage]) -> int:
    """Sub-words of all passages."""
    n_terms = 0
    for start in range(0, len(passages), PASSAGES_AT_ONCE):
        texts = [encoded_text(one) for one in passages[start : start + PASSAGES_AT_ONCE]]
        n_terms += sum(text.n_tokens - 2 for text in encoder.tokenize(texts))
    return n_terms


def _mean(n_terms: int, passages: Sequence[Passage]) -> float:
    return max(1.0, n_terms / max(1, len(passages)))


def open_corpora(settings: Settings) -> Corpora:
    """The server that the settings name, else folders below the data folder. Raises SettingsError."""
    if settings.qdrant_url:
        from bge_demo.retrieval.corpus_server import ServerCorpora, connection

        return ServerCorpora(connection(settings.qdrant_url, settings.qdrant_api_key))
    return FolderCorpora(Path(settings.data_dir).expanduser() / "corpora")
