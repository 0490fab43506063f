"""Our numbers are those of FlagEmbedding and sentence-transformers, and on BGE-M3 those of its model card."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fakes import AWKWARD_TEXTS

from bge_demo.checkpoints.cards import M3_COMPACT, resolve
from bge_demo.encoder.contract import SparseVector, need_colbert, need_dense, need_sparse
from bge_demo.encoder.text_encoder import TextEncoder, load_encoder
from bge_demo.errors import CheckpointError
from bge_demo.scores.scoring import WEIGHT_PRESETS, PairScores, pair_scores
from bge_demo.serving.self_check import example_scores

if TYPE_CHECKING:
    from FlagEmbedding import BGEM3FlagModel
    from sentence_transformers import SentenceTransformer

TOLERANCE = 1e-5
CARD_WEIGHTS = WEIGHT_PRESETS["model-card"]
DEFAULT_LENGTH = 512  # FlagEmbedding's own, where none is given
FEW_PAIRS = [("What is BGE M3?", "BGE M3 is an embedding model."), ("我喜欢看书", "阅读使我快乐"), ("a", "")]
PAIRS = [*pairwise(AWKWARD_TEXTS), *FEW_PAIRS]


@pytest.fixture(scope="module", params=["m3-compact", "random"])
def folder(request: pytest.FixtureRequest, random_checkpoint: Path) -> Path:
    assert M3_COMPACT.folder is not None
    return M3_COMPACT.folder if request.param == "m3-compact" else random_checkpoint


@pytest.fixture(scope="module", params=["torch", "openvino"])
def ours(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> TextEncoder:
    """Our encoder with either engine."""
    data_dir = tmp_path_factory.mktemp("converted")
    return load_encoder(str(folder), "fp32", request.param, "cpu", data_dir=data_dir)


@pytest.fixture(scope="module")
def flag(folder: Path) -> BGEM3FlagModel:
    from FlagEmbedding import BGEM3FlagModel

    return BGEM3FlagModel(str(folder), use_fp16=False, devices="cpu")


@pytest.fixture(scope="module")
def sentence_transformer(folder: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


def _assert_same_sparse(found: SparseVector, expected: dict[str, Any]) -> None:
    wanted = {int(token_id): float(weight) for token_id, weight in expected.items()}
    for token_id in found.keys() | wanted.keys():
        assert found.get(token_id, 0.0) == pytest.approx(wanted.get(token_id, 0.0), abs=TOLERANCE)


def test_there_are_forty_awkward_texts_of_many_kinds() -> None:
    assert len(set(AWKWARD_TEXTS)) == len(AWKWARD_TEXTS) >= 40


@pytest.mark.parametrize("max_length", [DEFAULT_LENGTH, 24])
def test_all_heads_equal_flag_embedding(ours: TextEncoder, flag: BGEM3FlagModel, max_length: int) -> None:
    texts = list(AWKWARD_TEXTS)
    heads = {"return_dense": True, "return_sparse": True, "return_colbert_vecs": True}
    expected = flag.encode(texts, batch_size=8, max_length=max_length, **heads)
    found = ours.encode(texts, max_length=max_length)
    np.testing.assert_allclose(need_dense(found), expected["dense_vecs"], rtol=0, atol=TOLERANCE)
    for i, text in enumerate(texts):
        _assert_same_sparse(need_sparse(found)[i], expected["lexical_weights"][i])
        rows, wanted = need_colbert(found)[i], expected["colbert_vecs"][i]
        np.testing.assert_allclose(rows, wanted, rtol=0, atol=TOLERANCE, err_msg=ascii(text))
    assert any(found.truncated)
    assert sum(len(vector) for vector in need_sparse(found)) > 50


def _our_scores(ours: TextEncoder, pairs: list[tuple[str, str]], max_length: int | None) -> list[PairScores]:
    texts = [text for pair in pairs for text in pair]
    made = ours.encode(texts, max_length=max_length)
    dense, sparse, colbert = need_dense(made), need_sparse(made), need_colbert(made)
    return [pair_scores(dense, sparse, colbert, 2 * i, 2 * i + 1) for i in range(len(pairs))]


def test_all_five_pair_scores_equal_flag_embedding(ours: TextEncoder, flag: BGEM3FlagModel) -> None:
    weights = [CARD_WEIGHTS.dense, CARD_WEIGHTS.sparse, CARD_WEIGHTS.colbert]
    # One pair at a time: it pads passages with zeros, and takes those for the match where all are below 0.
    expected = flag.compute_score(PAIRS, batch_size=1, weights_for_different_modes=weights)
    found = [scores.to_json(CARD_WEIGHTS) for scores in _our_scores(ours, PAIRS, DEFAULT_LENGTH)]
    assert set(expected) == {"colbert", "sparse", "dense", "sparse+dense", "colbert+sparse+dense"}
    for name, values in expected.items():
        assert [scores[name] for scores in found] == pytest.approx(values, abs=TOLERANCE), name


def test_the_reverse_colbert_score_is_the_swapped_pair_of_flag_embedding(
    ours: TextEncoder, flag: BGEM3FlagModel
) -> None:
    expected = flag.compute_score([(b, a) for a, b in FEW_PAIRS])["colbert"]
    found = [scores.colbert_reverse for scores in _our_scores(ours, FEW_PAIRS, DEFAULT_LENGTH)]
    assert found == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize("folder", ["m3-compact"], indirect=True)
def test_flag_embedding_scores_only_the_first_512_tokens_unless_told(
    ours: TextEncoder, flag: BGEM3FlagModel
) -> None:
    pair = ("the harbour at night", "small boats " * 350 + "the harbour at night")
    (cut,) = _our_scores(ours, [pair], DEFAULT_LENGTH)
    (whole,) = _our_scores(ours, [pair], None)
    assert cut.sparse == 0 < 0.05 < whole.sparse
    by_default = flag.compute_score([pair])
    assert (by_default["dense"], by_default["sparse"]) == ([pytest.approx(cut.dense, abs=TOLERANCE)], [0.0])
    told = flag.compute_score([pair], max_passage_length=8192)
    for name in ("dense", "sparse", "colbert"):
        assert told[name] == [pytest.approx(getattr(whole, name), abs=TOLERANCE)]


def test_dense_equals_sentence_transformers(
    ours: TextEncoder, sentence_transformer: SentenceTransformer
) -> None:
    texts = list(AWKWARD_TEXTS)
    expected = sentence_transformer.encode(texts, batch_size=4, normalize_embeddings=True)
    found = ours.encode(texts, sparse=False, colbert=False)
    np.testing.assert_allclose(need_dense(found), expected, rtol=0, atol=TOLERANCE)


PUBLISHED = {
    "dense": [0.6260, 0.3474, 0.3499, 0.6782],
    "sparse": [0.1956, 0.0088, 0.0, 0.1803],
    "colbert": [0.7796, 0.4621, 0.4524, 0.7899],
}


@pytest.fixture(scope="module")
def bge_m3() -> TextEncoder:
    try:
        resolve("BAAI/bge-m3")
    except CheckpointError as reason:
        pytest.skip(str(reason))
    return load_encoder("BAAI/bge-m3", precision="fp32", engine="torch", device="cpu")


@pytest.mark.checkpoint
def test_bge_m3_gives_the_published_scores(bge_m3: TextEncoder) -> None:
    found = example_scores(bge_m3)
    assert set(found) == set(PUBLISHED)
    for name, scores in PUBLISHED.items():
        assert found[name] == pytest.approx(scores, abs=2e-3), name


def test_m3_compact_too_finds_the_passage_of_each_query(compact: TextEncoder) -> None:
    for q1p1, q1p2, q2p1, q2p2 in example_scores(compact).values():
        assert q1p1 > q1p2
        assert q2p2 > q2p1
