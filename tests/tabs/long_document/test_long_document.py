"""A long document: the planted passage is the peak, every score is what it says, long ones stay bounded."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.contract import need_colbert, need_dense
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError, StoppedError
from bge_demo.samples import background_sentences
from bge_demo.scores.scoring import mean_maxsim
from bge_demo.settings import Limits
from bge_demo.tabs.long_document.late_chunking import passes
from bge_demo.tabs.long_document.program import long_document, window_sweep
from bge_demo.tabs.long_document.request import Request, Window
from bge_demo.tabs.long_document.sweep import NEARLY, SizeTried, advised_size
from bge_demo.text.windows import windows

LIMITS = Limits()
PLANTED = "The emergency telephone of the lighthouse is painted green and stands behind the boathouse."
QUESTION = "Where is the emergency telephone of the lighthouse?"


def filler(n_sentences: int) -> list[str]:
    """Unrelated sentences, the bundled ones over and over."""
    bundled = [sentence for language, sentence in background_sentences() if language == "en"]
    return [bundled[number % len(bundled)] for number in range(n_sentences)]


def with_plant(n_sentences: int, place: float) -> str:
    lines = filler(n_sentences)
    lines.insert(int(place * n_sentences), PLANTED)
    return "\n\n".join(lines)


def words(n: int, word: str = "w") -> str:
    return " ".join(f"{word}{number}" for number in range(n))


def numbered(fake: FakeEncoder, n_words: int, **values: Any) -> dict[str, Any]:
    return long_document(fake, LIMITS, words(n_words), **values)


@pytest.mark.parametrize("place", [0.0, 1.0])
def test_the_planted_passage_is_the_peak_of_every_curve(compact: TextEncoder, place: float) -> None:
    document = with_plant(60, place)
    answer = long_document(compact, LIMITS, document, QUESTION, window_tokens=64, overlap_tokens=8)
    start = document.index(PLANTED)
    for scores in (
        [chunk["similarity"] for chunk in answer["chunks"]],
        [chunk["colbert"] for chunk in answer["chunks"]],
    ):
        best = answer["chunks"][int(np.argmax(scores))]
        assert best["start"] < start + len(PLANTED)
        assert start < best["end"]
    peak = answer["peaks"][0]
    assert peak["chunk"] == int(np.argmax([chunk["similarity"] for chunk in answer["chunks"]]))
    assert document[peak["start"] : peak["end"]] == PLANTED


def test_colbert_finds_a_passage_that_windows_cut(compact: TextEncoder) -> None:
    document = with_plant(60, 0.4)
    answer = long_document(compact, LIMITS, document, QUESTION, window_tokens=64, overlap_tokens=8)
    best = max(answer["chunks"], key=lambda chunk: chunk["colbert"])
    start = document.index(PLANTED)
    assert best["start"] < start + len(PLANTED)
    assert start < best["end"]


def test_every_score_is_that_of_the_text_it_names(compact: TextEncoder) -> None:
    document = with_plant(60, 0.5)
    answer = long_document(compact, LIMITS, document, QUESTION, window_tokens=128, overlap_tokens=16)
    pieces = [document[chunk["start"] : chunk["end"]] for chunk in answer["chunks"]]
    encoded = compact.encode([QUESTION, document, *pieces], sparse=False)
    dense, colbert = need_dense(encoded), need_colbert(encoded)
    assert answer["whole"]["similarity"] == pytest.approx(float(dense[1] @ dense[0]), abs=1e-4)
    similarities = [chunk["similarity"] for chunk in answer["chunks"]]
    assert similarities == pytest.approx((dense[2:] @ dense[0]).tolist(), abs=1e-4)
    expected = [mean_maxsim(colbert[0][:-1], rows) for rows in colbert[2:]]
    assert [chunk["colbert"] for chunk in answer["chunks"]] == pytest.approx(expected, abs=1e-4)
    assert [chunk["n_tokens"] for chunk in answer["chunks"]] == encoded.n_tokens[2:]
    assert answer["chunk_mean"] == pytest.approx(np.mean(similarities))
    assert answer["chunk_max"] == max(similarities)
    assert len(answer["late_chunking"]) == len(answer["chunks"])


def test_late_chunking_of_a_document_that_is_one_chunk_pools_its_own_rows(compact: TextEncoder) -> None:
    answer = long_document(compact, LIMITS, PLANTED, QUESTION)
    document, query = need_colbert(compact.encode([PLANTED, QUESTION], sparse=False))
    pooled, asked = document[:-1].mean(axis=0), query[:-1].mean(axis=0)
    cosine = pooled @ asked / np.linalg.norm(pooled) / np.linalg.norm(asked)
    assert answer["late_chunking"] == [pytest.approx(float(cosine), abs=1e-4)]


def test_late_passes_hold_every_chunk_once_and_never_more_than_is_read(fake: FakeEncoder) -> None:
    document = words(1000)
    cut = windows(fake, document, 52, 10)
    request = Request(document, None, None, Window(52, 10), 300)
    found = list(passes(fake, request, cut))
    assert [first for first, _ in found] == [0, *(last for _, last in found[:-1])]
    assert found[-1][1] == len(cut)
    for first, last in found:
        text = document[cut[first].start : cut[last - 1].end]
        assert len(text.split()) + 2 <= 300
    assert len(found) == 4


def test_what_was_read_whole_is_said_to_the_word() -> None:
    fake = FakeEncoder(max_tokens=102)
    answer = numbered(fake, 400, query="w7", window_tokens=52, overlap_tokens=0)
    assert answer["n_tokens"] == 402
    assert answer["truncated"]
    assert answer["whole"]["read_tokens"] == 102
    assert words(400)[: answer["whole"]["read_to"]].endswith(" w99")
    assert answer["whole"]["last_words"].endswith("w99")
    assert not numbered(fake, 90, window_tokens=52, overlap_tokens=0)["truncated"]


def test_prefixes_grow_up_to_what_is_read_and_end_with_the_whole(fake: FakeEncoder) -> None:
    answer = numbered(fake, 900, query="w7 w80")
    ends = [prefix["n_tokens"] for prefix in answer["prefixes"]]
    assert all(a < b for a, b in pairwise(ends))
    assert len(ends) <= 24
    assert ends[-1] == answer["n_tokens"] == 902
    assert answer["prefixes"][-1]["similarity"] == pytest.approx(answer["whole"]["similarity"])
    assert len(words(900)[: answer["prefixes"][0]["end"]].split()) == 62


def test_peaks_do_not_touch_each_other(fake: FakeEncoder) -> None:
    answer = numbered(fake, 900, query="w100 w500 w850", window_tokens=52, overlap_tokens=5)
    numbers = [peak["chunk"] for peak in answer["peaks"]]
    assert all(abs(a - b) > 1 for a in numbers for b in numbers if a != b)
    scores = [answer["chunks"][number]["similarity"] for number in numbers]
    assert scores == sorted(scores, reverse=True)
    chunks = [answer["chunks"][number] for number in numbers[:3]]
    found = [words(900)[chunk["start"] : chunk["end"]].split() for chunk in chunks]
    assert all(any(word in place for place in found) for word in ("w100", "w500", "w850"))


def test_without_a_query_the_document_is_cut_and_nothing_scored(fake: FakeEncoder) -> None:
    answer = numbered(fake, 300, window_tokens=52, overlap_tokens=0)
    assert [chunk["similarity"] for chunk in answer["chunks"]] == [None] * 6
    assert (answer["chunk_mean"], answer["chunk_max"], answer["late_chunking"]) == (None, None, [])
    assert answer["coverage"] is None
    assert fake.encoded == []
    json.dumps(answer)


def test_the_whole_document_is_never_held_as_rows(fake: FakeEncoder) -> None:
    numbered(fake, 3000, query="w1")
    longest = max(sum(len(text.split()) for text in call) for call in fake.encoded[2:])
    assert longest <= 3000
    chunk_calls = [call for call in fake.encoded if len(call) > 1]
    assert max(sum(len(text.split()) for text in call) for call in chunk_calls) <= 2048


def test_progress_starts_at_nothing_rises_and_ends_near_all(fake: FakeEncoder) -> None:
    told: list[tuple[int, int]] = []
    with on_behalf_of(lambda: False, 100, lambda done, total: told.append((done, total))):
        numbered(fake, 3000, query="w1", summary="w5 w6. w7.")
    assert told[0][0] == 0
    shares = [done / total for done, total in told[1:]]
    assert shares == sorted(shares)
    assert 0.8 < shares[-1] <= 1


def test_work_stops_between_two_batches(fake: FakeEncoder) -> None:
    with on_behalf_of(lambda: len(fake.encoded) > 3, 100), pytest.raises(StoppedError, match="cancelled"):
        numbered(fake, 3000, query="w1")
    assert len(fake.encoded) == 4


def test_long_work_has_its_own_limit(fake: FakeEncoder) -> None:
    with on_behalf_of(lambda: False, 0):
        assert numbered(fake, 50, query="w1")["n_tokens"] == 52
        with pytest.raises(StoppedError, match="No answer within 0 s"):
            long_document(fake, Limits(document_seconds=0), words(50), "w1")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"document": " "}, "Document is blank"),
        ({"document": "x" * 101}, "at most 100"),
        ({"query": 3}, "must be a text"),
        ({"summary": "x" * 51}, "Summary to check has 51 characters"),
        ({"window_tokens": 15}, "from 16 to 8192"),
        ({"window_tokens": 9000}, "from 16 to 8192"),
        ({"window_tokens": 16.5}, "whole number"),
        ({"overlap_tokens": 127}, "from 0 to 126"),
        ({"overlap_tokens": -1}, "from 0 to 126"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_next_step(
    fake: FakeEncoder, values: dict[str, Any], sentence: str
) -> None:
    limits = Limits(document_chars=100, text_chars=50)
    with pytest.raises(InputError, match=sentence):
        long_document(fake, limits, **{"document": "a b", **values})


def test_a_sweep_finds_the_planted_passage_and_advises_a_size(compact: TextEncoder) -> None:
    document = with_plant(60, 0.6)
    answer = window_sweep(compact, LIMITS, document, [QUESTION])
    sizes = [one["window_tokens"] for one in answer["sizes"]]
    assert sizes == [64, 128, 256, 512, 1024, 2048, 4096, 8192][: len(sizes)]
    assert answer["advised"] in sizes
    start = document.index(PLANTED)
    low, high = answer["sizes"][0]["best"][0]
    assert low < start + len(PLANTED)
    assert start < high
    assert answer["is_whole"]


def test_a_sweep_of_a_long_document_reads_a_stretch_around_the_answer() -> None:
    document = "hay " * 3000 + "needle " + "hay " * 32_000
    answer = window_sweep(FakeEncoder(dim=8), LIMITS, document, ["needle"])
    assert not answer["is_whole"]
    assert answer["start"] <= document.index("needle") < answer["end"]
    assert len(document[answer["start"] : answer["end"]].split()) < 35_000
    low, high = answer["sizes"][0]["best"][0]
    assert "needle" in document[low:high]


def tried(size: int, stands_out: float | None) -> SizeTried:
    return SizeTried(size, 9, 0.5, 0.1, stands_out, (), 0.0)


def test_the_largest_size_that_stands_out_nearly_as_far_is_advised() -> None:
    assert (
        advised_size([tried(64, 0.40), tried(128, 0.40 * NEARLY), tried(256, 0.3), tried(512, None)]) == 128
    )
    assert advised_size([tried(64, None)]) is None
    assert advised_size([tried(64, 0.0), tried(128, None)]) is None
