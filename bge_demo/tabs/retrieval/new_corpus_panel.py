"""The form of a new corpus: text or a file, how it is cut, and BM25's parameters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.contract import Encoder
from bge_demo.locales import Language, Phrase, say
from bge_demo.retrieval.bm25 import DEFAULT_B, DEFAULT_K1
from bge_demo.retrieval.corpora import SAMPLE_HANDLE
from bge_demo.retrieval.files import (
    FILE_TYPES,
    SPLITS,
    Columns,
    Cutting,
    Document,
    cut_into_passages,
    documents_of_paste,
    guessed_columns,
    read_documents,
    rows_left_out,
    rows_of_a_title_alone,
    table_of,
)
from bge_demo.retrieval.library import TITLE_CHARS, CorpusLibrary
from bge_demo.settings import Limits
from bge_demo.text.labels import row_numbers
from bge_demo.text.readable import is_blank
from bge_demo.text.table import Table
from bge_demo.text.tables import read_table
from bge_demo.text.tokens import without_surrogates
from bge_demo.ui.controls import number_box, slider
from bge_demo.ui.rendering import render
from bge_demo.ui.upload import Files, Reading, SeenTable, Upload, files_of, reading_of, upload
from bge_demo.ui.wiring import Page, html

# Own corpora as the browser keeps them: [title, handle], newest first.
KnownCorpora = list[list[str]]
ROLES = ("text", "id", "title")


class CorpusList(NamedTuple):
    """The corpora this browser knows, one of them chosen."""

    known: KnownCorpora
    corpus: Any


class AddedCorpus(NamedTuple):
    """The corpora with the new one chosen; the form is emptied and folded up."""

    known: KnownCorpora
    corpus: Any
    form: Any
    text: str
    file: str | None


class WaitingPassages(NamedTuple):
    """A note on passages that no search finds yet; empty without any."""

    waiting: str


@dataclass(frozen=True)
class CorpusForm:
    """What a visitor filled in, beside the corpora this browser knows. A box that was cleared is None."""

    known: KnownCorpora
    text: str
    file: str | None = None
    reading: str = ""
    split: Any = None
    window: float | None = None
    overlap: float | None = None
    k1: float | None = None
    b: float | None = None

    def cutting(self) -> Cutting:
        """How documents become passages. Raises InputError."""
        usual = Cutting()
        return Cutting(
            self.split or usual.split,
            int(_or(self.window, usual.window_tokens)),
            int(_or(self.overlap, usual.overlap_tokens)),
        )

    def documents(self, cutting: Cutting, limits: Limits) -> tuple[str, list[Document]]:
        """A title, and the documents of the file, or else of the text. Raises InputError."""
        if not self.file:
            title = " ".join(self.text.split())[:TITLE_CHARS]
            return without_surrogates(title), documents_of_paste("paste", self.text, cutting)
        ((name, data),) = files_of(self.file)
        documents = read_documents(name, data, _columns_of(reading_of(self.reading)), cutting, limits)
        return without_surrogates(name)[:TITLE_CHARS], documents


def add_corpus(
    encoder: Encoder,
    library: CorpusLibrary,
    limits: Limits,
    origin: str,
    language: Language,
    form: CorpusForm,
) -> AddedCorpus:
    """Cut the file, or else the pasted text, into passages and start indexing them as a new corpus."""
    cutting = form.cutting()
    title, documents = form.documents(cutting, limits)
    passages = cut_into_passages(encoder, documents, cutting, limits)
    k1, b = float(_or(form.k1, DEFAULT_K1)), float(_or(form.b, DEFAULT_B))
    handle = library.add(encoder, title, passages, k1, b, origin)
    listed = corpus_list([[title, handle], *form.known], handle, language)
    return AddedCorpus(listed.known, listed.corpus, gr.update(open=False), text="", file=None)


def show_waiting(text: str | None, file: str | None) -> WaitingPassages:
    """Whether the form holds passages that were not indexed. A box inside a closed fold has no value yet."""
    waits = bool(file) or not is_blank(text or "")
    return WaitingPassages(render("ui/area_note.html", key="corpus.waits") if waits else "")


def seen_corpus_file(limits: Limits, files: Files, reading: Reading) -> list[SeenTable]:
    """A file as it would become passages; a table may have an id and a title beside the text."""
    ((name, data),) = files
    columns = _columns_of(reading)
    table = table_of(name, data, limits, columns.reading)
    if table is None:
        return [SeenTable.of_texts(read_table(name, data, limits, reading.choices))]
    taken = columns if columns.text else guessed_columns(table)
    told = (*_titles_alone(table, taken), *_repeated_ids(table, taken.id))
    return [SeenTable(table, (taken.text, taken.id, taken.title), rows_left_out(table, taken), told)]


def build_corpus_form(page: Page) -> tuple[dict[str, Any], gr.Button]:
    """Components by the fields of `CorpusForm`, and the button that makes the corpus."""
    with gr.Row():
        text = gr.Textbox(lines=6, max_lines=14, elem_id="corpus-text", buttons=[])
        file = gr.File(file_types=list(FILE_TYPES), type="filepath", height=180, elem_id="corpus-file")
    page.label(text, "label", "corpus.paste")
    page.label(text, "placeholder", "corpus.paste_placeholder")
    page.label(file, "label", "corpus.file")
    read: Upload = upload(page, file, seen_corpus_file, ROLES)
    with gr.Row():
        split = gr.Radio(list(SPLITS), value="paragraphs", elem_id="corpus-split", min_width=260)
        window = slider(page, "corpus-window", 256, (32, 2048, 16), "corpus.window", min_width=200)
        overlap = slider(page, "corpus-overlap", 32, (0, 256, 8), "corpus.overlap", min_width=200)
        k1 = number_box(page, "corpus-k1", DEFAULT_K1, (0, 10), "corpus.k1", step=0.1, min_width=90)
        b = number_box(page, "corpus-b", DEFAULT_B, (0, 1), "corpus.b", step=0.05, min_width=90)
    html(render("ui/label.html", key="corpus.bm25_help"), elem_classes="hint")
    page.translated(
        split, "choices", lambda language: [(say(f"split.{one}", language), one) for one in SPLITS]
    )
    page.label(split, "label", "corpus.split")
    controls = {"split": split, "window": window, "overlap": overlap, "k1": k1, "b": b}
    add = gr.Button(variant="primary", size="md", scale=0, min_width=160, elem_id="corpus-index")
    page.label(add, "value", "corpus.index")
    return {"text": text, **read.inputs, **controls}, add


def corpus_list(known: KnownCorpora, chosen: str, language: Language) -> CorpusList:
    """These corpora below the built-in one."""
    return CorpusList(known, gr.update(choices=corpus_choices(known, language), value=chosen))


def corpus_choices(known: KnownCorpora, language: Language) -> list[tuple[str, str]]:
    """(title, handle) of each, the built-in one first."""
    own = [(title, handle) for title, handle in known]
    return [(say("corpus.sample", language), SAMPLE_HANDLE), *own]


def _columns_of(reading: Reading) -> Columns:
    text, own_id, title = reading.columns or ("", "", "")
    return Columns(text, own_id, title, reading.choices)


def _titles_alone(table: Table, columns: Columns) -> tuple[Phrase, ...]:
    """Whether rows without a text are indexed by their title."""
    rows = rows_of_a_title_alone(table, columns)
    return (Phrase("corpus.titles_alone", n=len(rows), rows=row_numbers(rows)),) if rows else ()


def _repeated_ids(table: Table, column: str) -> tuple[Phrase, ...]:
    """Whether rows share an id: they are told apart by a number, and found as one document."""
    if not column:
        return ()
    place = table.columns.index(column)
    counted = Counter(row.cells[place].strip() for row in table.rows)
    repeated = [one for one, n in counted.items() if one and n > 1]
    return (Phrase("corpus.repeated_ids", n=len(repeated), id=repeated[0][:80]),) if repeated else ()


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value
