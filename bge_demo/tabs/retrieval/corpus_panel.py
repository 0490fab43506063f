"""The upper part of the Retrieval tab: choose a corpus, watch it being indexed, add one's own passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Language
from bge_demo.retrieval.corpora import SAMPLE_HANDLE
from bge_demo.retrieval.library import CorpusLibrary, CorpusState
from bge_demo.tabs.retrieval.corpus_view import corpus_error_html, corpus_html
from bge_demo.tabs.retrieval.new_corpus_panel import (
    CorpusList,
    KnownCorpora,
    add_corpus,
    build_corpus_form,
    corpus_choices,
    corpus_list,
)
from bge_demo.ui.rendering import render
from bge_demo.ui.wiring import Page, any_of, html

_POLL_SECONDS = 1.0
# A link is one of the built-in corpus.
_UNLESS_LINKED = (
    "(language, known, corpus, model) => [language, known, bgeDemo.links.isLinked ? '' : corpus, model]"
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


@dataclass(frozen=True)
class CorpusPanel:
    """The components that others need: `status` names the outputs of `show_corpus`, `waiting` the inputs of
    `show_waiting`, and `fills` are the events that change those."""

    corpus: gr.Dropdown
    status: dict[str, Any]
    waiting: dict[str, Any]
    fills: tuple[Any, ...]


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
    return corpus_list([one for one in known if one[1] != corpus], SAMPLE_HANDLE, language)


def list_corpora(language: Language, known: KnownCorpora, corpus: str) -> CorpusChoice:
    """The corpora this browser knows. One that is gone says so when it is chosen."""
    chosen = corpus if corpus in [handle for _, handle in known] else SAMPLE_HANDLE
    return CorpusChoice(corpus_list(known, chosen, language).corpus)


def build_corpus_panel(page: Page) -> CorpusPanel:
    """Components and wiring. The page remembers the visitor's own corpora as `corpora`."""
    known, opened = page.remembered["corpora"], page.opened
    with gr.Row(elem_classes="corpus-line"):
        corpus = gr.Dropdown(corpus_choices([], "en"), value=SAMPLE_HANDLE, elem_id="corpus", min_width=280)
        status = html(render("ui/empty.html", key="corpus.waiting"), elem_id="corpus-status")
        stop, anew, remove = (_hidden_button(page, name) for name in ("stop", "anew", "remove"))
    page.label(corpus, "label", "corpus.label")
    # Ticks until the model serves, and while passages are indexed.
    timer = gr.Timer(_POLL_SECONDS)
    outputs = {"status": status, "timer": timer, "stop": stop, "anew": anew, "remove": remove}
    listed = {"known": known, "corpus": corpus}
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    for event in (corpus.change, timer.tick, opened):
        page.connect_when_ready(event, show_corpus, {"corpus": corpus}, outputs, **quiet)
    page.connect(stop.click, stop_indexing, {"corpus": corpus}, outputs, **quiet)
    page.connect(anew.click, encode_anew, {"corpus": corpus}, outputs, **quiet)
    sure = _hidden_button(page, "remove_sure")
    remove.click(None, None, [sure], js="() => ({ __type__: 'update', visible: true })")
    removed = page.connect(sure.click, remove_corpus, listed, listed, **quiet)
    removed.then(None, None, [sure], js="() => ({ __type__: 'update', visible: false })")
    # Its hits go with it.
    page.edits("search", removed.success)
    page.connect(page.language.change, list_corpora, listed, {"corpus": corpus}, **quiet)
    chosen = page.remembered["corpus"]
    corpus.change(None, [corpus], [chosen], js="(corpus) => corpus")
    kept = {"known": known, "corpus": chosen}
    page.connect(opened, list_corpora, kept, {"corpus": corpus}, js=_UNLESS_LINKED, **quiet)
    with gr.Accordion(open=False, elem_id="corpus-add") as form:
        inputs, add = build_corpus_form(page)
    page.label(form, "label", "corpus.add_title")
    filled = {"known": known, **inputs}
    made = {**listed, "form": form, "text": inputs["text"], "file": inputs["file"]}
    added = page.connect(add.click, add_corpus, filled, made, show_progress="minimal")
    page.edits("search", added.success)
    page.connect(added.then, show_corpus, {"corpus": corpus}, outputs, **quiet)
    text, file = inputs["text"], inputs["file"]
    fills = (any_of([text.blur, file.change]), added.success)
    return CorpusPanel(corpus, outputs, {"text": text, "file": file}, fills)


def _hidden_button(page: Page, name: str) -> gr.Button:
    button = gr.Button(visible=False, size="sm", scale=0, min_width=110, elem_id=f"corpus-{name}")
    page.label(button, "value", f"corpus.{name}")
    return button


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
