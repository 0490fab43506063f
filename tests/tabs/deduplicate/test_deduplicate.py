"""Groups that do not depend on the order of lines, lose no pair, and only grow as the threshold falls."""

from __future__ import annotations

import json
import random
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from fakes import AWKWARD_TEXTS, FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError, StoppedError
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate import similarities
from bge_demo.tabs.deduplicate.analysis import find_duplicates, grouped
from bge_demo.tabs.deduplicate.groups import Choice, shared_text
from bge_demo.tabs.deduplicate.program import deduplicate
from bge_demo.text.folding import exact_key

LIMITS = Limits()
BOLTS = ["Mild Steel Hex Bolt M12x50", "MS Hex Bolt M12 x 50", "Mild Steel Hex Bolt M12x60"]


# One for all: what it knows of unrelated sentences is computed once.
ENCODER = FakeEncoder(dim=4096)


def answer_of(texts: list[str], **options: Any) -> dict[str, Any]:
    return deduplicate(ENCODER, LIMITS, texts, **options)


def group_sets(answer: dict[str, Any]) -> set[frozenset[int]]:
    return {frozenset(member["index"] for member in group["members"]) for group in answer["groups"]}


def scores_of(texts: list[str]) -> np.ndarray:
    rows = ENCODER.encode(texts).dense
    assert rows is not None
    return rows @ rows.T


words = st.lists(st.sampled_from("red cat dog sun not 3 4 Red ＣＡＴ".split()), min_size=0, max_size=4)
lines = st.lists(words.map(" ".join), max_size=12)
thresholds = st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0])


@given(lines, thresholds, st.randoms(use_true_random=False), st.booleans())
def test_shuffling_the_lines_changes_no_group(
    texts: list[str], threshold: float, shuffle: random.Random, merge: bool
) -> None:
    order = list(range(len(texts)))
    shuffle.shuffle(order)
    before = answer_of(texts, threshold=threshold, merge_flagged=merge)
    after = answer_of([texts[i] for i in order], threshold=threshold, merge_flagged=merge)
    assert group_sets(before) == {frozenset(order[i] for i in group) for group in group_sets(after)}
    assert before["n_also_close"] == after["n_also_close"]
    assert sorted(group["lowest"]["score"] for group in before["groups"]) == sorted(
        group["lowest"]["score"] for group in after["groups"]
    )


@given(lines, thresholds)
def test_every_similar_pair_is_in_a_group_or_listed(texts: list[str], threshold: float) -> None:
    answer = answer_of(texts, threshold=threshold)
    groups = group_sets(answer)
    listed = {(pair["a"], pair["b"]) for pair in answer["also_close"]}
    assert len(listed) == len(answer["also_close"]) == answer["n_also_close"]
    used = answer["threshold"]
    scores = scores_of(texts) if texts else np.zeros((0, 0))
    for a, b in combinations(range(len(texts)), 2):
        together = any({a, b} <= group for group in groups)
        blank = {a, b} & set(answer["blank"])
        if not blank and (scores[a, b] >= used + 1e-4 or exact_key(texts[a]) == exact_key(texts[b])):
            assert together != ((a, b) in listed)


@given(lines, thresholds, thresholds)
def test_a_lower_threshold_takes_no_line_out_of_all_groups(texts: list[str], one: float, two: float) -> None:
    low, high = sorted((one, two))
    few, many = (answer_of(texts, threshold=threshold) for threshold in (high, low))
    for group in group_sets(few):
        assert any(group <= larger for larger in group_sets(many))
    assert len(few["removed"]) <= len(many["removed"])


@given(lines, thresholds, st.sampled_from(["first", "longest", "central"]))
def test_both_directions_are_complete(texts: list[str], threshold: float, keep: str) -> None:
    answer = answer_of(texts, threshold=threshold, keep=keep)
    assert sorted([*answer["kept"], *answer["removed"]]) == list(range(len(texts)))
    stands_for = {member["index"]: group["kept"] for group in answer["groups"] for member in group["members"]}
    assert all(stands_for[index] in answer["kept"] for index in answer["removed"])
    for group in answer["groups"]:
        members = [member["index"] for member in group["members"]]
        assert len(members) == len(set(members)) >= 2
        assert members[0] == group["kept"]
        assert group["lowest"]["score"] >= min(answer["threshold"], 1.0)
        for member in group["members"]:
            same = exact_key(texts[member["index"]]) == exact_key(texts[group["kept"]])
            assert member["exact"] == same
            assert member["score"] >= group["lowest"]["score"]


