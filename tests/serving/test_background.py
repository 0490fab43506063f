"""The background set: balanced, without repetition, encoded once for each encoder and forgotten with it."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder

from bge_demo.encoder.contract import Embeddings
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.samples import background_sentences
from bge_demo.scores.scoring import percentile
from bge_demo.serving.background import background_cosines, prepare_background

LANGUAGES = {*"ar de en es fr it ja ko nl pl pt ru th tr zh zh-TW".split()}


def test_sixteen_sentences_in_each_of_sixteen_languages() -> None:
    counts = Counter(language for language, _ in background_sentences())
    assert counts == dict.fromkeys(LANGUAGES, 16)


def test_no_sentence_is_blank_or_repeated() -> None:
    sentences = [sentence for _, sentence in background_sentences()]
    assert all(sentence == sentence.strip() and len(sentence) > 5 for sentence in sentences)
    assert len({sentence.casefold() for sentence in sentences}) == 256


def test_the_cosines_of_all_pairs_come_ascending(compact: TextEncoder) -> None:
    cosines = background_cosines(compact)
    assert cosines.shape == (comb(256, 2),)
    assert (np.diff(cosines) >= 0).all()
    assert -1 <= cosines[0] <= cosines[-1] < 0.9


def test_the_cosines_equal_those_of_a_double_loop(compact: TextEncoder) -> None:
    sentences = [sentence for _, sentence in background_sentences()]
    dense = compact.encode(sentences, sparse=False, colbert=False).dense
    assert dense is not None
    pairs = sorted(float(dense[i] @ dense[j]) for i in range(256) for j in range(i))
    np.testing.assert_allclose(background_cosines(compact), pairs, atol=1e-5)


def test_unrelated_sentences_score_low(compact: TextEncoder) -> None:
    assert np.median(background_cosines(compact)) < 0.3


def test_the_percentile_climbs_from_0_to_100_with_the_cosine(compact: TextEncoder) -> None:
    background = background_cosines(compact)
    shares = [percentile(cosine, background) for cosine in np.linspace(-1, 1.01, 50)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 100


def test_the_set_is_encoded_once_for_each_encoder() -> None:
    first, second = FakeEncoder(), FakeEncoder()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: background_cosines(first), range(8)))
    assert all(answer is answers[0] for answer in answers)
    assert [len(texts) for texts in first.encoded] == [256]
    assert background_cosines(second) is not answers[0]
    assert [len(texts) for texts in second.encoded] == [256]


def settled() -> FakeEncoder:
    """One that knows all tokens: it numbers them as they come."""
    encoder = FakeEncoder()
    encoder.encode([sentence for _, sentence in background_sentences()])
    encoder.encoded.clear()
    return encoder


def test_a_later_start_reads_what_the_first_one_kept(tmp_path: Path) -> None:
    first, second = settled(), settled()
    for encoder in (first, second):
        prepare_background(encoder, tmp_path)
    np.testing.assert_allclose(background_cosines(second), background_cosines(first), atol=1e-6)
    assert [len(texts) for texts in first.encoded] == [256]
    assert [len(texts) for texts in second.encoded] == [8]
    assert [path.suffix for path in (tmp_path / "background").iterdir()] == [".npy"]


@pytest.mark.parametrize("damage", ["turned", "cut", "short", "empty"])
def test_kept_vectors_of_other_weights_or_damaged_ones_are_made_anew(tmp_path: Path, damage: str) -> None:
    prepare_background(settled(), tmp_path)
    (path,) = (tmp_path / "background").iterdir()
    vectors = np.load(path)
    if damage == "turned":
        np.save(path, np.roll(vectors, 1, axis=1))
    elif damage == "short":
        np.save(path, vectors[:100])
    else:
        path.write_bytes(path.read_bytes()[: 1000 if damage == "cut" else 0])
    encoder, exact = settled(), settled()
    prepare_background(encoder, tmp_path)
    assert [len(texts) for texts in encoder.encoded][-1] == 256
    np.testing.assert_allclose(background_cosines(encoder), background_cosines(exact), atol=1e-6)
    np.testing.assert_array_equal(np.load(path), vectors)


def test_preparing_one_encoder_does_not_hold_up_another(tmp_path: Path) -> None:
    serving, coming = FakeEncoder(), HeldEncoder()
    background_cosines(serving)
    with ThreadPoolExecutor(2) as pool:
        preparing = pool.submit(prepare_background, coming, tmp_path)
        assert coming.is_encoding.wait(30)
        assert len(pool.submit(background_cosines, serving).result(30)) == comb(256, 2)
        coming.may_encode.set()
        preparing.result(30)
    assert len(background_cosines(coming)) == comb(256, 2)


class HeldEncoder(FakeEncoder):
    """One whose first pass waits for a sign."""

    def __init__(self) -> None:
        super().__init__()
        self.is_encoding, self.may_encode = threading.Event(), threading.Event()

    def encode(self, *arguments: Any, **options: Any) -> Embeddings:
        self.is_encoding.set()
        # Longer than the other's answer is waited for.
        self.may_encode.wait(60)
        return super().encode(*arguments, **options)


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "background").write_text("a file where the folder should be")
    encoder = FakeEncoder()
    prepare_background(encoder, tmp_path)
    assert len(background_cosines(encoder)) == comb(256, 2)
    assert "cannot be kept" in caplog.text


def test_only_the_last_sets_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "background"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.npy").touch()
        os.utime(folder / f"{number:02}.npy", (number, number))
    prepare_background(FakeEncoder(), tmp_path)
    old = {path.name for path in folder.iterdir() if len(path.name) == len("00.npy")}
    assert old == {f"{number:02}.npy" for number in range(5, 12)}


def test_an_encoder_is_freed_with_its_background() -> None:
    encoder = FakeEncoder()
    cosines = weakref.ref(background_cosines(encoder))
    gone = weakref.ref(encoder)
    del encoder
    gc.collect()
    assert gone() is None
    assert cosines() is None
