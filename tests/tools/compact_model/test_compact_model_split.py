"""What may be trained on, and what is held out of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tools.compact_model.corpus import (
    MSRPAR_BLOCKS,
    Corpus,
    Group,
    Question,
    ScoredPair,
    Text,
    read_corpus,
    text_key,
)
from tools.compact_model.files import WorkFolder
from tools.compact_model.split import near_keys, split_corpus, without_near_duplicates

HELD = "The dog sleeps all day long"


def near(a: str, b: str) -> bool:
    return not set(near_keys(a)).isdisjoint(near_keys(b))


@pytest.mark.parametrize(
    ("other", "repeats"),
    [
        ("the DOG sleeps, all day long!", True),
        ("The cat sleeps all day long", True),
        ("The dog sleeps all day", True),
        ("Yesterday the dog sleeps all day long", True),
        ("The cat sleeps all night long", False),
        ("A different sentence of six words", False),
    ],
)
def test_one_changed_word_makes_a_near_duplicate(other: str, repeats: bool) -> None:
    assert near(HELD, other) == repeats


def test_where_words_are_not_spaced_one_character_counts() -> None:
    assert near("今天下午我们一起去公园散步", "今天上午我们一起去公园散步")
    assert not near("今天下午我们一起去公园散步", "今天下午他们一起去学校散步")


def test_short_texts_must_be_equal() -> None:
    assert near("Good morning!", "good morning")
    assert not near("Good morning!", "Good evening")


def test_nothing_that_repeats_a_held_text_is_trained_on() -> None:
    corpus = Corpus(
        groups=(
            Group("a", {"en": "The dog sleeps all night long", "de": "Hund"}),
            Group("a", {"en": "Fine", "de": "Gut"}),
        ),
        texts=(Text("en", "b", "the dog sleeps all day long."), Text("en", "b", "Something else")),
        questions=(Question("en", "c", HELD, "An answer"), Question("en", "c", "Why?", "Because")),
        scored=(ScoredPair(HELD, "A nap", 0.5), ScoredPair("Fine", "Good", 0.9)),
    )
    left = without_near_duplicates(corpus, [HELD])
    assert [group.texts["en"] for group in left.groups] == ["Fine"]
    assert [text.text for text in left.texts] == ["Something else"]
    assert [item.question for item in left.questions] == ["Why?"]
    assert [pair.a for pair in left.scored] == ["Fine"]


def test_a_paragraph_around_a_held_sentence_is_not_trained_on() -> None:
    sentence = "The parliament voted on the new law about clean rivers on Monday."
    paragraph = f"It was a long day. {sentence} Nobody was surprised."
    corpus = Corpus((Group("p", {"en": paragraph, "fr": "Un long jour"}),), (), (), ())
    assert without_near_duplicates(corpus, [sentence]).groups == ()


def test_the_split_repeats_nothing_and_comes_out_the_same_again() -> None:
    groups = tuple(
        Group(
            "ntrex",
            {
                "en": f"Sentence {n} speaks of topic {n * 7} and of place {n * 13}",
                "de": f"Satz {n} über {n * 7}",
            },
        )
        for n in range(900)
    )
    training, validation = split_corpus(Corpus(groups, (), (), ()))
    assert len(validation.groups) == 350
    held = {text_key(group.texts["en"]) for group in validation.groups}
    assert held.isdisjoint(text_key(group.texts["en"]) for group in training.groups)
    again, same = split_corpus(Corpus(groups, (), (), ()))
    assert (again, same) == (training, validation)


def write_corpus(folder: Path) -> None:
    first, last = MSRPAR_BLOCKS[0]
    sts = ["A plane is taking off.", first, "In between", last, "A man is cooking."]
    parallel = [{"src": "stsb-multi-mt", "t": {"en": text, "de": f"de {text}"}} for text in sts]
    parallel += [
        {"src": "multi30k", "t": {"en": "Two men", "de": "Zwei"}},
        {"src": "ntrex", "t": {"en": "News", "de": "Neu"}},
    ]
    scored = [
        {"a": a, "b": b, "score": 0.5}
        for a, b in (("A plane is taking off.", "A man is cooking."), (first, last))
    ]
    scored.append({"a": "비행기가 이륙한다", "b": "비행기", "score": 1.0})
    files = {"parallel": parallel, "related": [], "scored": scored}
    for name, rows in files.items():
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    with gzip.open(folder / "mono.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("de\tfortunes\tEin Spruch\nde\tcommon-voice\tEin Satz\nko\tkorsts\t비행기\n")


def test_doubtful_sources_are_left_out(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    corpus = read_corpus(tmp_path)
    assert {group.texts["en"] for group in corpus.groups} == {
        "A plane is taking off.",
        "A man is cooking.",
        "News",
    }
    assert [text.text for text in corpus.texts] == ["Ein Satz"]
    assert [pair.a for pair in corpus.scored] == ["A plane is taking off."]


def test_training_texts_are_numbered_as_the_pairs_refer_to_them(tmp_path: Path) -> None:
    corpus = Corpus(
        groups=(
            Group("a", {"de": "Hund", "en": "dog", "fr": "chien"}),
            Group("b", {"de": "x  y", "en": "tree"}),
        ),
        texts=(Text("en", "c", "single"),),
        questions=(Question("en", "d", "who?", "x y"),),
        scored=(ScoredPair("dog", "tree", 0.25),),
    )
    work = WorkFolder(tmp_path)
    n_texts = work.write_training(corpus)
    rows = list(work.texts())
    assert len(rows) == n_texts
    # One text of each group first, English if there is one.
    assert [row.text for row in rows[:2]] == ["dog", "tree"]
    pairs = work.pairs()
    assert [[rows[a].text, rows[b].text] for a, b in pairs["questions"]] == [["who?", "x y"]]
    assert [(rows[a].text, rows[b].text, score) for a, b, score in pairs["scored"]] == [("dog", "tree", 0.25)]