@given(lines)
def test_flagged_pairs_share_no_group_unless_asked(texts: list[str]) -> None:
    answer = answer_of(texts, threshold=0.3)
    for pair in answer["flags"]:
        assert not any({pair["a"], pair["b"]} <= group for group in group_sets(answer))
    merged = answer_of(texts, threshold=0.3, merge_flagged=True)
    assert len(merged["removed"]) >= len(answer["removed"])


@settings(max_examples=25)
@given(st.lists(st.sampled_from(AWKWARD_TEXTS), max_size=8))
def test_awkward_texts_give_plain_json(texts: list[str]) -> None:
    answer = answer_of(texts, threshold=0.6)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert sorted([*answer["kept"], *answer["removed"]]) == list(range(len(texts)))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 200])
@pytest.mark.parametrize("threshold", [None, 0.0, 0.9, 1.0])
def test_equal_lines_are_one_group(n: int, threshold: float | None) -> None:
    answer = answer_of(["Adhesion"] * n, threshold=threshold)
    assert len(answer["groups"]) == (n > 1)
    assert answer["removed"] == list(range(1, n))
    assert answer["n_exact"] == max(0, n - 1)
    for group in answer["groups"]:
        assert group["kept"] == 0
        assert [(one["index"], one["score"], one["exact"]) for one in group["members"]] == [
            (i, 1.0, True) for i in range(n)
        ]


@pytest.mark.parametrize("n", [2, 3, 50])
def test_unlike_lines_are_no_group(n: int) -> None:
    answer = answer_of([f"word{'x' * i}" for i in range(n)], threshold=0.5)
    assert (answer["groups"], answer["removed"], answer["kept"]) == ([], [], list(range(n)))


def test_two_lines_at_threshold_zero_end() -> None:
    assert group_sets(answer_of(["a b", "c d"], threshold=0.0)) == {frozenset({0, 1})}


def test_blank_lines_stay_and_take_no_part() -> None:
    answer = answer_of(["a", "", " \u200b", "a", ""])
    assert answer["blank"] == [1, 2, 4]
    assert answer["kept"] == [0, 1, 2, 4]


def test_the_kept_line_is_the_first_the_longest_the_central_or_chosen() -> None:
    texts = ["a b c", "a b c d e", "a b c d"]
    kept = {
        keep: answer_of(texts, threshold=0.5, keep=keep)["groups"][0]["kept"] for keep in ("first", "longest")
    }
    assert kept == {"first": 0, "longest": 1}
    assert answer_of(texts, threshold=0.5, keep="central")["groups"][0]["kept"] == 2
    found = find_duplicates(ENCODER, texts, LIMITS, Choice(0.5)).found
    assert grouped(found, Choice(0.5, by_hand=frozenset({2}))).groups[0].kept == 2


def test_moving_the_threshold_equals_a_new_search_and_encodes_nothing() -> None:
    encoder = FakeEncoder()
    texts = ["a b c d", "a b c e", "a b f g", "x y", "x z"]
    found = find_duplicates(encoder, texts, LIMITS).found
    n_calls = len(encoder.encoded)
    for threshold in (0.2, 0.5, 0.75, 0.9):
        moved = grouped(found, Choice(max(threshold, found.pairs.floor_units / 10_000)))
        assert moved.groups == find_duplicates(ENCODER, texts, LIMITS, Choice(threshold)).groups
    assert len(encoder.encoded) == n_calls


def test_when_too_many_pairs_are_alike_the_threshold_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarities, "MOST_PAIRS", 40)
    texts = [f"common words {'x' * i} {'y' * (i % 3)}" for i in range(30)]
    answer = answer_of(texts, threshold=0.0)
    assert answer["threshold"] == answer["lowest_threshold"] > 0
    assert all(pair["score"] >= answer["threshold"] for pair in answer["also_close"])
    assert find_duplicates(ENCODER, texts, LIMITS).found.pairs.is_full
    assert not find_duplicates(ENCODER, texts[:4], LIMITS).found.pairs.is_full


