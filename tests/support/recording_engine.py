"""An engine that remembers every batch and can be held, slowed, broken and starved, and requests to run on
it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from bge_demo.encoder.engines import SHORT_POSITIONS, HeadOutputs, OutOfMemoryError, TokenIds
from bge_demo.encoder.scheduler import BatchScheduler

DIM = 4
PAD = 1
Sequences = list[list[int]]


class RecordingEngine:
    """Answers with the token ids themselves, remembers every batch; can be held, slowed, broken and starved.

    dense is (first content id, sum of ids, length, 0); a token's weight is its id; its ColBERT row is its id.
    `room` is how many padded tokens fit into its memory.
    """

    name, device, precision, dim = "recording", "cpu", "fp32", DIM

    def __init__(self) -> None:
        self.batches: list[Sequences] = []
        self.shapes: list[tuple[int, int]] = []
        self.colbert: list[bool] = []
        self.may_run = threading.Event()
        self.may_run.set()
        self.long_may_run = threading.Event()
        self.long_may_run.set()
        self.poison: int | None = None
        self.room = 1 << 30
        self.seconds = 0.0

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        self.batches.append(
            [ids[mask == 1].tolist() for ids, mask in zip(token_ids, attention_mask, strict=True)]
        )
        self.shapes.append((token_ids.shape[0], token_ids.shape[1]))
        self.colbert.append(colbert)
        held = self.may_run if token_ids.shape[1] <= SHORT_POSITIONS else self.long_may_run
        assert held.wait(30)
        time.sleep(self.seconds)
        if token_ids.size > self.room:
            raise OutOfMemoryError(f"{token_ids.size} > {self.room}")
        if self.poison is not None and (token_ids == self.poison).any():
            raise ArithmeticError(f"{self.poison} in the batch")
        ids = (token_ids * attention_mask).astype(np.float32)
        dense = np.stack([ids[:, 1], ids.sum(1), attention_mask.sum(1), np.zeros(len(ids))], axis=1)
        rows = np.repeat(ids[:, 1:, None], DIM, axis=2)
        return HeadOutputs(dense.astype(np.float32), ids, rows if colbert else None)


def sequences(*lengths: int, first: int = 10) -> Sequences:
    """One sequence of each length: <s>, a number of its own, then filling, </s>."""
    return [[0, first + i, *[5] * (length - 3), 2] for i, length in enumerate(lengths)]


def check(asked: Sequences, scheduler: BatchScheduler, colbert: bool = True) -> None:
    for ids, output in zip(asked, scheduler.run(asked, colbert), strict=True):
        assert output.dense.tolist() == [ids[1], sum(ids), len(ids), 0]
        assert output.token_weights.tolist() == ids
        assert (output.colbert is not None) == colbert
        if output.colbert is not None:
            assert output.colbert[:, 0].tolist() == ids[1:]


def until(fact: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)


def submit(
    pool: ThreadPoolExecutor, scheduler: BatchScheduler, asked: Sequences, colbert: bool = True
) -> Future[None]:
    """Ask in another thread and return once the scheduler has the request."""
    before = n_waiting(scheduler)
    future = pool.submit(check, asked, scheduler, colbert)
    until(lambda: n_waiting(scheduler) > before)
    return future


def n_waiting(scheduler: BatchScheduler) -> int:
    """How many requests have sequences in no batch yet."""
    return len(scheduler._short._waiting.keys() | scheduler._long._waiting.keys())


def hold(pool: ThreadPoolExecutor, scheduler: BatchScheduler, engine: RecordingEngine) -> Future[None]:
    """Keep the engine busy with a request of one sequence, until `may_run` is set."""
    engine.may_run.clear()
    before = len(engine.batches)
    future = pool.submit(check, sequences(3, first=9000), scheduler)
    until(lambda: len(engine.batches) > before)
    return future
