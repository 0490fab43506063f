"""Token sequences of many requests to shared batches of one engine. Knows no texts and keeps no results."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from heapq import merge

import numpy as np

from bge_demo.encoder.caller import check_caller, report_progress
from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines import SHORT_POSITIONS, Engine, HeadOutputs, OutOfMemoryError, TokenIds
from bge_demo.errors import InputError, NotReadyError

log = logging.getLogger(__name__)

# Padded tokens of a batch: on two cores the engines' tokens/s stop rising between 1024 and 2048, and a larger
# batch only makes the others wait. (64 texts of 4 to 512 tokens, m3-compact through OpenVINO: 1024 to 8192
# take the same processor time, 512 takes 9 % more.)
BATCH_TOKENS = 2048
# On an H200 a pass of fewer takes as long: 32 texts of 512 tokens at BGE-M3's size took 184 ms in batches of
# 2048, 121 ms in batches of 8192, and no less in larger ones.
GPU_BATCH_TOKENS = 8192
# How much of a batch may be padding. A few tokens are always allowed: a forward pass of its own costs as much
# as 15 to 60 of them.
PADDING_SHARE = 0.08
FREE_PADDING_TOKENS = 64
# How often a waiting request looks whether its caller is still there.
CHECK_SECONDS = 0.05


@dataclass(frozen=True, eq=False)
class SequenceOutputs:
    """One sequence's part of a batch, padding cut off.

    `dense` (dim,), `token_weights` (n_tokens,), `colbert` (n_tokens - 1, dim) or None.
    """

    dense: FloatArray
    token_weights: FloatArray
    colbert: FloatArray | None


@dataclass(frozen=True)
class WorkDone:
    """What the engine has run so far: tokens, and positions with the padding among them."""

    n_tokens: int
    n_positions: int

    def __add__(self, other: WorkDone) -> WorkDone:
        return WorkDone(self.n_tokens + other.n_tokens, self.n_positions + other.n_positions)

    def padding_since(self, earlier: WorkDone) -> float:
        """Share of the positions since then that were padding, 0 to 1."""
        n_positions = self.n_positions - earlier.n_positions
        return 1 - (self.n_tokens - earlier.n_tokens) / n_positions if n_positions else 0.0


class EngineError(Exception):
    """The engine failed on a batch with one of the caller's sequences; the cause says how."""


class _Request:
    """The sequences one caller waits for."""

    def __init__(self, sequences: Sequence[Sequence[int]], colbert: bool) -> None:
        self.sequences = sequences
        self.colbert = colbert
        self.outputs: dict[int, SequenceOutputs] = {}
        self.error: Exception | None = None
        self.done = threading.Event()

    def fail(self, error: Exception) -> None:
        """End it with an error."""
        self.error = error
        self.done.set()

    def report(self) -> None:
        """Tell the caller how many of its tokens are done; call it in the caller's thread."""
        # A copy: a worker may add one meanwhile.
        done = sum(len(self.sequences[index]) for index in list(self.outputs))
        report_progress(done, sum(map(len, self.sequences)))


@dataclass(frozen=True, eq=False)
class _Ticket:
    """One sequence of a request, to be run."""

    request: _Request
    index: int
    n_tokens: int


@dataclass(eq=False)
class _Turn:
    """One use of the engine; the worker fills in the batch when the turn begins."""

    batch: list[_Ticket] = field(default_factory=list)


