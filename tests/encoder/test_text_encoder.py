"""The encoder: every text once, in bounded batches, in order, the same from many threads, cut exactly."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from fakes import AWKWARD_TEXTS, ArithmeticEngine, FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from bge_demo.checkpoints.cards import Checkpoint, resolve
from bge_demo.encoder.contract import (
    Embeddings,
    Encoder,
    FloatArray,
    need_colbert,
    need_dense,
    need_sparse,
)
from bge_demo.encoder.engines import HeadOutputs
from bge_demo.encoder.scheduler import EngineError
from bge_demo.encoder.text_encoder import TextEncoder, load_encoder
from bge_demo.errors import SettingsError
from bge_demo.text.tokens import Tokenizer


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return resolve("m3-compact")


@pytest.fixture(scope="module")
def tokenizer(checkpoint: Checkpoint) -> Tokenizer:
    return Tokenizer.from_folder(checkpoint.folder)


def _assert_named(made: Embeddings, encoder: TextEncoder, texts: list[str]) -> None:
    """Every output belongs to the text at its place, worked out from the token ids alone."""
    for i, tokenized in enumerate(encoder.tokenize(texts)):
        ids = tokenized.ids
        assert need_dense(made)[i].tolist() == [len(ids), ids[1], np.float32(sum(ids)), 0]
        plain = {token_id for token_id in ids if token_id not in (0, 1, 2, 3)}
        assert need_sparse(made)[i] == {token_id: pytest.approx(token_id / 1e5) for token_id in plain}
        rows = need_colbert(made)[i]
        assert rows[:, 0].tolist() == ids[1:]
        assert rows[:, 1].tolist() == list(range(1, len(ids)))
        assert made.n_tokens[i] == len(ids)


@given(
    texts=st.lists(st.integers(0, 30).map(lambda n: f"{n} " + "word " * n), max_size=25, unique=True),
    batch_tokens=st.integers(3, 150),
)
@settings(max_examples=60)
def test_every_text_passes_once_in_bounded_batches_longest_first(
    checkpoint: Checkpoint, tokenizer: Tokenizer, texts: list[str], batch_tokens: int
) -> None:
    engine = ArithmeticEngine()
    encoder = TextEncoder(checkpoint, tokenizer, engine, batch_tokens)
    _assert_named(encoder.encode(texts), encoder, texts)
    assert Counter(engine.texts) == Counter(tuple(one.ids) for one in encoder.tokenize(texts))
    assert all(n * longest <= batch_tokens or n == 1 for n, longest in engine.shapes)
    longest_first = [longest for _, longest in engine.shapes]
    assert longest_first == sorted(longest_first, reverse=True)
    assert engine.padding <= {tokenizer.padding_id}


def test_texts_of_one_length_fill_each_batch(checkpoint: Checkpoint, tokenizer: Tokenizer) -> None:
    engine = ArithmeticEngine()
    orders = [" ".join(words) for words in permutations(("one", "two", "three", "four"))]
    TextEncoder(checkpoint, tokenizer, engine, batch_tokens=30).encode(orders[:6])
    n_tokens = engine.shapes[0][1]
    assert engine.shapes == [(30 // n_tokens, n_tokens)] * (6 * n_tokens // 30) + [(1, n_tokens)]


def test_a_small_request_is_a_single_pass(checkpoint: Checkpoint, tokenizer: Tokenizer) -> None:
    engine = ArithmeticEngine()
    TextEncoder(checkpoint, tokenizer, engine).encode(["a", "b c", "d e f"])
    assert len(engine.shapes) == 1


@pytest.mark.parametrize("colbert", [True, False])
def test_the_engine_computes_colbert_only_when_asked(
    checkpoint: Checkpoint, tokenizer: Tokenizer, colbert: bool
) -> None:
    engine = ArithmeticEngine()
    TextEncoder(checkpoint, tokenizer, engine).encode(["a"], colbert=colbert)
    assert engine.colbert_asked == [colbert]


def test_the_engine_is_never_entered_twice_at_once(checkpoint: Checkpoint, tokenizer: Tokenizer) -> None:
    engine = ArithmeticEngine()
    encoder = TextEncoder(checkpoint, tokenizer, engine, batch_tokens=20)
    requests = [[f"request {i} text {j}" for j in range(5)] for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for texts, made in zip(requests, pool.map(encoder.encode, requests), strict=True):
            _assert_named(made, encoder, texts)
    assert engine.most_at_once == 1


def test_a_failing_pass_is_reported_and_the_next_request_served(
    checkpoint: Checkpoint, tokenizer: Tokenizer
) -> None:
    engine = ArithmeticEngine()
    encoder = TextEncoder(checkpoint, tokenizer, engine)
    engine.failures_left = 1
    with pytest.raises(EngineError, match="ZeroDivisionError"):
        encoder.encode(["a"])
    _assert_named(encoder.encode(["a"]), encoder, ["a"])


def test_a_repeated_token_keeps_its_largest_weight(checkpoint: Checkpoint, tokenizer: Tokenizer) -> None:
    class Falling(ArithmeticEngine):
        def forward(self, token_ids: Any, attention_mask: Any, colbert: bool) -> HeadOutputs:
            outputs = super().forward(token_ids, attention_mask, colbert)
            weights = np.zeros_like(outputs.token_weights)
            weights[:, 1:4] = (0.25, 0.75, 0.5)
            return HeadOutputs(outputs.dense, weights, outputs.colbert)

    encoder = TextEncoder(checkpoint, tokenizer, Falling())
    (same,) = need_sparse(encoder.encode(["word word word"]))
    assert list(same.values()) == [0.75]
    (other,) = need_sparse(encoder.encode(["one two three four"]))
    assert list(other.values()) == [0.25, 0.75, 0.5], "a weight of zero is no weight"


@pytest.mark.parametrize("encoder_name", ["compact", "fake"])
def test_no_texts_give_empty_arrays_of_the_right_shape(
    request: pytest.FixtureRequest, encoder_name: str
) -> None:
    encoder: Encoder = request.getfixturevalue(encoder_name)
    made = encoder.encode([])
    assert need_dense(made).shape == (0, encoder.info.dim)
    assert need_dense(made).dtype == np.float32
    assert (made.sparse, made.colbert, made.n_tokens, made.truncated) == ([], [], [], [])
    assert encoder.tokenize([]) == []


@pytest.mark.parametrize("encoder_name", ["compact", "fake"])
def test_outputs_have_the_promised_shapes(request: pytest.FixtureRequest, encoder_name: str) -> None:
    encoder: Encoder = request.getfixturevalue(encoder_name)
    made = encoder.encode(AWKWARD_TEXTS, max_length=40)
    dim = encoder.info.dim
    assert need_dense(made).shape == (len(AWKWARD_TEXTS), dim)
    assert [rows.shape for rows in need_colbert(made)] == [(n - 1, dim) for n in made.n_tokens]
    assert {rows.dtype for rows in [need_dense(made), *need_colbert(made)]} == {np.dtype(np.float32)}
    tokenized = encoder.tokenize(AWKWARD_TEXTS, 40)
    assert made.n_tokens == [one.n_tokens for one in tokenized]
    assert made.truncated == [one.truncated for one in tokenized]
    for one, vector in zip(tokenized, need_sparse(made), strict=True):
        assert set(vector) <= set(one.ids) - {0, 1, 2, 3}
        assert all(type(weight) is float and weight > 0 for weight in vector.values())
    _assert_unit(need_dense(made))
    _assert_unit(np.concatenate(need_colbert(made)))
    assert json.loads(json.dumps(made.sparse[3])) is not None  # type: ignore[index]


def _assert_unit(rows: FloatArray) -> None:
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("encoder_name", ["compact", "fake"])
@pytest.mark.parametrize("head", ["dense", "sparse", "colbert"])
def test_a_head_not_asked_for_is_none_and_the_others_stay(
    request: pytest.FixtureRequest, encoder_name: str, head: str
) -> None:
    encoder: Encoder = request.getfixturevalue(encoder_name)
    made = encoder.encode(["a text"], **{head: False})
    assert getattr(made, head) is None
    assert [name for name in ("dense", "sparse", "colbert") if getattr(made, name) is None] == [head]
    with pytest.raises(TypeError, match="without the"):
        {"dense": need_dense, "sparse": need_sparse, "colbert": need_colbert}[head](made)


@pytest.mark.parametrize("encoder_name", ["compact", "fake"])
def test_a_text_is_cut_one_token_past_the_limit_and_not_before(
    request: pytest.FixtureRequest, encoder_name: str
) -> None:
    encoder: Encoder = request.getfixturevalue(encoder_name)
    fits, longer = "word " * 30, "word " * 31
    made = encoder.encode([fits, longer], max_length=32)
    assert (made.n_tokens, made.truncated) == ([32, 32], [False, True])
    np.testing.assert_allclose(need_dense(made)[0], need_dense(made)[1], atol=1e-6)
    whole = encoder.encode([longer])
    assert (whole.n_tokens, whole.truncated) == ([33], [False])


def test_the_models_own_limit_holds_whatever_is_asked(compact: TextEncoder, fake: FakeEncoder) -> None:
    for encoder in (compact, fake):
        for asked, given_length in [(None, 8192), (10**9, 8192), (8191, 8191), (1, 3), (4, 4)]:
            (cut,) = encoder.tokenize(["word " * 8200], asked)
            assert (cut.n_tokens, cut.n_tokens_uncut, cut.truncated) == (given_length, 8202, True)


def test_a_text_of_the_models_full_length_passes(random_checkpoint: Any) -> None:
    encoder = load_encoder(str(random_checkpoint), engine="torch", device="cpu")
    made = encoder.encode(["word " * 600])
    assert (made.n_tokens, made.truncated) == ([512], [True])
    assert len(need_colbert(made)[0]) == 511


def test_companions_in_a_batch_change_nothing(compact: TextEncoder) -> None:
    texts = [text for text in AWKWARD_TEXTS if len(text) < 200]
    together = compact.encode(texts)
    for i in (0, 4, 12, 20, len(texts) - 1):
        alone = compact.encode([texts[i]])
        np.testing.assert_allclose(need_dense(alone)[0], need_dense(together)[i], atol=1e-5)
        np.testing.assert_allclose(need_colbert(alone)[0], need_colbert(together)[i], atol=1e-5)
        assert need_sparse(alone)[0] == pytest.approx(need_sparse(together)[i], abs=1e-5)


def test_concurrent_requests_get_what_a_single_one_gets(compact: TextEncoder) -> None:
    requests = [([f"thread {i} says {'word ' * (5 * i)}", "我喜欢看书"], 4 + 3 * i) for i in range(8)]
    expected = [compact.encode(texts, max_length=length) for texts, length in requests]

    def run(i: int) -> None:
        for _ in range(3):
            texts, length = requests[i]
            made = compact.encode(texts, max_length=length)
            assert (made.n_tokens, made.truncated) == (expected[i].n_tokens, expected[i].truncated)
            np.testing.assert_allclose(need_dense(made), need_dense(expected[i]), atol=1e-6)
            assert need_sparse(made)[0] == pytest.approx(need_sparse(expected[i])[0], abs=1e-6)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))


def test_lone_surrogates_are_encoded_as_replacement_characters(compact: TextEncoder) -> None:
    made = compact.encode(["x \ud800 y", "x \ufffd y"])
    np.testing.assert_allclose(need_dense(made)[0], need_dense(made)[1], atol=1e-6)


def test_colbert_rows_do_not_keep_the_padded_batch_alive(compact: TextEncoder) -> None:
    short, _ = need_colbert(compact.encode(["a", "word " * 50]))
    assert short.base is None or short.base.nbytes == short.nbytes


def test_the_encoder_says_which_model_runs_and_how(compact: TextEncoder) -> None:
    info = compact.info
    assert (info.name, info.engine, info.device, info.precision) == ("m3-compact", "torch", "cpu", "fp32")
    assert (info.dim, info.max_tokens) == (384, 8192)
    assert info.revision == resolve("m3-compact").revision
    assert json.dumps(info.to_json())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"device": "mps"}, "no usable device 'mps'"),
        ({"device": "cpu", "precision": "fp16"}, "fp16 needs a CUDA device"),
    ],
)
def test_what_the_machine_cannot_do_is_refused_with_the_next_step(
    options: dict[str, str], sentence: str
) -> None:
    import torch

    if options["device"] == "mps" and torch.backends.mps.is_available():
        pytest.skip("this machine has the device")
    with pytest.raises(SettingsError, match=sentence) as refused:
        load_encoder("m3-compact", **options)
    assert "Use --" in str(refused.value)
