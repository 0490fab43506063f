"""Two texts compared: meaning on the shipped model, exact numbers on the fake one, and the JSON contract."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

import gradio as gr
import pytest
from fakes import FakeEncoder

from bge_demo.encoder.contract import need_colbert, need_dense, need_sparse
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.samples import PAIRS, background_sentences
from bge_demo.scores.scoring import WEIGHT_PRESETS, ScoreWeights, pair_scores
from bge_demo.settings import Limits
from bge_demo.tabs.compare.analysis import Comparison, compare
from bge_demo.tabs.compare.tab import show_comparison, show_live_comparison, strip_markup
from bge_demo.tabs.compare.view import comparison_html

BANDS = ("unrelated", "weakly-related", "related", "near-identical")
SENTENCES = [sentence for _, sentence in background_sentences()]
LONG = (" ".join(SENTENCES[:40]), " ".join(SENTENCES[30:60]))
SAMPLES = [(pair.text_a, pair.text_b) for pair in PAIRS]
AWKWARD = [
    "\u202eabc",
    "\ud800a",
    "😀",
    "!?",
    "𓀀𓀁",
    "a" * 2_000,
    "<s></s>",
    "▁",
]


def test_a_paraphrase_stands_in_a_higher_band_than_unrelated_sentences(compact: TextEncoder) -> None:
    paraphrase = compare(compact, "我喜欢看书", "阅读使我快乐")
    unrelated = compare(compact, "今天天气很好", "量子力学的基本原理")
    assert BANDS.index(paraphrase.band) > BANDS.index(unrelated.band)
    assert paraphrase.percentile > 99 > unrelated.percentile
    assert paraphrase.scores.sparse == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("pair", [*SAMPLES, LONG], ids=lambda pair: pair[0][:12])
def test_the_scores_are_those_of_the_embeddings(compact: TextEncoder, pair: tuple[str, str]) -> None:
    made = compact.encode(pair)
    expected = pair_scores(need_dense(made), need_sparse(made), need_colbert(made), 0, 1)
    assert asdict(compare(compact, *pair).scores) == pytest.approx(asdict(expected), abs=1e-6)


def test_a_translation_beats_shared_words(compact: TextEncoder) -> None:
    by_name = {pair.name: compare(compact, pair.text_a, pair.text_b) for pair in PAIRS}
    translation, shared = by_name["sample.translation"], by_name["sample.shared_words"]
    assert translation.scores.dense > shared.scores.dense
    assert translation.scores.sparse == 0 < shared.scores.sparse


def test_a_sentence_gets_lost_in_a_long_text_for_dense_more_than_for_colbert(compact: TextEncoder) -> None:
    pair = next(pair for pair in PAIRS if pair.name == "sample.long")
    sentences = pair.text_b.split(". ")
    (own,) = (sentence for sentence in sentences if sentence.startswith(pair.text_a.rstrip(".")))
    whole, alone = compare(compact, pair.text_a, pair.text_b), compare(compact, pair.text_a, own)
    assert whole.scores.dense < alone.scores.dense - 0.2
    assert whole.scores.colbert > whole.scores.dense


@pytest.mark.parametrize("text", [*SENTENCES[::16], "a", "😀", LONG[0]], ids=lambda text: text[:12])
def test_equal_texts_are_near_identical(compact: TextEncoder, text: str) -> None:
    same = compare(compact, text, text)
    assert f"{same.similarity_percent:.2f}" == "100.00"
    assert same.band == "near-identical"
    assert same.percentile == 100
    assert same.scores.colbert == pytest.approx(1, abs=1e-5)
    assert same.scores.sparse == pytest.approx(math.fsum(s.weight_a**2 for s in same.shared), abs=1e-6)


@pytest.mark.parametrize(
    "pair", [*SAMPLES, LONG, LONG[::-1], (LONG[0], "casa")], ids=lambda pair: pair[0][:9]
)
def test_shared_contributions_sum_to_the_sparse_score(compact: TextEncoder, pair: tuple[str, str]) -> None:
    comparison = compare(compact, *pair)
    summed = sum(token.contribution for token in comparison.shared)
    assert summed == pytest.approx(comparison.scores.sparse, abs=1e-6)


@pytest.mark.parametrize("pair", [*SAMPLES, LONG], ids=lambda pair: pair[0][:9])
def test_swapping_the_texts_swaps_the_colbert_directions(compact: TextEncoder, pair: tuple[str, str]) -> None:
    there, back = compare(compact, *pair).scores, compare(compact, *reversed(pair)).scores
    assert there.dense == pytest.approx(back.dense, abs=1e-5)
    assert there.sparse == pytest.approx(back.sparse, abs=1e-6)
    assert there.colbert == pytest.approx(back.colbert_reverse, abs=1e-5)
    assert there.colbert_reverse == pytest.approx(back.colbert, abs=1e-5)


def test_scores_of_the_fake_encoder_are_those_worked_out_by_hand(fake: FakeEncoder) -> None:
    comparison = compare(fake, "red cat", "red dog", weights=(1, 2, 3))
    colbert = (1 + 0 + 1 / math.sqrt(2)) / 3
    assert comparison.scores.dense == pytest.approx(0.5)
    assert comparison.scores.sparse == pytest.approx(0.5)
    assert comparison.scores.colbert == pytest.approx(colbert)
    assert comparison.scores.hybrid(comparison.weights) == pytest.approx((0.5 + 1 + 3 * colbert) / 6)
    assert (comparison.similarity_percent, comparison.band) == (50.0, "weakly-related")
    assert [(token.token, token.contribution) for token in comparison.shared] == [
        ("▁red", pytest.approx(0.5))
    ]


@pytest.mark.parametrize("name", WEIGHT_PRESETS)
def test_the_hybrid_score_is_the_weighted_mean_of_the_heads(compact: TextEncoder, name: str) -> None:
    scores = (answer := compare(compact, *SAMPLES[3], weights=name).to_json())["scores"]
    dense, sparse, colbert = (answer["weights"][head] for head in ("dense", "sparse", "colbert"))
    total = dense * scores["dense"] + sparse * scores["sparse"] + colbert * scores["colbert"]
    assert scores["hybrid"] == scores["colbert+sparse+dense"]
    assert scores["hybrid"] == pytest.approx(total / (dense + sparse + colbert))
    both = sparse * scores["sparse"] + dense * scores["dense"]
    assert scores["sparse+dense"] == pytest.approx(both / (sparse + dense))


def test_no_sparse_dense_mean_without_their_weights(fake: FakeEncoder) -> None:
    answer = compare(fake, "red cat", "red dog", weights="0/0/1").to_json()
    assert answer["scores"]["sparse+dense"] is None
    assert answer["scores"]["hybrid"] == answer["scores"]["colbert"]


def test_weights_go_by_name_by_numbers_or_by_one_string(fake: FakeEncoder) -> None:
    expected = ScoreWeights(0.4, 0.2, 0.4)
    choices = ("model-card", (0.4, 0.2, 0.4), "0.4/0.2/0.4", expected)
    assert [compare(fake, "a", "b", weights=choice).weights for choice in choices] == [expected] * 4
    assert compare(fake, "a", "b").weights == expected


def test_a_long_text_is_cut_and_says_so(compact: TextEncoder) -> None:
    comparison = compare(compact, LONG[0], "kurz", limits=Limits(max_tokens=32))
    cut, whole = (text.tokenized for text in comparison.texts)
    assert (cut.n_tokens, cut.truncated) == (32, True)
    assert cut.n_tokens_uncut == compact.tokenize([LONG[0]])[0].n_tokens_uncut > 500
    keywords = comparison.texts[0].keywords
    assert max(keyword.end for keyword in keywords) <= max(word.end for word in cut.words) < 200
    assert not whole.truncated
    assert whole.n_tokens == whole.n_tokens_uncut < 32


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("", "b"), r"Text A \(query\) is blank"),
        (("a", " \n"), r"Text B \(passage\) is blank"),
        (("a", "x" * 31), r"Text B \(passage\) has 31 characters; at most 30"),
        ((None, "b"), r"Text A \(query\) must be a text"),
        (("a a a a a", "b b b b b"), "14 tokens together; one request takes at most 12"),
    ],
)
def test_bad_input_is_told_before_the_model_runs(fake: FakeEncoder, texts: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        compare(fake, *texts, limits=Limits(text_chars=30, request_tokens=12))
    assert [*texts] not in fake.encoded


@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: ascii(text[:9]))
def test_awkward_texts_get_finite_scores(compact: TextEncoder, text: str) -> None:
    answer = compare(compact, text, "我喜欢看书").to_json()
    json.dumps(answer, allow_nan=False)
    assert 0 <= answer["similarity_percent"] <= 100


@pytest.mark.parametrize("text", ["\u200b", "\x00\x01\x1b", "\ud800", "\ufeff"], ids=ascii)
def test_texts_without_a_visible_character_are_blank(compact: TextEncoder, text: str) -> None:
    with pytest.raises(InputError, match=r"Text A \(query\) is blank"):
        compare(compact, text, "hello")


def test_both_texts_are_named_when_both_are_blank(fake: FakeEncoder) -> None:
    with pytest.raises(InputError, match="Both texts are blank"):
        compare(fake, "", "\u200b")


def test_the_first_comparison_does_not_count_the_background_set() -> None:
    encoder = FakeEncoder()
    comparison = compare(encoder, "red cat", "red dog")
    assert [len(texts) for texts in encoder.encoded] == [256, 2]
    assert 0 < comparison.latency_ms < 1000


MODEL = {"name", "revision", "precision", "engine", "device", "dim", "max_tokens"}
SCORES = {"dense", "sparse", "colbert", "colbert_reverse", "sparse+dense", "colbert+sparse+dense", "hybrid"}


def answer_of(comparison: Comparison) -> dict[str, Any]:
    answer = comparison.to_json()
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    return answer


def test_the_json_has_exactly_the_fields_of_the_contract(compact: TextEncoder) -> None:
    answer = answer_of(compare(compact, *SAMPLES[3]))
    assert set(answer) == {
        *("model", "similarity_percent", "band", "percentile", "scores", "weights", "texts", "shared"),
        *("latency_ms", "reachable", "shared_words", "differences"),
    }
    assert set(answer["model"]) == MODEL
    assert answer["model"] == compact.info.to_json()
    assert answer["model"]["name"] == "m3-compact"
    assert set(answer["scores"]) == SCORES
    assert set(answer["weights"]) == {"dense", "sparse", "colbert"}
    assert len(answer["texts"]) == 2
    for text in answer["texts"]:
        assert {"n_tokens", "truncated", "keywords"} <= set(text)
        assert set(text) <= {
            *("text", "n_tokens", "n_tokens_uncut", "truncated", "keywords", "hints"),
            *("n_unknown", "n_signs", "n_unreadable"),
        }
        assert all(set(keyword) == {"word", "start", "end", "weight"} for keyword in text["keywords"])
    for token in answer["shared"]:
        assert {"token", "weight_a", "weight_b", "contribution"} <= set(token)


@pytest.mark.parametrize("pair", [*SAMPLES, LONG], ids=lambda pair: pair[0][:9])
def test_the_json_holds_plain_python_values_alone(compact: TextEncoder, pair: tuple[str, str]) -> None:
    def leaves(value: Any) -> Any:
        if type(value) in {dict, list}:
            for inner in value.values() if isinstance(value, dict) else value:
                yield from leaves(inner)
        else:
            yield value

    kinds = {type(leaf) for leaf in leaves(answer_of(compare(compact, *pair)))}
    assert kinds <= {str, int, float, bool}


def test_a_frame_that_both_share_and_small_differences_are_said(compact: TextEncoder) -> None:
    frame = comparison_html(compare(compact, "lack of ownership", "lack of uniqueness"))
    assert "Both begin with “lack of”" in frame
    assert "Both begin with" not in comparison_html(compare(compact, "red cat", "red cat"))
    digit = comparison_html(compare(compact, "あまい２", "あまい３"))
    assert "Only in A: “２”, only in B: “３”." in digit
    for pair in (("The dog bites the man", "The man bites the dog."), ("我喜欢他", "他喜欢我")):
        assert "The same words in another order." in comparison_html(compare(compact, *pair))
    spelled = comparison_html(compare(compact, "red cat", "Red cat!"))
    assert "The same words" not in spelled
    assert "form alone" in spelled


@pytest.mark.parametrize("pair", [("👩‍👩‍👧‍👦", "👨‍👩‍👧"), ("👍🏽", "👍🏿")])
def test_pieces_in_common_are_not_denied_where_no_whole_word_is(
    compact: TextEncoder, pair: tuple[str, str]
) -> None:
    comparison = compare(compact, *pair)
    html = comparison_html(comparison)
    n_pieces = sum(len(word.pieces) for word in comparison.shared_words)
    assert comparison.scores.sparse > 0 < n_pieces
    assert f"No whole word in common, but {n_pieces} piece" in html
    assert f"没有完整的共有词，但有 {n_pieces} 个共有的词片段" in html
    assert f"Shared pieces of words ({n_pieces})" in html
    for denied in ("that carry weight: 0", "No word in common", "with weight (0)", "accident of spelling"):
        assert denied not in html


def test_the_blank_before_two_words_is_no_word_in_common(compact: TextEncoder) -> None:
    comparison = compare(compact, "🎉🎉", "😭")
    assert [word.word_a for word in comparison.shared_words] == ["▁"]
    html = comparison_html(comparison)
    assert "No word in common that carries weight. Text A" in html
    assert "that carry weight: 1" not in html


def test_a_word_of_both_that_is_no_common_token_is_not_denied(compact: TextEncoder) -> None:
    comparison = compare(compact, "我喜欢看书", "阅读使我快乐")
    html = comparison_html(comparison)
    assert not comparison.shared_words
    assert "“我” stands in both texts, but as different tokens" in html
    assert "No weighted token in common, and still alike." in html
    assert "No word in common" not in html


def test_what_weighs_nothing_in_one_text_is_no_other_token(compact: TextEncoder) -> None:
    comparison = compare(compact, "我喜欢看书", "阅读使我快乐")
    text_a, text_b = comparison.texts
    weightless = replace(text_a, weights={})
    html = comparison_html(replace(comparison, texts=(weightless, text_b)))
    assert "as different tokens" not in html
    assert "No word in common that carries weight." in html
    assert "No weighted token in common, and still alike." in html


def test_what_is_said_of_a_negation_fits_the_score(compact: TextEncoder) -> None:
    """Near-identical: barely seen. Related: the score may have fallen for it. Below: only where it stands."""
    comparison = compare(compact, "The library is open today", "The library is not open today")
    said = {}
    for percent in (95.0, 80.0, 45.0, 10.0):
        html = comparison_html(replace(comparison, similarity_percent=percent))
        said[percent] = ("Only in B: “not”" in html, "barely sees" in html, "does not tell it from" in html)
    assert said == {
        95.0: (True, True, False),
        80.0: (True, False, True),
        45.0: (True, False, False),
        10.0: (False, False, False),
    }


def test_pieces_are_shown_without_the_mark_of_the_vocabulary(compact: TextEncoder) -> None:
    html = comparison_html(compare(compact, "red cat", "red dog"))
    table = html[html.index('<table class="shared">') : html.index('data-fold="keywords"')]
    assert "<bdi>red</bdi>" in table
    assert "▁" not in table


def test_markup_can_be_taken_away(compact: TextEncoder) -> None:
    pair = ("<p>Hello <b>world</b></p>", "Hello world")
    assert show_comparison(compact, Limits(), *pair, "model-card").strip["visible"] is True
    assert strip_markup(*pair) == ("Hello world", "Hello world")
    assert show_comparison(compact, Limits(), *strip_markup(*pair), "model-card").strip["visible"] is False
    assert strip_markup("<br>", "| a |").text_a == "<br>"


def test_while_typing_weights_that_are_none_are_told_once_there_was_a_result(fake: FakeEncoder) -> None:
    before = show_live_comparison(fake, Limits(), "red cat", "blue cat", "9/9", latency_ms=0)
    assert before.result == gr.skip()
    with pytest.raises(InputError, match="Unknown weights '9/9'"):
        show_live_comparison(fake, Limits(), "red cat", "blue cat", "9/9", latency_ms=20)
