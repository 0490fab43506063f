"""Raw outputs for programs: the heads asked for and no others, as plain numbers that equal the encoder's."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest
from fakes import FakeEncoder

from bge_demo.api.http import as_json
from bge_demo.api.raw_outputs import COLBERT_TOKENS, embed
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.settings import Limits

TEXTS = ["我喜欢看书", "It's 3.14 €, isn't it?", "الذكاء الاصطناعي", "👩‍👩‍👧 déjà-vu", "a"]
COUNTS = {"n_tokens", "truncated"}


def test_every_head_equals_what_the_encoder_gives(compact: TextEncoder) -> None:
    answer = embed(compact, TEXTS, sparse=True, colbert=True)
    expected = compact.encode(TEXTS)
    assert expected.dense is not None
    assert expected.sparse is not None
    assert expected.colbert is not None
    assert answer["model"] == compact.info.to_json()
    assert len(answer["embeddings"]) == len(TEXTS)
    for i, one in enumerate(answer["embeddings"]):
        assert one["n_tokens"] == expected.n_tokens[i]
        assert np.shape(one["dense"]) == (compact.info.dim,)
        assert np.shape(one["colbert"]) == (one["n_tokens"] - 1, compact.info.dim)
        np.testing.assert_allclose(one["dense"], expected.dense[i], atol=1e-5)
        np.testing.assert_allclose(one["colbert"], expected.colbert[i], atol=1e-5)
        weights = {entry["id"]: entry["weight"] for entry in one["sparse"]}
        assert weights == pytest.approx(expected.sparse[i], abs=1e-5)


def test_the_vectors_have_length_one(compact: TextEncoder) -> None:
    for one in embed(compact, TEXTS, colbert=True)["embeddings"]:
        assert np.linalg.norm(one["dense"]) == pytest.approx(1, abs=1e-5)
        assert np.linalg.norm(one["colbert"], axis=1) == pytest.approx(1, abs=1e-5)


def test_token_weights_name_the_vocabulary_and_come_heaviest_first(compact: TextEncoder) -> None:
    for text, one in zip(TEXTS, embed(compact, TEXTS, sparse=True)["embeddings"], strict=True):
        read = {token.id: token.piece for token in compact.tokenize([text])[0].tokens}
        weights = [entry["weight"] for entry in one["sparse"]]
        assert weights == sorted(weights, reverse=True)
        assert all(weight > 0 for weight in weights)
        assert weights or text == "a"
        for entry in one["sparse"]:
            assert set(entry) == {"token", "id", "weight"}
            assert entry["token"] == read[entry["id"]]
        assert not {entry["token"] for entry in one["sparse"]} & {"<s>", "</s>", "<pad>", "<unk>"}


@pytest.mark.parametrize("heads", [heads for heads in product([True, False], repeat=3) if any(heads)])
def test_only_the_heads_asked_for_are_there(fake: FakeEncoder, heads: tuple[bool, bool, bool]) -> None:
    wanted = {name for name, on in zip(("dense", "sparse", "colbert"), heads, strict=True) if on}
    for one in embed(fake, ["red cat", "dog"], *heads)["embeddings"]:
        assert set(one) == COUNTS | wanted


def test_dense_alone_is_the_default(fake: FakeEncoder) -> None:
    (one,) = embed(fake, ["red cat"])["embeddings"]
    assert set(one) == COUNTS | {"dense"}


def test_no_head_at_all_is_refused(fake: FakeEncoder) -> None:
    with pytest.raises(InputError, match="at least one of return_dense, return_sparse, return_colbert"):
        embed(fake, ["a"], dense=False)
    assert fake.encoded == []


def test_a_cut_text_says_so(fake: FakeEncoder) -> None:
    answer = embed(fake, ["one two three four five", "one"], colbert=True, limits=Limits(max_tokens=5))
    cut, whole = answer["embeddings"]
    assert (cut["n_tokens"], cut["truncated"], len(cut["colbert"])) == (5, True, 4)
    assert (whole["n_tokens"], whole["truncated"], len(whole["colbert"])) == (3, False, 2)


def test_the_answer_is_plain_json(compact: TextEncoder) -> None:
    answer = embed(compact, TEXTS, sparse=True, colbert=True)
    written = json.loads(as_json(answer))
    for one, read in zip(answer["embeddings"], written["embeddings"], strict=True):
        rows = one.pop("colbert")
        np.testing.assert_array_equal(np.asarray(read.pop("colbert"), np.float32), rows)
    assert written == answer
    assert answer["latency_ms"] > 0


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ([], "no text to work on"),
        (["a", ""], "Row 2 is blank"),
        (["a"] * 4, "There are 4 rows; at most 3"),
        (["a", "b", "x" * 21], "Row 3 has 21 characters; at most 20"),
        (["a b c d e", "f g h i j"], "14 tokens together; one request takes at most 12"),
    ],
)
def test_limits_hold_before_the_model_runs(fake: FakeEncoder, texts: list[str], sentence: str) -> None:
    limits = Limits(text_chars=20, table_rows=3, request_tokens=12)
    with pytest.raises(InputError, match=sentence):
        embed(fake, texts, limits=limits)
    assert fake.encoded == []


def test_colbert_rows_are_limited_more_tightly_than_the_other_heads() -> None:
    encoder = FakeEncoder(dim=8, max_tokens=COLBERT_TOKENS)
    longest = " ".join(["a"] * (COLBERT_TOKENS - 2))
    (one,) = embed(encoder, [longest], colbert=True)["embeddings"]
    assert len(one["colbert"]) == COLBERT_TOKENS - 1
    with pytest.raises(InputError, match="8195 tokens together; one request takes at most 8192"):
        embed(encoder, [longest, "a"], colbert=True)
    assert len(embed(encoder, [longest, "a"], sparse=True)["embeddings"]) == 2
