"""Encodes and stores passages in the background, corpora in turns. Decides nothing about corpora."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import DemoError, InputError, StoppedError, places
from bge_demo.locales import Phrase
from bge_demo.retrieval.bm25 import terms_of
from bge_demo.retrieval.corpora import Corpora
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import DEFAULT_PIPELINE, PIPELINES, run_pipeline
from bge_demo.retrieval.queries import encode_queries
from bge_demo.retrieval.sample import sample_queries
from bge_demo.retrieval.store import Passage
from bge_demo.retrieval.threshold import SearchThreshold, best_threshold
from bge_demo.scores.scoring import similarity_percent
from bge_demo.text.tokens import TokenizedText

log = logging.getLogger(__name__)

# One turn of a corpus: at most so many passages, and so many tokens unless one passage alone has more.
PASSAGES_AT_ONCE, TOKENS_AT_ONCE = 32, 4096
Numbered = tuple[int, Passage]
WhenComplete = Callable[[Encoder, str, PassageIndex], None]


@dataclass
class Job:
    """Indexing of one corpus, under way or ended. `failure` says why it ended early."""

    encoder: Encoder
    handle: str
    to_do: deque[Numbered]
    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    # Passages taken from `to_do` that did not fit into the last turn.
    tokenized: deque[tuple[int, Passage, TokenizedText]] = field(default_factory=deque)
    started: float | None = None
    n_done: int = 0
    failure: Phrase | None = None

    def seconds_left(self, n_left: int) -> float | None:
        """For so many passages at the speed so far; None until the first are done."""
        if self.started is None or self.n_done == 0:
            return None
        return n_left * (time.monotonic() - self.started) / self.n_done

    def next_turn(self) -> list[tuple[int, Passage, TokenizedText]]:
        """What the next turn encodes; nothing when all is done. Every passage is tokenised once."""
        n_more = min(PASSAGES_AT_ONCE - len(self.tokenized), len(self.to_do))
        fresh = [self.to_do.popleft() for _ in range(n_more)]
        texts = self.encoder.tokenize([encoded_text(passage) for _, passage in fresh])
        self.tokenized += [(*one, text) for one, text in zip(fresh, texts, strict=True)]
        turn: list[tuple[int, Passage, TokenizedText]] = []
        n_tokens = 0
        while self.tokenized:
            n_tokens += self.tokenized[0][2].n_tokens
            if turn and n_tokens > TOKENS_AT_ONCE:
                break
            turn.append(self.tokenized.popleft())
        return turn


class Indexer:
    """One thread that indexes while searching goes on; a corpus with much to do waits for none with little.

    `when_complete` is called there after the last passage of a corpus.
    """

    def __init__(self, corpora: Corpora, when_complete: WhenComplete) -> None:
        self._corpora = corpora
        self._when_complete = when_complete
        self._jobs: dict[str, Job] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="indexer")

    def job(self, handle: str) -> Job | None:
        """The last indexing of this corpus since the server started."""
        return self._jobs.get(handle)

    def is_busy_with(self, handle: str) -> bool:
        """Whether this corpus is being indexed, or waits for it."""
        job = self._jobs.get(handle)
        return job is not None and not job.done.is_set()

    def start(self, encoder: Encoder, handle: str, numbered: Sequence[Numbered]) -> None:
        """Index numbered passages in turn with the other corpora; the corpus has an index for the encoder."""
        job = self._jobs[handle] = Job(encoder, handle, deque(numbered))
        self._thread.submit(self._take_turn, job)

    def stop(self, handle: str) -> None:
        """End it; what is confirmed stays, the passages under way are given up."""
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
        jobs = list(self._jobs.values())
        for job in jobs:
            job.stop.set()
        for job in jobs:
            job.done.wait()
        self._thread.shutdown()

    def _take_turn(self, job: Job) -> None:
        """One turn; the next one queues behind the turns of other corpora."""
        is_over = True
        try:
            with on_behalf_of(job.stop.is_set, math.inf):
                is_over = self._index_some(job)
        except StoppedError:
            job.failure = Phrase("corpus.stopped")
        except DemoError as error:
            log.warning("indexing ended: %s", error.key)
            job.failure = error.phrase
        except BaseException as error:
            # A bug: the page must not wait for ever. Not the trace: it may quote a passage.
            job.failure = Phrase("corpus.crashed")
            log.error("indexing failed: %s", places(error))
            raise
        finally:
            if is_over:
                job.done.set()
            else:
                self._thread.submit(self._take_turn, job)

    def _index_some(self, job: Job) -> bool:
        """Index one turn's passages; whether that was all."""
        job.started = job.started or time.monotonic()
        if job.stop.is_set():
            job.failure = Phrase("corpus.stopped")
            return True
        turn = job.next_turn()
        with self._corpora.use(job.handle) as corpus:
            index = corpus.encoded_by(job.encoder.info)
            if index is None:
                raise InputError("corpus.unknown", value=job.handle).at("corpus")
            _add(job.encoder, index, turn)
            job.n_done += len(turn)
            if job.to_do or job.tokenized:
                return False
            corpus.keep_only(job.encoder.info)
            self._when_complete(job.encoder, job.handle, index)
        return True


def add_passages(encoder: Encoder, index: PassageIndex, numbered: Sequence[Numbered]) -> None:
    """Encode and store numbered passages."""
    texts = encoder.tokenize([encoded_text(passage) for _, passage in numbered])
    _add(encoder, index, [(*one, text) for one, text in zip(numbered, texts, strict=True)])


def _add(
    encoder: Encoder, index: PassageIndex, tokenized: Sequence[tuple[int, Passage, TokenizedText]]
) -> None:
    if tokenized:
        numbers, passages, texts = zip(*tokenized, strict=True)
        index.add(numbers, passages, encoder.encode_tokens(texts), [terms_of(text) for text in texts])


def encoded_text(passage: Passage) -> str:
    """What the model reads of a passage: its title counts too."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def measured_threshold(encoder: Encoder, index: PassageIndex) -> SearchThreshold:
    """Search the built-in corpus for its labelled queries with the default pipeline."""
    documents = {number: passage.document for number, passage in index.all_passages()}
    queries = sample_queries()
    vectors = encode_queries(encoder, encoder.tokenize([query.text for query in queries]))
    percents, is_right = [], []
    for query, vector in zip(queries, vectors, strict=True):
        scorer = index.all_scores(vector)
        first = run_pipeline(PIPELINES[DEFAULT_PIPELINE], scorer)[-1].passages[0]
        percents.append(similarity_percent(float(scorer.scores("dense", [first])[0])))
        is_right.append(documents[first] in query.relevant)
    return best_threshold(percents, is_right)
