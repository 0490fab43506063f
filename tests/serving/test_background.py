"""The background set: balanced, without repetition, encoded once for each encoder and forgotten with it."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from math import comb

import numpy as np
from fakes import FakeEncoder

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.samples import background_sentences
from bge_demo.scores.scoring import percentile
from bge_demo.serving.background import background_cosines

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


def test_an_encoder_is_freed_with_its_background() -> None:
    encoder = FakeEncoder()
    cosines = weakref.ref(background_cosines(encoder))
    gone = weakref.ref(encoder)
    del encoder
    gc.collect()
    assert gone() is None
    assert cosines() is None
