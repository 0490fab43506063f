"""Labelled queries from files and programs: columns by their usual names, ids in any form, refusals."""

from __future__ import annotations

import json

import pytest

from bge_demo.errors import InputError
from bge_demo.retrieval.sample import sample_passages
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.evaluation import LabelledQuery
from bge_demo.tabs.retrieval.labelled_queries import (
    built_in_queries,
    queries_from_json,
    read_labelled_queries,
)


def read(text: str, name: str = "queries.csv", encoding: str = "utf-8") -> list[LabelledQuery]:
    return read_labelled_queries([(name, text.encode(encoding))], Limits())


def test_the_built_in_queries_name_passages_of_the_built_in_corpus() -> None:
    known = {passage.id for passage in sample_passages()}
    queries = built_in_queries()
    assert len(queries) >= 60
    assert {one for query in queries for one in query.relevant} <= known
    assert all(query.language and query.kind and query.relevant for query in queries)


@pytest.mark.parametrize(
    "cell",
    ["a b", "a;b", "a, b", "a|b", '"[""a"", ""b""]"', " a ; b ;", "a，b", "a；b", "a、b"],
    ids=lambda cell: cell[:8],
)
def test_ids_may_be_separated_in_any_usual_way(cell: str) -> None:
    quoted = cell if cell.startswith('"') else f'"{cell}"'
    (query,) = read(f"query,relevant\nwhere?,{quoted}\n")
    assert query == LabelledQuery("where?", ("a", "b"))


def test_an_id_may_begin_with_a_bracket_or_be_a_number() -> None:
    assert read("query,relevant\nq,[7\n")[0].relevant == ("[7",)
    assert read('query,relevant\nq,"[7, 8]"\n')[0].relevant == ("7", "8")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Question;Relevant_IDs;Lang;Type\nwhere?;a;en;keyword\n", "q.csv"),
        ("sep=;\ntext;doc_id;language;kind\nwhere?;a;en;keyword\n", "q.CSV"),
        ("查询\t相关\t语言\t类型\nwhere?\ta\ten\tkeyword\n", "q.tsv"),
        (
            '{"query": "where?", "positive": ["a"], "lang": "en", "kind": "keyword"}\n',
            "q.jsonl",
        ),
    ],
    ids=["semicolons", "excel", "chinese names", "jsonl"],
)
def test_columns_are_found_by_their_usual_names(text: str, name: str) -> None:
    assert read(text, name) == [LabelledQuery("where?", ("a",), "en", "keyword")]


def test_a_spreadsheet_in_gbk_is_read() -> None:
    (query,) = read('查询,相关段落\n"在哪里，\n怎么去？",甲\n', encoding="gbk")
    assert query == LabelledQuery("在哪里，\n怎么去？", ("甲",))


def test_rows_of_one_query_are_one_query_and_blank_ones_are_none() -> None:
    rows = "query,relevant,language\nq,b,en\n,x,\nq,a;b,de\nother,c,\n"
    assert read(rows) == [LabelledQuery("q", ("b", "a"), "en"), LabelledQuery("other", ("c",))]


JUDGEMENTS = {
    "BEIR": ("qrels.tsv", "query-id\tcorpus-id\tscore\nq0\t0\t1\nq0\tb\t2\nq1\tc\t0\nq1\td\t1\n"),
    "TREC": ("test.qrels", "q0 0 0 1\nq0 0 b 2\nq1 0 c 0\nq1 0 d 1\n"),
    "TREC with tabs": ("qrels.txt", "q0\t0\t0\t1\nq0\t0\tb\t2\nq1\t0\tc\t0\nq1\t0\td\t1"),
    "csv": ("qrels.csv", "qid;docid\nq0;0\nq0;b\nq1;d\n"),
}
QUERIES = {
    "BEIR": ("queries.jsonl", '{"_id": "q0", "text": "where?"}\n{"_id": "q1", "text": "when?"}\n'),
    "csv": ("topics.csv", "id,query\nq0,where?\nq1,when?\nq2,nobody judged it\n"),
    "two columns": ("topics.tsv", "q0\twhere?\nq1\twhen?\n"),
}


