"""The cache of embeddings: its bound in bytes, who leaves first, and that nobody can alter what it holds."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest

from bge_demo.encoder.cache import ENTRY_OVERHEAD_BYTES, MB, CacheKey, EmbeddingCache, TextEmbedding

DIM = 8


def key(text: str) -> CacheKey:
    return CacheKey("1", "fp32", text.encode())


def embedding(value: float = 0.0, n_rows: int | None = None) -> TextEmbedding:
    colbert = None if n_rows is None else np.full((n_rows, DIM), value, np.float32)
    return TextEmbedding.of(np.full(DIM, value, np.float32), {7: value, 9: 0.5}, colbert)


def size(text: str, n_rows: int | None = None) -> int:
    cache = EmbeddingCache()
    cache.put(key(text), embedding(n_rows=n_rows))
    return cache.used_bytes


def test_an_entry_counts_its_arrays_its_text_and_an_overhead() -> None:
    numbers = 4 * DIM + 2 * (8 + 4) + 4 * 3 * DIM
    assert size("abc", n_rows=3) == pytest.approx(ENTRY_OVERHEAD_BYTES + numbers + 52, abs=16)
    assert size("long " * 1000) > size("long") + 4900


def test_the_least_recently_used_entry_leaves_first() -> None:
    cache = EmbeddingCache(3 * size("a"))
    for text in "abc":
        cache.put(key(text), embedding())
    assert cache.get(key("a"), colbert=False) is not None
    cache.put(key("d"), embedding())
    assert [text for text in "abcd" if cache.get(key(text), colbert=False)] == ["a", "c", "d"]


def test_an_entry_larger_than_the_cache_is_not_kept_and_displaces_nothing() -> None:
    cache = EmbeddingCache(2 * size("a"))
    cache.put(key("a"), embedding())
    cache.put(key("b"), embedding(n_rows=1000))
    assert cache.get(key("b"), colbert=False) is None
    assert cache.get(key("a"), colbert=False) is not None


def test_an_entry_with_colbert_serves_a_request_without_and_is_not_replaced_by_less() -> None:
    cache = EmbeddingCache()
    cache.put(key("a"), embedding())
    assert cache.get(key("a"), colbert=True) is None
    full = embedding(n_rows=2)
    cache.put(key("a"), full)
    cache.put(key("a"), embedding())
    assert cache.get(key("a"), colbert=False) is full
    assert cache.get(key("a"), colbert=True) is full
    assert cache.used_bytes == size("a", n_rows=2)
    assert len(cache) == 1


@pytest.mark.parametrize(
    "other",
    [
        CacheKey("2", "fp32", b"a"),
        CacheKey("1", "bf16", b"a"),
        CacheKey("1", "fp32", b"A"),
    ],
)
def test_every_part_of_the_key_counts(other: CacheKey) -> None:
    cache = EmbeddingCache()
    cache.put(key("a"), embedding())
    assert cache.get(other, colbert=False) is None


def test_a_smaller_bound_takes_effect_at_once() -> None:
    cache = EmbeddingCache()
    for text in "abcdef":
        cache.put(key(text), embedding())
    cache.resize(2 * size("a"))
    assert len(cache) == 2
    assert cache.get(key("f"), colbert=False) is not None
    cache.resize(0)
    assert (len(cache), cache.used_bytes) == (0, 0)


def test_nobody_can_alter_an_entry() -> None:
    kept = embedding(0.25, n_rows=2)
    assert kept.colbert is not None
    for array in (kept.dense, kept.token_ids, kept.weights, kept.colbert, kept.colbert[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.setflags(write=True)
    kept.sparse[7] = 9.0
    assert kept.sparse == {7: 0.25, 9: 0.5}


def test_many_threads_never_break_the_bound_nor_mix_entries() -> None:
    cache = EmbeddingCache(20 * size("00", n_rows=2))
    wrong: list[str] = []

    def use(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(400):
            value = dice.randrange(60)
            found = cache.get(key(f"{value:02}"), colbert=dice.random() < 0.5)
            if found is not None and float(found.dense[0]) != value:
                wrong.append(f"{value} got {found.dense[0]}")
            cache.put(key(f"{value:02}"), embedding(value, n_rows=dice.choice([None, 2])))

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert cache.used_bytes <= 20 * size("00", n_rows=2)
    assert 15 <= len(cache) <= 25
    assert MB == 1 << 20
