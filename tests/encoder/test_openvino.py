"""The OpenVINO engine against the torch engine, in every precision. Real OpenVINO throughout."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bge_demo.encoder.engines import SHORT_POSITIONS
from bge_demo.encoder.engines.conversion import quantise_rows
from bge_demo.encoder.engines.precision_errors import compare_passes, probe_texts, run_texts
from bge_demo.encoder.text_encoder import TextEncoder, load_encoder

AWKWARD = [
    *("", " ", "\n\t", "a", ".", "…", "0", "▁", "<s>", "</s>", "<pad>", "<unk>", "<mask>"),
    *("😀", "👨‍👩‍👧‍👦", "🇩🇪🇫🇷", "\u200b", "\u202eabc", "\x00", "\ufeff", "\ud800", "e\u0301", "ﬁ", "İ"),
    *("我喜欢看书", "阅读使我快乐", "読書が好きです", "책을 좋아해요", "أحب القراءة", "ฉันชอบอ่านหนังสือ"),
    *(
        "Я люблю читать",
        "Ich lese gern",
        "¿Te gusta leer?",
        "naïve façade",
        "I like reading.",
        "reading " * 90,
    ),
    *("AI正在改变world", "https://example.org/a?b=c&d=e#f", "3.14159 × 10⁻²³", "SELECT * FROM t;", "ㄅㄆㄇ"),
    *("کتاب می‌خوانم", "गाय दूध देती है", "the " * 250, "量子力学的基本原理" * 20, "=1+1", "\u0301\u0301"),
]
TORCH_TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module", params=["m3-compact", "random"])
def pair(
    request: pytest.FixtureRequest, random_checkpoint: Path, data_dir: Path
) -> tuple[TextEncoder, TextEncoder]:
    """The same checkpoint through OpenVINO and through torch."""
    model = str(random_checkpoint) if request.param == "random" else "m3-compact"
    return (
        load_encoder(model, engine="openvino", precision="fp32", data_dir=data_dir),
        load_encoder(model, engine="torch", device="cpu", precision="fp32"),
    )


def test_all_heads_equal_torch_on_awkward_texts(pair: tuple[TextEncoder, TextEncoder]) -> None:
    ours, torchs = (encoder.encode(AWKWARD) for encoder in pair)
    assert len(AWKWARD) >= 40
    assert ours.n_tokens == torchs.n_tokens
    np.testing.assert_allclose(ours.dense, torchs.dense, atol=TORCH_TOLERANCE)
    for rows, torch_rows in zip(ours.colbert or [], torchs.colbert or [], strict=True):
        np.testing.assert_allclose(rows, torch_rows, atol=TORCH_TOLERANCE)
    for weights, torch_weights in zip(ours.sparse or [], torchs.sparse or [], strict=True):
        for token_id in weights.keys() | torch_weights.keys():
            assert weights.get(token_id, 0.0) == pytest.approx(
                torch_weights.get(token_id, 0.0), abs=TORCH_TOLERANCE
            )


def test_a_padded_batch_equals_torch_position_by_position(pair: tuple[TextEncoder, TextEncoder]) -> None:
    ids = np.random.default_rng(3).integers(5, 30_000, (6, 31))
    mask = np.ones_like(ids)
    for row, length in enumerate((31, 2, 3, 30, 17, 8)):
        ids[row, length:], mask[row, length:] = 1, 0
    ours, torchs = (encoder._engine.forward(ids, mask, colbert=True) for encoder in pair)
    for field in dataclasses.fields(ours):
        array = getattr(ours, field.name)
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        real = mask if array.ndim == 2 and array.shape == mask.shape else np.ones(1)
        np.testing.assert_allclose(array * real, getattr(torchs, field.name) * real, atol=TORCH_TOLERANCE)
    assert ours.colbert is not None
    assert not ours.colbert[mask[:, 1:] == 0].any()


def test_results_stay_when_the_engine_runs_again(pair: tuple[TextEncoder, TextEncoder]) -> None:
    engine = pair[0]._engine
    ids = np.array([[0, 9, 8, 2]])
    first = engine.forward(ids, np.ones_like(ids), colbert=True)
    before = first.dense.copy()
    engine.forward(ids + 1, np.ones_like(ids), colbert=True)
    np.testing.assert_array_equal(first.dense, before)


def test_a_long_pass_and_short_ones_at_once_equal_torch(data_dir: Path, compact: TextEncoder) -> None:
    ours = load_encoder("m3-compact", engine="openvino", precision="fp32", data_dir=data_dir)._engine
    torchs = compact._engine
    dice = np.random.default_rng(4)
    long, short = dice.integers(5, 30_000, (1, SHORT_POSITIONS + 6)), dice.integers(5, 30_000, (2, 9))
    with ThreadPoolExecutor(1) as other:
        beside = other.submit(ours.forward, long, np.ones_like(long), colbert=False)
        results = [ours.forward(short, np.ones_like(short), colbert=False)]
        while not beside.done():
            results.append(ours.forward(short, np.ones_like(short), colbert=False))
    for ids, outputs in ((long, [beside.result()]), (short, results)):
        exact = torchs.forward(ids, np.ones_like(ids), colbert=False)
        for one in outputs:
            np.testing.assert_allclose(one.dense, exact.dense, atol=TORCH_TOLERANCE)
            np.testing.assert_allclose(one.token_weights, exact.token_weights, atol=TORCH_TOLERANCE)


def test_colbert_is_left_out_unless_asked_for(pair: tuple[TextEncoder, TextEncoder]) -> None:
    ids = np.array([[0, 9, 2]])
    assert pair[0]._engine.forward(ids, np.ones_like(ids), colbert=False).colbert is None


def test_the_model_says_what_is_in_use(pair: tuple[TextEncoder, TextEncoder]) -> None:
    info = pair[0].info
    assert (info.engine, info.precision, info.device) == ("openvino", "fp32", "cpu")


def test_the_saved_tokenizer_cuts_every_text_alike(pair: tuple[TextEncoder, TextEncoder]) -> None:
    saved, original = pair
    assert saved._tokenizer.special_ids == original._tokenizer.special_ids
    assert saved.tokenize(AWKWARD) == original.tokenize(AWKWARD)


def test_int8_turns_the_compact_model_little_but_too_far_for_auto(data_dir: Path) -> None:
    encoders = [
        load_encoder("m3-compact", engine="openvino", precision=precision, data_dir=data_dir)
        for precision in ("fp32", "int8")
    ]
    texts = probe_texts()[::4]
    passes = [run_texts(encoder._engine, encoder._tokenizer, texts) for encoder in encoders]
    errors = compare_passes(*passes)
    assert encoders[1].info.precision == "int8"
    assert errors.dense_cosine_min > 0.995
    assert errors.row_cosine_min > 0.99
    assert 0 < errors.similarity_shift < 0.04
    assert not errors.are_small
    same = compare_passes(passes[0], passes[0])
    assert same.are_small
    assert (same.similarity_shift, same.tokens_gained, same.tokens_lost) == (0.0, 0, 0)


def test_rows_are_rounded_by_their_own_largest_weight() -> None:
    weights = np.array([[1.0, -2.0], [0.0, 0.0], [1e-3, 5e-4]], np.float32)
    rounded, scales = quantise_rows(weights)
    assert rounded.tolist() == [[64, -127], [0, 0], [127, 64]]
    np.testing.assert_allclose(rounded * scales, weights, atol=0.5 * scales.max())