@pytest.mark.parametrize("judgements", JUDGEMENTS)
@pytest.mark.parametrize("queries", QUERIES)
def test_judgements_and_queries_may_come_in_two_files(judgements: str, queries: str) -> None:
    files = [(name, text.encode()) for name, text in (JUDGEMENTS[judgements], QUERIES[queries])]
    for given in (files, files[::-1]):
        assert read_labelled_queries(given, Limits()) == [
            LabelledQuery("where?", ("0", "b")),
            LabelledQuery("when?", ("d",)),
        ]


def test_files_that_do_not_belong_together_are_refused() -> None:
    qrels, queries = (name_and_text for name_and_text in (JUDGEMENTS["BEIR"], QUERIES["BEIR"]))
    other = ("queries.jsonl", '{"_id": "x", "text": "where?"}\n')
    for files, sentence in (
        ([qrels], "Choose the file with the texts of the queries"),
        ([queries, queries], "Choose one file"),
        ([qrels, qrels], "Choose one file"),
        ([qrels, other], "2 judged queries have no text, the first one has the id 'q0'"),
        ([qrels, ("q.csv", "a,b,c\nd,e,f\n")], "needs the columns id"),
        ([("q.csv", "qid,docid,score\na,b,high\n"), queries], "Row 1: the grade 'high'"),
        ([], "Choose one file"),
    ):
        with pytest.raises(InputError) as caught:
            read_labelled_queries([(name, text.encode()) for name, text in files], Limits())
        assert sentence in str(caught.value)


def test_group_names_are_cut() -> None:
    (query,) = read(f"query,relevant,language\nq,a,{'x' * 500}\n")
    assert query.language == "x" * 40


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("queries.txt", "query,relevant\nq,a", "come as a csv, tsv or jsonl file"),
        ("queries", "query,relevant\nq,a", "come as a csv, tsv or jsonl file"),
        (
            "queries.csv",
            "query,answer\nq,a",
            "columns query and relevant (passage ids); it has: query, answer",
        ),
        ("queries.csv", "query,relevant\n", "no table"),
        ("queries.csv", "", "no table"),
        ("queries.jsonl", '{"query": "q"\n', "Row 1: It is no JSON object"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(name: str, text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text, name)
    assert sentence in str(caught.value)


def test_a_program_sends_plain_values() -> None:
    sent = [
        {"text": "q", "relevant": ["a", "b"], "language": "en", "kind": "keyword"},
        {"text": "r", "relevant": [], "language": None, "surplus": 1},
    ]
    assert queries_from_json(sent) == [
        LabelledQuery("q", ("a", "b"), "en", "keyword"),
        LabelledQuery("r", ()),
    ]


def test_lone_surrogates_of_a_program_become_marks() -> None:
    (query,) = queries_from_json(
        json.loads(r'[{"text": "\ud800 q", "relevant": ["\udc00"], "kind": "\ud8ff"}]')
    )
    assert query == LabelledQuery("\ufffd q", ("\ufffd",), "", "\ufffd")


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "q",
        {"text": "q", "relevant": ["a"]},
        ["q"],
        [{"text": 1, "relevant": ["a"]}],
        [{"relevant": ["a"]}],
        [{"text": "q"}],
        [{"text": "q", "relevant": "a"}],
        [{"text": "q", "relevant": [1]}],
        [{"text": "q", "relevant": {"a": 1}}],
        [{"text": "q", "relevant": ["a"]}, None],
    ],
    ids=str,
)
def test_anything_else_a_program_sends_is_refused(sent: object) -> None:
    with pytest.raises(InputError, match="must come as a list"):
        queries_from_json(sent)
