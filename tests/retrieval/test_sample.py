"""The built-in corpus: well-formed, varied, within the model's window, its labels complete."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations

from bge_demo.retrieval.sample import SamplePassage, SampleQuery, sample_passages, sample_queries
from bge_demo.settings import ASSETS
from bge_demo.text.tokens import Tokenizer

PASSAGES = {passage.id: passage for passage in sample_passages()}
FEWEST = {"zh": 60, "en": 60, **dict.fromkeys("ja es ar de fr ko ru pt th tr zh-TW".split(), 10)}
# No spaces between words, or words too long to compare.
CHARACTERS = {**dict.fromkeys(("zh", "zh-TW", "ja", "ko"), (50, 200)), "th": (100, 300)}
WORDS = (25, 110)
CODE = re.compile(r"[A-Z]+-?\d+(?:-?[A-Z]+)?\b", re.ASCII)


def _of_kind(kind: str) -> list[SampleQuery]:
    return [query for query in sample_queries() if query.kind == kind]


def _stem(passage: SamplePassage) -> str:
    return passage.id.removesuffix(f"-{passage.language}")


def _same_facts() -> dict[str, set[str]]:
    """Stem -> ids, for facts that stand in more than one language."""
    groups = defaultdict(set)
    for passage in sample_passages():
        groups[_stem(passage)].add(passage.id)
    return {stem: ids for stem, ids in groups.items() if len(ids) > 1}


def _ngrams(text: str, n: int) -> set[str]:
    return {text[start : start + n] for start in range(len(text) - n + 1)}


def _is_of_even_length(passage: SamplePassage) -> bool:
    in_characters = passage.language in CHARACTERS
    shortest, longest = CHARACTERS.get(passage.language, WORDS)
    return shortest <= (len(passage.text) if in_characters else len(passage.text.split())) <= longest


def _giveaways(text: str) -> set[str]:
    """What would match without understanding: numbers, Latin words, pairs of Han characters."""
    han = re.findall("[\u4e00-\u9fff]+", text)
    return {
        *re.findall(r"\d+|[a-z]{2,}", text.casefold()),
        *(pair for run in han for pair in _ngrams(run, 2)),
    }


def test_ids_are_unique_and_end_with_the_language() -> None:
    assert len(PASSAGES) == len(sample_passages())
    assert len({query.id for query in sample_queries()}) == len(sample_queries())
    rows = [*sample_passages(), *sample_queries()]
    assert [row.id for row in rows if not re.fullmatch(rf"[a-z0-9-]+-{row.language}", row.id)] == []


def test_every_language_has_its_share() -> None:
    counts = Counter(passage.language for passage in sample_passages())
    assert counts.keys() == FEWEST.keys()
    assert {language for language, count in counts.items() if count < FEWEST[language]} == set()
    assert {query.language for query in sample_queries()} == FEWEST.keys()


def test_every_kind_of_query_is_counted() -> None:
    counts = Counter(query.kind for query in sample_queries())
    assert counts == {"same-language": 18, "paraphrase": 13, "keyword": 12, "cross-lingual": 30}


def test_the_readme_states_the_counts() -> None:
    readme = (ASSETS / "sample_corpus" / "README.md").read_text("utf-8")
    languages = Counter(passage.language for passage in sample_passages())
    kinds = Counter(query.kind for query in sample_queries())
    assert f"{len(PASSAGES)} passages" in readme
    assert f"{len(sample_queries())} queries" in readme
    assert all(re.search(rf"\b{language}\s+{count}\b", readme) for language, count in languages.items())
    assert all(f"| {kind} | {count} |" in readme for kind, count in kinds.items())
    assert f"({sum(map(len, _same_facts().values()))} of them" in readme


def test_titles_and_texts_are_one_clean_line() -> None:
    for passage in sample_passages():
        assert all(field and field == " ".join(field.split()) for field in (passage.title, passage.text))


def test_passages_are_of_even_length() -> None:
    assert [passage.id for passage in sample_passages() if not _is_of_even_length(passage)] == []


def test_a_passage_with_its_title_fits_the_window_of_the_shipped_checkpoint() -> None:
    tokenizer = Tokenizer.from_folder(ASSETS / "m3-compact")
    texts = [f"{passage.title}\n{passage.text}" for passage in sample_passages()]
    assert max(tokenized.n_tokens for tokenized in tokenizer(texts, max_tokens=256)) <= 128


def test_no_two_passages_are_nearly_equal() -> None:
    ngrams = {passage.id: _ngrams(passage.text, 4) for passage in sample_passages()}
    alike = {
        (a, b): len(ngrams[a] & ngrams[b]) / len(ngrams[a] | ngrams[b]) for a, b in combinations(ngrams, 2)
    }
    assert max(alike.values()) < 0.25


def test_few_facts_stand_in_more_than_one_language() -> None:
    parallel = _same_facts().values()
    assert 10 <= len(parallel)
    assert sum(map(len, parallel)) <= 0.15 * len(PASSAGES)


def test_a_query_has_one_to_three_relevant_passages_that_exist() -> None:
    assert all(1 <= len(query.relevant) == len(set(query.relevant)) <= 3 for query in sample_queries())
    assert {passage for query in sample_queries() for passage in query.relevant} <= PASSAGES.keys()


def test_a_query_is_labelled_with_every_language_of_its_answer() -> None:
    for query in sample_queries():
        stems = {_stem(PASSAGES[id_]) for id_ in query.relevant}
        assert len(stems) == 1
        assert set(query.relevant) == _same_facts().get(stems.pop(), set(query.relevant)), query.id


def test_only_cross_lingual_queries_have_all_answers_in_other_languages() -> None:
    for query in sample_queries():
        languages = {PASSAGES[id_].language for id_ in query.relevant}
        assert (query.language not in languages) == (query.kind == "cross-lingual"), query.id


def test_most_cross_lingual_answers_share_no_name_number_or_han_word_with_their_query() -> None:
    understood = [
        query
        for query in _of_kind("cross-lingual")
        if not any(_giveaways(query.text) & _giveaways(PASSAGES[id_].text) for id_ in query.relevant)
    ]
    assert len(understood) >= 20


def test_cross_lingual_queries_join_many_pairs_of_languages() -> None:
    pairs = {(q.language, PASSAGES[id_].language) for q in _of_kind("cross-lingual") for id_ in q.relevant}
    wanted = "zh-en zh-ja zh-es zh-ar zh-de en-zh en-ja en-ko en-ar ar-en ar-zh es-zh".split()
    assert {tuple(pair.split("-")) for pair in wanted} <= pairs


def test_the_code_in_a_keyword_query_stands_in_its_answers_and_nowhere_else() -> None:
    for query in _of_kind("keyword"):
        places = [
            {passage.id for passage in sample_passages() if code in CODE.findall(passage.text)}
            for code in CODE.findall(query.text)
        ]
        assert set(query.relevant) in places, query.id


def test_paraphrases_share_little_wording_with_their_answers() -> None:
    for query in _of_kind("paraphrase"):
        asked = _ngrams(query.text.casefold(), 4)
        shared = [
            len(asked & _ngrams(PASSAGES[id_].text.casefold(), 4)) / len(asked) for id_ in query.relevant
        ]
        assert max(shared) < 0.25, query.id


def test_the_files_are_read_once() -> None:
    assert sample_passages() is sample_passages()
    assert sample_queries() is sample_queries()
