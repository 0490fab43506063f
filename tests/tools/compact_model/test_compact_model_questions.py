"""Questions are drawn with their passages, no passage twice, half of the passages near each other; which
sentence answers.
"""

from __future__ import annotations

import numpy as np
import pytest

from tools.compact_model.questions import QuestionPool, answering_sentence, sentences_of

# Twenty passages on a circle (texts 0 to 19), two questions to each (20 to 59), translations of the first
# passage and its question (60 and 61).
PASSAGES = 20
GROUP = np.array([*range(60), 0, 20])
PAIRS = np.array([(20 + n, n % PASSAGES) for n in range(40)])
MEMBERS = [np.nonzero(GROUP == group)[0] for group in range(60)]


@pytest.fixture
def pool() -> QuestionPool:
    angles = np.concatenate([np.arange(PASSAGES) * 0.3, np.zeros(40)])
    targets = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    return QuestionPool(PAIRS, GROUP, MEMBERS, targets)


def test_each_question_comes_with_its_passage_and_no_passage_twice(pool: QuestionPool) -> None:
    for seed in range(20):
        drawn = pool.draw(8, np.random.default_rng(seed))
        assert all((x.written_question - 20) % PASSAGES == x.written_passage for x in drawn)
        assert all(GROUP[x.question] == x.written_question for x in drawn)
        assert all(GROUP[x.passage] == x.written_passage for x in drawn)
        assert len({x.written_passage for x in drawn}) == 8


def test_passages_near_the_first_are_drawn_with_it(pool: QuestionPool) -> None:
    pool._nearest = pool._nearest[:, :5]
    for seed in range(10):
        first, *others = (x.written_passage for x in pool.draw(8, np.random.default_rng(seed)))
        assert len(set(pool._nearest[first].tolist()).intersection([first, *others])) >= 4


def test_translations_take_a_texts_place(pool: QuestionPool) -> None:
    drawn = [x for seed in range(40) for x in pool.draw(PASSAGES, np.random.default_rng(seed))]
    assert 60 in [x.passage for x in drawn]
    assert 61 in [x.question for x in drawn]


def test_a_pool_of_few_draws_what_it_has_and_an_empty_one_nothing(pool: QuestionPool) -> None:
    rng = np.random.default_rng(0)
    assert len(pool.draw(50, rng)) == PASSAGES
    empty = QuestionPool(PAIRS[:0], GROUP, MEMBERS, np.zeros((60, 2), np.float32))
    assert empty.draw(4, rng) == []


STOP = 1
ENDS = np.arange(60) == STOP
WEIGHTS = np.where(ENDS, 0, 0.3).astype(np.float32)


def ids(*sentences: range) -> np.ndarray:
    return np.concatenate([[*sentence, STOP] for sentence in sentences]).astype(np.int32)


def test_the_sentence_with_the_questions_words_answers() -> None:
    passage = ids(range(10, 20), range(20, 30), range(30, 40))
    found = answering_sentence(np.array([21, 25, 33], np.int32), passage, passage, WEIGHTS, ENDS)
    assert found.tolist() == ids(range(20, 30)).tolist()


def test_a_translation_gives_the_sentence_in_the_same_place_or_the_whole() -> None:
    written, question = ids(range(10, 20), range(20, 30)), np.array([21, 25], np.int32)
    translated = ids(range(40, 50), range(50, 59))
    found = answering_sentence(question, written, translated, WEIGHTS, ENDS)
    assert found.tolist() == ids(range(50, 59)).tolist()
    three = ids(range(40, 50), range(50, 59), range(40, 50))
    assert answering_sentence(question, written, three, WEIGHTS, ENDS).tolist() == three.tolist()


def test_what_is_too_short_joins_the_sentence_before() -> None:
    (whole,) = sentences_of(ids(range(10, 20), range(2, 4)), ENDS)
    assert whole.tolist() == ids(range(10, 20), range(2, 4)).tolist()
