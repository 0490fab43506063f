"""The upper part of the Retrieval tab: choose a corpus, watch it being indexed, add one's own passages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.analyses.corpus_files import (
    FILE_TYPES,
    SPLITS,
    Columns,
    Cutting,
    cut_into_passages,
    documents_of_paste,
    is_table,
    read_documents,
    table_columns,
)
from bge_demo.analyses.corpus_library import TITLE_CHARS, CorpusLibrary, CorpusState
from bge_demo.bm25 import DEFAULT_B, DEFAULT_K1
from bge_demo.corpora import SAMPLE_HANDLE
from bge_demo.embeddings import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Language, say
from bge_demo.settings import Limits
from bge_demo.tokens import without_surrogates
from bge_demo.ui.page import Page, html
from bge_demo.views.corpus import corpus_error_html, corpus_html
from bge_demo.views.rendering import render

# Own corpora as the browser keeps them: [title, handle], newest first.
KnownCorpora = list[list[str]]
_POLL_SECONDS = 1.0
_OPTIONS = ("split", "window", "overlap", "k1", "b", "text", "id", "title")
_DEFAULT_OPTIONS = dict(
    zip(_OPTIONS, ("paragraphs", 256, 32, DEFAULT_K1, DEFAULT_B, "", "", ""), strict=True)
)


class CorpusView(NamedTuple):
    """State of the chosen corpus, and what can be done with it."""

    status: str
    timer: Any
    stop: Any
    anew: Any
    remove: Any


class CorpusChoice(NamedTuple):
    """The corpora to choose from."""

    corpus: Any


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


class ColumnChoices(NamedTuple):
    """The columns of an uploaded table to choose from; hidden for other files."""

    area: Any
    text: Any
    id: Any
    title: Any


@dataclass(frozen=True)
class CorpusPanel:
    """The components that others need: `status` names the outputs of `show_corpus`."""

    corpus: gr.Dropdown
    status: dict[str, Any]


def show_corpus(encoder: Encoder, library: CorpusLibrary, corpus: str) -> CorpusView:
    """How far the chosen corpus is, or why that is not known. A message would pop up again every second."""
    try:
        status = library.status(encoder, corpus)
    except InputError as error:
        return _corpus_view(corpus, corpus_error_html(error), state=None)
    return _corpus_view(corpus, corpus_html(status), status.state)


def stop_indexing(encoder: Encoder, library: CorpusLibrary, corpus: str) -> CorpusView:
    """End indexing; what is confirmed stays."""
    library.stop(corpus)
    library.wait(corpus, _POLL_SECONDS)
    return show_corpus(encoder, library, corpus)


def encode_anew(encoder: Encoder, library: CorpusLibrary, corpus: str) -> CorpusView:
    """Index the corpus with the model that serves now."""
    library.encode_anew(encoder, corpus)
    return show_corpus(encoder, library, corpus)


def remove_corpus(library: CorpusLibrary, language: Language, known: KnownCorpora, corpus: str) -> CorpusList:
    """Delete the chosen corpus and choose the built-in one."""
    library.delete(corpus)
    return _corpus_list([one for one in known if one[1] != corpus], SAMPLE_HANDLE, language)


def list_corpora(language: Language, known: KnownCorpora, corpus: str) -> CorpusChoice:
    """The corpora this browser knows. One that is gone says so when it is chosen."""
    chosen = corpus if corpus in [handle for _, handle in known] else SAMPLE_HANDLE
    return CorpusChoice(_corpus_list(known, chosen, language).corpus)


def add_corpus(
    encoder: Encoder,
    library: CorpusLibrary,
    limits: Limits,
    language: Language,
    known: KnownCorpora,
    text: str,
    file: str | None,
    options: str,
) -> AddedCorpus:
    """Cut the file, or else the pasted text, into passages and start indexing them as a new corpus."""
    chosen = _chosen(options)
    cutting = Cutting(chosen["split"], int(chosen["window"]), int(chosen["overlap"]))
    title, documents = _documents(file, text, chosen, cutting, limits)
    passages = cut_into_passages(encoder, documents, cutting, limits)
    handle = library.add(encoder, title, passages, float(chosen["k1"]), float(chosen["b"]))
    listed = _corpus_list([[title, handle], *known], handle, language)
    return AddedCorpus(listed.known, listed.corpus, gr.update(open=False), text="", file=None)


def show_columns(limits: Limits, file: str | None) -> ColumnChoices:
    """What the columns of an uploaded table seem to hold."""
    if file is None or not is_table(file):
        return ColumnChoices(gr.update(visible=False), *[gr.update(choices=[], value=None)] * 3)
    names, guess = table_columns(file, Path(file).read_bytes(), limits)
    optional = [("–", ""), *((name, name) for name in names)]
    return ColumnChoices(
        gr.update(visible=True),
        gr.update(choices=names, value=guess.text),
        gr.update(choices=optional, value=guess.id),
        gr.update(choices=optional, value=guess.title),
    )


def known_corpora() -> gr.BrowserState:
    """The visitor's own corpora. Call outside the tabs: what is inside one is there once it was opened."""
    return gr.BrowserState([], storage_key="bge-corpora", secret="bge-demo")