class BatchScheduler:
    """Runs one engine for everybody.

    On a CPU long sequences have a lane of their own, one pass at a time beside the short ones: a pass of 8192
    tokens would keep everybody waiting. Elsewhere, where such a pass takes a fraction of a second, all share
    one. The threads end when the scheduler is dropped.
    """

    def __init__(self, engine: Engine, padding_id: int, batch_tokens: int = BATCH_TOKENS) -> None:
        self._short = _Lane(engine, padding_id, batch_tokens)
        self._long = _Lane(engine, padding_id, batch_tokens) if engine.device == "cpu" else self._short

    @property
    def work_done(self) -> WorkDone:
        """What the engine has run so far."""
        return sum((lane.work_done for lane in {self._short, self._long}), WorkDone(0, 0))

    def run(self, sequences: Sequence[Sequence[int]], colbert: bool) -> list[SequenceOutputs]:
        """Token ids, `<s>` and `</s>` included, to outputs in the same order; waits for them.

        Tells the caller how many tokens are done. Raises StoppedError when the caller has left or its time is
        up: what is in no batch yet is then never run. Raises InputError for a sequence that does not fit into
        memory even alone, NotReadyError when the process is ending, and EngineError when the engine failed on
        a batch with one of these sequences.
        """
        if not sequences:
            return []
        check_caller()
        request = _Request(sequences, colbert)
        waiting: dict[_Lane, list[int]] = {}
        for index, ids in enumerate(sequences):
            lane = self._short if len(ids) <= SHORT_POSITIONS else self._long
            waiting.setdefault(lane, []).append(index)
        try:
            for lane, indices in waiting.items():
                lane.add(request, indices)
            while not request.done.wait(CHECK_SECONDS):
                check_caller()
                request.report()
        finally:
            for lane in waiting:
                lane.withdraw(request)
        if request.error is not None:
            raise request.error
        return [request.outputs[i] for i in range(len(sequences))]


