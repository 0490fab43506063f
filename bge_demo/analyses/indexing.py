"""Encodes and stores passages in the background, corpus after corpus. Decides nothing about corpora."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bge_demo.bm25 import terms_of
from bge_demo.corpora import Corpora
from bge_demo.embeddings import Encoder
from bge_demo.errors import DemoError, InputError
from bge_demo.locales import Phrase
from bge_demo.passage_index import Passage, PassageIndex

log = logging.getLogger(__name__)

# Passages are confirmed this many at a time.
PASSAGES_AT_ONCE = 32


@dataclass
class Job:
    """Indexing of one corpus, under way or ended. `failure` says why it ended early."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    started: float | None = None
    n_done: int = 0
    failure: Phrase | None = None

    def seconds_left(self, n_left: int) -> float | None:
        """For so many passages at the speed so far; None until the first are done."""
        if self.started is None or self.n_done == 0:
            return None
        return n_left * (time.monotonic() - self.started) / self.n_done


class Indexer:
    """One thread that indexes, while searching goes on."""

    def __init__(self, corpora: Corpora) -> None:
        self._corpora = corpora
        self._jobs: dict[str, Job] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="indexer")

    def job(self, handle: str) -> Job | None:
        """The last indexing of this corpus since the server started."""
        return self._jobs.get(handle)

    def is_busy_with(self, handle: str) -> bool:
        """Whether this corpus is being indexed, or waits for it."""
        job = self._jobs.get(handle)
        return job is not None and not job.done.is_set()

    def start(self, encoder: Encoder, handle: str, numbered: Sequence[tuple[int, Passage]]) -> None:
        """Index numbered passages after all that waits already; the corpus has an index for the encoder."""
        job = self._jobs[handle] = Job()
        self._thread.submit(self._run, job, encoder, handle, numbered)

    def stop(self, handle: str) -> None:
        """End after the passages under way; what is confirmed stays."""
        job = self._jobs.get(handle)
        if job is not None:
            job.stop.set()

    def forget(self, handle: str) -> None:
        """The corpus is no more."""
        self._jobs.pop(handle, None)

    def wait(self, handle: str, seconds: float | None = None) -> None:
        """Until indexing of this corpus ends, at most so long."""
        job = self._jobs.get(handle)
        if job is not None:
            job.done.wait(seconds)

    def close(self) -> None:
        """End all indexing."""
        for handle in list(self._jobs):
            self.stop(handle)
        self._thread.shutdown()

    def _run(self, job: Job, encoder: Encoder, handle: str, numbered: Sequence[tuple[int, Passage]]) -> None:
        job.started = time.monotonic()
        try:
            for start in range(0, len(numbered), PASSAGES_AT_ONCE):
                if job.stop.is_set():
                    job.failure = Phrase("corpus.stopped")
                    return
                batch = numbered[start : start + PASSAGES_AT_ONCE]
                self._index(encoder, handle, batch)
                job.n_done += len(batch)
            with self._corpora.use(handle) as corpus:
                corpus.keep_only(encoder.info)
        except DemoError as error:
            log.warning("indexing ended: %s", error)
            job.failure = Phrase(error.key, **error.values)
        except BaseException:
            # A bug: the page must not wait for ever, and the trace goes to the log.
            job.failure = Phrase("corpus.crashed")
            log.exception("indexing failed")
            raise
        finally:
            job.done.set()

    def _index(self, encoder: Encoder, handle: str, batch: Sequence[tuple[int, Passage]]) -> None:
        with self._corpora.use(handle) as corpus:
            index = corpus.encoded_by(encoder.info)
            if index is None:
                raise InputError("corpus.unknown")
            add_passages(encoder, index, batch)


def add_passages(encoder: Encoder, index: PassageIndex, batch: Sequence[tuple[int, Passage]]) -> None:
    """Encode and store numbered passages."""
    numbers, passages = zip(*batch, strict=True)
    texts = [encoded_text(passage) for passage in passages]
    terms = [terms_of(text) for text in encoder.tokenize(texts)]
    index.add(numbers, passages, encoder.encode(texts), terms)


def encoded_text(passage: Passage) -> str:
    """What the model reads of a passage: its title counts too."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text