def build_corpus_panel(page: Page, opened: Any, known: gr.BrowserState) -> CorpusPanel:
    """Components and wiring; `opened` is the event of the page being opened."""
    with gr.Row(elem_classes="corpus-line"):
        corpus = gr.Dropdown(
            _choices([], "en"), value=SAMPLE_HANDLE, elem_id="corpus", scale=0, min_width=390
        )
        status = html(render("empty.html", key="corpus.waiting"), elem_id="corpus-status")
        stop, anew, remove = (_hidden_button(page, name) for name in ("stop", "anew", "remove"))
    page.label(corpus, "label", "corpus.label")
    # Ticks until the model serves, and while passages are indexed.
    timer = gr.Timer(_POLL_SECONDS)
    outputs = {"status": status, "timer": timer, "stop": stop, "anew": anew, "remove": remove}
    listed, quiet = {"known": known, "corpus": corpus}, {"show_progress": "hidden"}
    for event in (corpus.change, timer.tick, opened):
        page.connect_when_ready(event, show_corpus, {"corpus": corpus}, outputs, **quiet)
    page.connect(stop.click, stop_indexing, {"corpus": corpus}, outputs, **quiet)
    page.connect(anew.click, encode_anew, {"corpus": corpus}, outputs, **quiet)
    page.connect(remove.click, remove_corpus, listed, listed, **quiet)
    for event in (opened, page.language.change):
        page.connect(event, list_corpora, listed, {"corpus": corpus}, **quiet)
    with gr.Accordion(open=False, elem_id="corpus-add") as form:
        inputs, add = _add_form(page)
    page.label(form, "label", "corpus.add_title")
    filled = {"known": known, **inputs}
    made = {**listed, "form": form, "text": inputs["text"], "file": inputs["file"]}
    added = page.connect(add.click, add_corpus, filled, made, show_progress="minimal")
    page.connect(added.then, show_corpus, {"corpus": corpus}, outputs, **quiet)
    return CorpusPanel(corpus, outputs)


