"""Asks the teacher for the vector of each training text, in shards; one that is there is not made again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from tools.compact_model.files import WorkFolder, write_array

SHARD = 10_000
# The teacher averages; what stands beyond this adds little to the average and costs much.
LABELLED_CHARS = 1_500


def label(work: WorkFolder, jobs: int, most: int | None = None) -> None:
    """Label the first `most` texts in shards of SHARD; a stop loses only the shards in progress."""
    work.labels.mkdir(exist_ok=True)
    # Each process computes on one core.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    start, done = time.monotonic(), 0
    with Pool(jobs) as pool:
        for n_texts in pool.imap_unordered(_label_shard, _shards(work, most)):
            done += n_texts
            print(f"{done} texts, {done / (time.monotonic() - start):.0f}/s", flush=True)


def shard_path(labels: Path, shard: int) -> Path:
    """Where the vectors of texts SHARD * shard and following lie."""
    return labels / f"{shard:04d}.npy"


def _shards(work: WorkFolder, most: int | None) -> Iterator[tuple[Path, list[str]]]:
    texts = islice((row.text for row in work.texts()), most)
    shard = 0
    while chunk := list(islice(texts, SHARD)):
        if not (path := shard_path(work.labels, shard)).exists():
            yield path, chunk
        shard += 1


def _label_shard(work: tuple[Path, list[str]]) -> int:
    from tools.compact_model.teacher import Teacher

    path, texts = work
    vectors = Teacher().encode([text[:LABELLED_CHARS] for text in texts])
    write_array(path, vectors.astype(np.float16))
    return len(texts)
