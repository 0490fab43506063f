"""The tab's view and handlers: what a result shows is its own and escaped; samples are true."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import gradio as gr
import pytest
from fakes import FakeEncoder
from html_reading import HOSTILE, assert_inert, downloads, parsed

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.locales import LANGUAGES, Language
from bge_demo.settings import Limits
from bge_demo.tabs.long_document.program import long_document
from bge_demo.tabs.long_document.samples import CHANGED, INVENTED, OMITTED, SAMPLE_NAMES, sample
from bge_demo.tabs.long_document.tab import (
    show_document_sample,
    show_long_document,
    show_sweep,
    show_uploaded_document,
    strip_markup,
)

LIMITS = Limits()
DOCUMENT = "\n\n".join(f"Part {n} speaks of w{n} and costs {n} euros." for n in range(60))


def shown(
    document: str,
    query: str = "w7",
    summary: str = "Part 5 speaks of w5 and costs 5 euros. Part 6 speaks of w6 and costs 9 euros. Nonsense.",
) -> str:
    return show_long_document(FakeEncoder(), LIMITS, document, query, summary, 32.0, 4.0).result


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_sample_names_its_invention_omission_and_figure(
    compact: TextEncoder, language: Language
) -> None:
    chosen = sample("sample.chapter", language)
    coverage = long_document(compact, LIMITS, chosen.document, summary=chosen.summary)["coverage"]
    assert INVENTED[language] in [one["sentence"] for one in coverage["unsupported"]]
    left_out = [chosen.document[one["start"] : one["end"]] for one in coverage["uncovered"]]
    assert OMITTED[language] in [text.split("\n")[0] for text in left_out]
    assert CHANGED[language] in [one["sentence"] for one in coverage["differing"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sample_has_a_document_and_something_to_ask(language: Language) -> None:
    for name in SAMPLE_NAMES:
        filled = show_document_sample(name, language)
        assert filled.document.strip()
        assert filled.query or filled.summary
    assert len(sample(SAMPLE_NAMES[0], language).document) > 13_000


def test_the_result_shows_its_peaks_lists_and_downloads() -> None:
    html = shown(DOCUMENT)
    root = parsed(html)
    assert_inert(root)
    dots = root.find(having="data-peak")
    passages = root.find(having="data-peak-text")
    assert len(dots) == len(passages) == 5
    assert "w7 and" in passages[0].text()
    assert "Nonsense." in root.find(css="unsupported")[0].text()
    assert root.find(css="differing")[0].find("mark")[0].text().strip().startswith("9")
    files = downloads(html)
    answer = json.loads(files["bge-m3-document.json"])
    rows = list(csv.DictReader(io.StringIO(files["bge-m3-document-windows.csv"].removeprefix("\ufeff"))))
    assert len(rows) == len(answer["chunks"])
    assert [int(row["start"]) for row in rows] == [chunk["start"] for chunk in answer["chunks"]]
    verdicts = list(csv.DictReader(io.StringIO(files["bge-m3-document-coverage.csv"].removeprefix("\ufeff"))))
    assert [row["verdict"] for row in verdicts[:3]] == ["supported", "figure differs", "unsupported"]
    assert len(verdicts) == 3 + answer["coverage"]["n_parts"]


def test_the_cut_is_marked_in_the_text() -> None:
    document = " ".join(f"w{n}" for n in range(300))
    html = show_long_document(FakeEncoder(max_tokens=102), LIMITS, document, "w7", "", 32.0, 0.0).result
    (text,) = parsed(html).find(css="cut-text")
    read, unread = text.text().split("cut here")
    assert read.endswith("w99")
    assert unread.removeprefix("在此截断").split()[0] == "w100"


def test_markup_is_told_and_can_be_removed() -> None:
    document = "<p>Hello <b>world</b></p>"
    assert "Markup makes up 56 %" in shown(document)
    assert strip_markup(document).document == "Hello world"
    for plain in ("First line.\nSecond line.\n\nNext paragraph.", "<br>"):
        assert strip_markup(plain).document == plain
    assert strip_markup("# Leave\n\n**25** days.").document == "Leave\n\n25 days."
    assert "Markup makes up" not in shown("Hello world")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_stay_texts(hostile: str) -> None:
    html = shown(f"{DOCUMENT}\n\n{hostile} word", f"{hostile} w7", f"{hostile} w5. {hostile} 17 euros.")
    assert_inert(parsed(html))
    assert_inert(parsed(show_sweep(FakeEncoder(), LIMITS, DOCUMENT, f"{hostile}\nw7").sweep))


def test_a_sweep_shows_every_size_and_marks_the_advised_one() -> None:
    html = show_sweep(FakeEncoder(), LIMITS, DOCUMENT, "w7\n\n w9 ").sweep
    answer = json.loads(downloads(html)["bge-m3-window-sweep.json"])
    rows = parsed(html).find("tbody")[0].find("tr")
    assert len(rows) == len(answer["sizes"])
    advised = [row.attributes.get("class") for row in rows].index("advised")
    assert answer["sizes"][advised]["window_tokens"] == answer["advised"]
    assert answer["questions"] == ["w7", " w9 "]


def test_a_sweep_without_a_question_is_refused() -> None:
    with pytest.raises(InputError, match="no text to work on"):
        show_sweep(FakeEncoder(), LIMITS, DOCUMENT, " \n")


def test_an_uploaded_file_fills_the_document(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("<p>Hello <b>world</b></p>", "utf-8")
    assert show_uploaded_document(LIMITS, str(file), "").document == "Hello world"


def test_a_file_that_cannot_be_read_leaves_the_box_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "b.pdf"
    file.write_bytes(b"%PDF-1.4 nonsense")
    assert show_uploaded_document(LIMITS, str(file), "").document == gr.skip()
    assert show_uploaded_document(LIMITS, None, "").document == gr.skip()


def test_a_passage_torn_inside_a_word_is_marked(compact: TextEncoder) -> None:
    """Windows may begin inside a long word; what is printed of them says so, and only where it is so."""
    document = " ".join("Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 3 for _ in range(20))
    html = show_long_document(compact, LIMITS, document, "Kapitän", "", 32.0, 8.0).result
    starts = []
    for passage, details in zip(
        parsed(html).find(css="passage")[1:], parsed(html).find("details", css="peak"), strict=False
    ):
        start = int(re.search(r"characters ([\d\u202f ]+) to", details.text())[1])  # type: ignore[index]
        is_torn = start > 0 and document[start - 1].isalpha() and document[start].isalpha()
        assert passage.text().startswith("…") == is_torn
        starts.append(is_torn)
    assert any(starts)
    words = show_long_document(
        FakeEncoder(), LIMITS, " ".join(f"w{n}" for n in range(99)), "w7", "", 32.0, 4.0
    )
    assert not any(one.text().startswith("…") for one in parsed(words.result).find(css="passage"))


def test_a_single_window_shares_nothing() -> None:
    single = shown("Hello world")
    assert "All of it fits into one window of at most 32 tokens." in single
    assert "shared with" not in single
    apart = show_long_document(FakeEncoder(), LIMITS, DOCUMENT, "w7", "", 32.0, 0.0).result
    assert "windows of at most 32 tokens, side by side." in apart
    assert "4 of them shared with the window before" in shown(DOCUMENT)


def test_a_limit_of_few_sentences_is_a_warning_with_their_number() -> None:
    few = "\n\n".join(f"Part {n} speaks of w{n} and costs {n} euros." for n in range(6))
    assert "is a rough guess: it rests on 6 sentences of this document" in shown(few)
    assert "is a rough guess: it rests on 0 sentences" in shown("Part 5 speaks of w5 and costs 5 euros.")
    assert "is a rough guess" not in shown(DOCUMENT)


def test_seconds_of_what_was_read_before_are_no_speed(compact: TextEncoder) -> None:
    """A second question about the same document: its windows come from the cache."""
    document = "\n\n".join(f"Memory test paragraph {n} tells of matter number {n} only." for n in range(12))
    shown = [
        show_long_document(compact, LIMITS, document, question, "", 32.0, 0.0).result
        for question in ("What is told in the memory test?", "And what else?")
    ]
    ways = [parsed(html).find("table", css="ways")[0].text() for html in shown]
    assert "from memory" not in ways[0]
    assert ways[1].count("from memory") == 2
    assert json.loads(downloads(shown[1])["bge-m3-document.json"])["from_memory"]["chunks"] == "all"
    swept = [show_sweep(compact, LIMITS, document, "What is told?").sweep for _ in range(2)]
    assert "from memory" in swept[1]


def test_sentences_fit_the_document_they_speak_of() -> None:
    document = " ".join(f"w{n}" for n in range(80))
    said = parsed(show_long_document(FakeEncoder(), LIMITS, document, "w7", "", 32.0, 0.0).result).text()
    assert "2 growing beginnings, from the first 64 tokens to all 82 that are read" in said
    assert "the first 90" not in said
    checked = parsed(show_long_document(FakeEncoder(), LIMITS, document, "", "w7.", 32.0, 0.0).result).text()
    assert "only cut into windows" not in checked
    assert "the summary is checked below" in checked


def test_the_best_places_do_not_overlap() -> None:
    document = " ".join(f"w{n}" for n in range(200))
    html = show_long_document(FakeEncoder(), LIMITS, document, "w7 w60 w120", "", 32.0, 14.0).result
    answer = json.loads(downloads(html)["bge-m3-document.json"])
    places = sorted((answer["chunks"][one["chunk"]] for one in answer["peaks"]), key=lambda one: one["start"])
    assert len(places) > 1
    assert all(a["end"] <= b["start"] for a, b in zip(places, places[1:], strict=False))
    assert "best places that do not overlap" in html


@pytest.mark.parametrize(
    ("window", "overlap", "sentence"),
    [(1.0, 0.0, "A window of 1 token does not fit"), (32.0, 31.0, "An overlap of 31 tokens does not fit")],
)
def test_a_window_that_does_not_fit_is_counted_in_whole_tokens(
    window: float, overlap: float, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        show_long_document(FakeEncoder(), LIMITS, "w1 w2", "w1", "", window, overlap)