def _add_form(page: Page) -> tuple[dict[str, Any], gr.Button]:
    """Text, file and options of a new corpus, and the button that makes it."""
    with gr.Row():
        text = gr.Textbox(lines=6, max_lines=14, elem_id="corpus-text", buttons=[])
        file = gr.File(file_types=list(FILE_TYPES), type="filepath", height=180, elem_id="corpus-file")
    page.label(text, "label", "corpus.paste")
    page.label(text, "placeholder", "corpus.paste_placeholder")
    page.label(file, "label", "corpus.file")
    columns = _column_choices(page, file)
    with gr.Row():
        split = gr.Radio(list(SPLITS), value="paragraphs", elem_id="corpus-split", min_width=260)
        window = gr.Slider(32, 2048, value=256, step=16, elem_id="corpus-window", min_width=200)
        overlap = gr.Slider(0, 256, value=32, step=8, elem_id="corpus-overlap", min_width=200)
        k1 = gr.Number(DEFAULT_K1, minimum=0, maximum=10, step=0.1, elem_id="corpus-k1", min_width=90)
        b = gr.Number(DEFAULT_B, minimum=0, maximum=1, step=0.05, elem_id="corpus-b", min_width=90)
    page.translated(
        split, "choices", lambda language: [(say(f"split.{one}", language), one) for one in SPLITS]
    )
    controls = {"split": split, "window": window, "overlap": overlap, "k1": k1, "b": b}
    for name, control in controls.items():
        page.label(control, "label", f"corpus.{name}")
    options = _gathered({**controls, **columns})
    add = gr.Button(variant="primary", size="md", scale=0, min_width=160, elem_id="corpus-index")
    page.label(add, "value", "corpus.index")
    return {"text": text, "file": file, "options": options}, add


def _column_choices(page: Page, file: gr.File) -> dict[str, gr.Dropdown]:
    with gr.Row(visible=False) as area:
        columns = {name: gr.Dropdown([], elem_id=f"column-{name}") for name in ("text", "id", "title")}
    for name, column in columns.items():
        page.label(column, "label", f"corpus.column_{name}")
    page.connect(file.change, show_columns, {"file": file}, {"area": area, **columns}, show_progress="hidden")
    return columns


def _gathered(controls: dict[str, Any]) -> gr.Textbox:
    """One hidden value for all controls, kept by the browser."""
    options = gr.Textbox(json.dumps(_DEFAULT_OPTIONS), visible="hidden", elem_id="corpus-options")
    names = ", ".join(controls)
    gather = f"({names}) => JSON.stringify({{{names}}})"
    changes = [control.change for control in controls.values()]
    gr.on(changes, None, list(controls.values()), [options], js=gather)
    return options


def _hidden_button(page: Page, name: str) -> gr.Button:
    button = gr.Button(visible=False, size="sm", scale=0, min_width=110, elem_id=f"corpus-{name}")
    page.label(button, "value", f"corpus.{name}")
    return button


def _chosen(options: str) -> dict[str, Any]:
    """The form's options; a box that was cleared has its default."""
    given = {name: value for name, value in json.loads(options).items() if value is not None}
    return {**_DEFAULT_OPTIONS, **given}


def _documents(
    file: str | None, text: str, chosen: dict[str, Any], cutting: Cutting, limits: Limits
) -> tuple[str, Any]:
    if file is None:
        title = " ".join(text.split())[:TITLE_CHARS]
        return without_surrogates(title), documents_of_paste("paste", text, cutting)
    path = Path(file)
    names = [chosen[name] for name in ("text", "id", "title")]
    columns = Columns(*names) if names[0] else None
    documents = read_documents(path.name, path.read_bytes(), columns, cutting, limits)
    return without_surrogates(path.name)[:TITLE_CHARS], documents


def _corpus_view(corpus: str, status: str, state: CorpusState | None) -> CorpusView:
    """The status with the buttons that fit the corpus's state."""
    is_own, is_indexing = corpus != SAMPLE_HANDLE, state == "indexing"
    return CorpusView(
        status=status,
        timer=gr.Timer(active=is_indexing),
        stop=gr.update(visible=is_indexing and is_own),
        anew=gr.update(visible=state == "other-model"),
        remove=gr.update(visible=is_own),
    )


def _corpus_list(known: KnownCorpora, chosen: str, language: Language) -> CorpusList:
    return CorpusList(known, gr.update(choices=_choices(known, language), value=chosen))


def _choices(known: KnownCorpora, language: Language) -> list[tuple[str, str]]:
    own = [(title, handle) for title, handle in known]
    return [(say("corpus.sample", language), SAMPLE_HANDLE), *own]