class _Lane:
    """Runs batches of whoever waits, in one thread.

    Everything that waits is ordered by length and cut into batches; next is the batch with the longest
    sequence of the request whose turn it is. Requests take turns batch by batch, oldest first, so a large one
    does not hold up the small ones; whatever else is about as long rides along. An idle engine starts at
    once, a busy one collects what arrives meanwhile.
    """

    def __init__(self, engine: Engine, padding_id: int, batch_tokens: int) -> None:
        self._engine = engine
        self._padding_id = padding_id
        self._batch_tokens = batch_tokens
        # An executor rather than a thread of our own: it carries exceptions, ends with its last reference,
        # and at interpreter exit waits for the batch that runs, which torch does not survive otherwise.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._lock = threading.Lock()
        # Whose turn is next comes first; of each what is in no batch yet, shortest first.
        self._waiting: dict[_Request, list[int]] = {}
        self._is_busy = False
        self.work_done = WorkDone(0, 0)

    def add(self, request: _Request, indices: Iterable[int]) -> None:
        """Run these sequences of the request in batches to come."""
        shortest_first = sorted(indices, key=lambda index: (len(request.sequences[index]), -index))
        with self._lock:
            self._waiting[request] = shortest_first
        self._start_turn()

    def withdraw(self, request: _Request) -> None:
        """No further batch will hold any of its sequences."""
        with self._lock:
            self._waiting.pop(request, None)

    def _start_turn(self) -> None:
        with self._lock:
            if self._is_busy or not self._waiting:
                return
            self._is_busy = True
        turn = _Turn()
        try:
            future = self._worker.submit(self._run_turn, turn)
        except RuntimeError:
            # The interpreter is shutting down: nobody may be left waiting.
            self._is_busy = False
            for request in list(self._waiting):
                self._fail(request, NotReadyError("request.stopping"))
            return
        future.add_done_callback(partial(self._end_turn, turn))

    def _run_turn(self, turn: _Turn) -> None:
        with self._lock:
            # Everyone who waited may have left since.
            if self._waiting:
                turn.batch = _next_batch(self._waiting, self._batch_tokens)
        if turn.batch:
            self._run_halving(turn.batch)

    def _run_halving(self, batch: Sequence[_Ticket]) -> None:
        """Run a batch, in halves where it does not fit into memory; one sequence that does not fit fails."""
        outputs = self._outputs(batch)
        if outputs is not None:
            _deliver(batch, outputs)
        elif len(batch) > 1:
            middle = len(batch) // 2
            self._run_halving(batch[:middle])
            self._run_halving(batch[middle:])
        else:
            error = InputError("request.out_of_memory", n_tokens=batch[0].n_tokens)
            self._fail(batch[0].request, error)

    def _outputs(self, batch: Sequence[_Ticket]) -> HeadOutputs | None:
        """None when memory runs out; what the exception held of it is free again when this returns."""
        token_ids, attention_mask = self._padded([ticket.request.sequences[ticket.index] for ticket in batch])
        colbert = any(ticket.request.colbert for ticket in batch)
        try:
            outputs = self._engine.forward(token_ids, attention_mask, colbert)
        except OutOfMemoryError:
            log.warning("out of memory with %d texts of %d tokens", *token_ids.shape)
            return None
        self.work_done += WorkDone(sum(ticket.n_tokens for ticket in batch), token_ids.size)
        return outputs

    def _end_turn(self, turn: _Turn, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            self._fail_all([ticket.request for ticket in turn.batch], error)
        with self._lock:
            self._is_busy = False
        self._start_turn()

    def _fail_all(self, requests: Iterable[_Request], cause: BaseException) -> None:
        for request in set(requests):
            # A new one for each: a shared exception collects the frames of all who raise it.
            error = EngineError(f"the engine failed: {cause!r}")
            error.__cause__ = cause
            self._fail(request, error)

    def _fail(self, request: _Request, error: Exception) -> None:
        self.withdraw(request)
        request.fail(error)

    def _padded(self, sequences: Sequence[Sequence[int]]) -> tuple[TokenIds, TokenIds]:
        """-> token ids and attention mask, (n_sequences, longest)."""
        longest = max(len(sequence) for sequence in sequences)
        token_ids = np.full((len(sequences), longest), self._padding_id, np.int64)
        attention_mask = np.zeros_like(token_ids)
        for row, sequence in enumerate(sequences):
            token_ids[row, : len(sequence)] = sequence
            attention_mask[row, : len(sequence)] = 1
        return token_ids, attention_mask


def _deliver(batch: Sequence[_Ticket], outputs: HeadOutputs) -> None:
    """Each request gets copies of its own rows, so nobody keeps the padded batch."""
    for row, ticket in enumerate(batch):
        request, n_tokens = ticket.request, ticket.n_tokens
        colbert = None
        if request.colbert and outputs.colbert is not None:
            # Row 0 already is the token after <s>.
            colbert = outputs.colbert[row, : n_tokens - 1].copy()
        weights = outputs.token_weights[row, :n_tokens].copy()
        request.outputs[ticket.index] = SequenceOutputs(outputs.dense[row].copy(), weights, colbert)
        if len(request.outputs) == len(request.sequences):
            request.done.set()


def _next_batch(waiting: dict[_Request, list[int]], batch_tokens: int) -> list[_Ticket]:
    """Take the batch with the longest sequence of the first request; that request goes to the end."""
    first = next(iter(waiting))
    longest_first = merge(*(_tickets(*item) for item in waiting.items()), key=lambda ticket: -ticket.n_tokens)
    cuts = _batches(longest_first, batch_tokens)
    batch = next(batch for batch in cuts if any(ticket.request is first for ticket in batch))
    waiting[first] = waiting.pop(first)
    for ticket in batch:
        waiting[ticket.request].remove(ticket.index)
        if not waiting[ticket.request]:
            del waiting[ticket.request]
    return batch


def _tickets(request: _Request, indices: Sequence[int]) -> Iterator[_Ticket]:
    """Of sequences shortest first, longest first."""
    return (_Ticket(request, index, len(request.sequences[index])) for index in reversed(indices))


def _batches(tickets: Iterable[_Ticket], batch_tokens: int) -> Iterator[list[_Ticket]]:
    """Cut tickets, longest first, where a batch would hold more than `batch_tokens` or too much padding.

    A single sequence is a batch whatever its length.
    """
    batch: list[_Ticket] = []
    padding = 0
    for ticket in tickets:
        longest = batch[0].n_tokens if batch else ticket.n_tokens
        padding += longest - ticket.n_tokens
        size = (len(batch) + 1) * longest
        if batch and (size > batch_tokens or padding > max(FREE_PADDING_TOKENS, PADDING_SHARE * size)):
            yield batch
            batch, padding = [], 0
        batch.append(ticket)
    if batch:
        yield batch