def test_a_giant_group_is_named_by_what_its_lines_share() -> None:
    names = "ash oak elm fir yew bay fig box nut hop rye oat tea cow pig hen ant bee fox owl emu".split()
    answer = answer_of([f"The {name} order was shipped" for name in names], threshold=0.7)
    assert answer["groups"][0]["shared"] == "order was shipped"
    assert shared_text(["abc", "xyz"]) == ""
    assert shared_text(["订单已发货一", "订单已发货二"]) == "订单已发货"


def test_folding_of_variants_is_optional() -> None:
    texts = ["氣候變化", "气候变化", "café", "cafe"]
    assert answer_of(texts, threshold=1.0)["groups"] == []
    assert group_sets(answer_of(texts, threshold=1.0, fold_variants=True)) == {
        frozenset({0, 1}),
        frozenset({2, 3}),
    }


def test_two_sets_show_what_leaks() -> None:
    answer = answer_of(
        ["red cat", "blue sky"], second=["RED  cat", "green tree", "blue sky now"], threshold=0.7
    )
    assert answer["leaks"] == [
        {"first": 0, "second": 0, "score": 1.0, "exact": True, "flags": []},
        {"first": 1, "second": 2, "score": pytest.approx(0.8165, abs=1e-4), "exact": False, "flags": []},
    ]
    assert answer["second_kept"] == [1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"threshold": 1.5}, "from 0 to 1; got 1.5"),
        ({"threshold": True}, "from 0 to 1; got True"),
        ({"threshold": "high"}, "from 0 to 1; got high"),
        ({"keep": "best"}, "'best'.*first, longest, central"),
        ({"second": "text"}, "list of texts"),
    ],
)
def test_choices_that_are_none_are_told(options: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        answer_of(["a"], **options)


def test_limits_are_told_by_number_and_line() -> None:
    limits = Limits(duplicate_lines=3, text_chars=5)
    with pytest.raises(InputError, match="There are 4 lines; at most 3"):
        deduplicate(FakeEncoder(), limits, ["a"] * 4)
    with pytest.raises(InputError, match="Row 2 has 6 characters; at most 5"):
        deduplicate(FakeEncoder(), limits, ["a", "b" * 6])
    with pytest.raises(InputError, match="Row 1 must be a text"):
        deduplicate(FakeEncoder(), limits, [1])  # type: ignore[list-item]


def test_a_caller_who_leaves_stops_the_work_within_a_batch() -> None:
    encoder = FakeEncoder()
    texts = [f"line {'i' * i}" for i in range(1500)]
    similarities.background_cosines(encoder)
    with on_behalf_of(lambda: len(encoder.encoded) >= 3, 60), pytest.raises(StoppedError):
        find_duplicates(encoder, texts, LIMITS)
    assert len(encoder.encoded) == 3


def test_progress_goes_on_through_encoding_and_flags_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    with on_behalf_of(lambda: False, 60, lambda done, total: told.append((done, total))):
        find_duplicates(FakeEncoder(), [f"l{'x' * (i % 600)}" for i in range(700)], LIMITS)
    assert {total for _, total in told} == {2400}
    # Three batches of distinct lines, the end of encoding, the end.
    assert [done for done, _ in told][:3] == [768, 1032, 1800]
    assert told[-1] == (2400, 2400)
    assert sorted(told) == told


# ---- with the shipped checkpoint -------------------------------------------------------------------------


def test_denials_and_sizes_are_flagged_and_kept_apart(compact: TextEncoder) -> None:
    texts = [
        "Refunds are possible within 14 days",
        "Refunds are not possible within 14 days",
        "可以退款",
        "不可以退款",
        *BOLTS,
    ]
    answer = deduplicate(compact, LIMITS, texts)
    flagged = {(flag["a"], flag["b"]): flag["kind"] for flag in answer["flags"]}
    assert flagged[0, 1] == flagged[2, 3] == "negation"
    assert flagged[4, 6] == "digits"
    assert not any({0, 1} <= group or {2, 3} <= group or {4, 6} <= group for group in group_sets(answer))
    assert any({4, 5} <= group for group in group_sets(answer))


def test_the_suggestion_rises_with_the_number_of_lines(compact: TextEncoder) -> None:
    background = similarities.background_cosines(compact)
    suggested = [similarities.suggested_threshold(background, n) for n in (0, 10, 400, 20_000)]
    assert suggested[0] == suggested[1] < suggested[2] < suggested[3] <= 0.95
    assert suggested[0] > float(np.quantile(background, 0.999))
