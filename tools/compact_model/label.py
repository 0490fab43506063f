"""Asks the teachers for the vector of each training text.

Texts go in shards; one that is there is not made again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.compact_model.files import TEACHERS, WorkFolder, write_array

SHARD = 10_000
# The teachers average; what stands beyond this adds little to the average and costs much.
LABELLED_CHARS = 1_500


def label(work: WorkFolder, jobs: int, most: int | None = None) -> None:
    """Label the first `most` texts in shards of SHARD; a stop loses only the shards in progress."""
    # Each process computes on one core.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    start, done = time.monotonic(), 0
    # A forked process would inherit torch's threads in whatever state they are.
    with get_context("spawn").Pool(jobs) as pool:
        for n_texts in pool.imap_unordered(_label_shard, _shards(work, most)):
            done += n_texts
            print(f"{done} texts, {done / (time.monotonic() - start):.0f}/s", flush=True)


def shard_path(labels: Path, shard: int) -> Path:
    """Where the vectors of texts SHARD * shard and following lie."""
    return labels / f"{shard:04d}.npy"


def _shards(work: WorkFolder, most: int | None) -> Iterator[tuple[str, Path, list[str]]]:
    for teacher in TEACHERS:
        labels = work.labels(teacher)
        labels.mkdir(parents=True, exist_ok=True)
        texts = islice((row.text for row in work.texts()), most)
        shard = 0
        while chunk := list(islice(texts, SHARD)):
            if not (path := shard_path(labels, shard)).exists():
                yield teacher, path, chunk
            shard += 1


def _label_shard(job: tuple[str, Path, list[str]]) -> int:
    teacher, path, texts = job
    vectors = _encoder(teacher)([text[:LABELLED_CHARS] for text in texts])
    write_array(path, vectors.astype(np.float16))
    return len(texts)


@cache
def _encoder(teacher: str) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """A teacher's `encode`; each process loads a teacher once."""
    from tools.compact_model.teacher_e5 import E5Teacher
    from tools.compact_model.teacher_use import UseTeacher

    return UseTeacher().encode if teacher == "use" else E5Teacher().encode
