"""What can be seen and what can be read: one rule, over every character that looks like nothing."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

import pytest
from corpus_stores import add_texts, card_for
from hypothesis import given, settings
from hypothesis import strategies as st

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.retrieval.corpora import temporary_index
from bge_demo.retrieval.files import passages_from_json
from bge_demo.retrieval.pipelines import PIPELINES
from bge_demo.samples import SentenceSample
from bge_demo.settings import Limits
from bge_demo.tabs.compare import program as programs
from bge_demo.tabs.compare.analysis import compare
from bge_demo.tabs.compare.tab import show_comparison
from bge_demo.tabs.cross_lingual import program as cross_program
from bge_demo.tabs.cross_lingual.analysis import compare_across_languages
from bge_demo.tabs.cross_lingual.tab import show_cross_lingual
from bge_demo.tabs.retrieval.analysis import search
from bge_demo.text.labelled_pairs import checked_pairs
from bge_demo.text.readable import is_blank, known_ids, reading
from bge_demo.text.tables import read_table

INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Cs")
NOTHING = st.text(st.characters(categories=INVISIBLE), max_size=8)
# Combining marks and private-use characters are seen somehow, and say nothing.
UNREADABLE = st.text(st.characters(categories=[*INVISIBLE, "Mn", "Me", "Co"]), min_size=1, max_size=8)


@given(NOTHING)
def test_a_text_of_invisible_characters_is_blank(text: str) -> None:
    assert is_blank(text)


@given(NOTHING, st.sampled_from("a1.+家あ한ไक🎉"), NOTHING)
def test_one_visible_character_is_enough(before: str, char: str, after: str) -> None:
    assert not is_blank(before + char + after)


@pytest.mark.parametrize("filler", ["\u3164", "\u115f", "\uffa0", "\u2800", "\ufe0f", "\u034f"])
def test_fillers_are_blank_whatever_their_category(filler: str) -> None:
    assert unicodedata.category(filler)[0] in "LSM"
    assert is_blank(filler)


@settings(max_examples=40)
@given(UNREADABLE)
def test_a_text_without_a_readable_sign_never_gets_a_band(compact: TextEncoder, text: str) -> None:
    for a, b in ((text, "hello"), ("hello", text), (text, text)):
        try:
            comparison = compare(compact, a, b)
        except InputError:
            assert is_blank(text)
            return
        assert (comparison.band, comparison.percentile) == (None, None)
    ranked = compare_across_languages(compact, "hello", [SentenceSample("?", text)])
    assert (ranked.rows[0].band, ranked.rows[0].percentile) == (None, None)


@pytest.mark.parametrize(
    ("text", "n_unreadable", "n_signs"),
    [("𓀀𓀁", 2, 2), ("hello 𓀀𓀁 world", 2, 12), ("ꦲꦤ", 2, 2), ("hello", 0, 5), ("？", 0, 1), ("\ue000", 1, 1)],
)
def test_signs_that_the_vocabulary_lacks_are_counted(
    compact: TextEncoder, text: str, n_unreadable: int, n_signs: int
) -> None:
    read = reading(compact.tokenize([text])[0])
    assert (read.n_unreadable, read.n_signs) == (n_unreadable, n_signs)
    assert read.is_readable == (3 * n_unreadable <= n_signs)


def test_unknown_tokens_are_no_lexical_terms(compact: TextEncoder) -> None:
    a, b = compact.tokenize(["𓀀𓀁 stone", "𓂀 stone"])
    shared = set(known_ids(a)) & set(known_ids(b))
    assert {compact.piece(one) for one in shared} - {"▁"}
    assert "<unk>" not in {compact.piece(one) for one in shared}
    comparison = compare(compact, "𓀀𓀁", "𓂀")
    # The bare space before a text is a token of its own, with next to no weight.
    assert {one.token for one in comparison.shared} <= {"▁"}
    assert comparison.scores.sparse < 0.001
    assert comparison.texts[0].keywords == ()


def test_two_texts_nobody_can_read_get_no_band_and_a_sentence(compact: TextEncoder) -> None:
    told = compare(compact, "𓀀𓀁", "hello world").to_json()
    assert (told["band"], told["percentile"]) == (None, None)
    assert told["texts"][0]["n_unreadable"] == 2
    assert "2 of the 2 signs" in told["texts"][0]["hints"][0]
    assert told["texts"][1]["hints"] == []


@settings(max_examples=25)
@given(UNREADABLE)
def test_the_rule_is_the_same_at_every_door(compact: TextEncoder, text: str) -> None:
    """Handlers of the page, programs, corpora, files and labelled pairs: refused if blank, else no band."""
    limits, blank = Limits(), is_blank(text)
    doors: list[Callable[[], object]] = [
        lambda: programs.compare(compact, limits, text, "hello")["band"],
        lambda: cross_program.cross_lingual(compact, limits, "hello", [{"text": text}])["rows"][0]["band"],
        lambda: "●" in str(show_comparison(compact, limits, "hello", text, "model-card").result) or None,
        lambda: "●" in show_cross_lingual(compact, limits, "hello", [["", text]]).result or None,
        lambda: _band_of_a_passage(compact, text, limits),
    ]
    for door in doors:
        if blank:
            with pytest.raises(InputError):
                door()
        else:
            assert door() is None
    lines = "".join(json.dumps({"text": one}) + "\n" for one in (text, "hello"))
    table = read_table("a.jsonl", lines.encode(), limits)
    assert [one.row for one in table.skipped] == ([1] if blank else [])
    rows = [{"text_a": one, "text_b": "x", "label": n % 2} for n, one in enumerate([text, "a", "b"])]
    assert [pair.row for pair in checked_pairs(rows, limits).pairs] == ([2, 3] if blank else [1, 2, 3])


def _band_of_a_passage(encoder: TextEncoder, text: str, limits: Limits) -> str | None:
    passages = passages_from_json([text], 10, limits)
    index = temporary_index(card_for(encoder, [text]))
    add_texts(index, encoder, [one.text for one in passages])
    return search(encoder, index, "hello", PIPELINES["dense"]).hits[0].band
