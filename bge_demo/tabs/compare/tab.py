"""The Compare tab: two texts in, the whole comparison out."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.samples import PAIRS
from bge_demo.scores.leaving_out import leave_out
from bge_demo.settings import Limits
from bge_demo.tabs.compare import program
from bge_demo.tabs.compare.analysis import checked_pair, compare
from bge_demo.tabs.compare.view import comparison_html, left_out_html
from bge_demo.text.hints import without_any_marks
from bge_demo.text.readable import is_blank
from bge_demo.ui.controls import (
    fill_from_sample,
    result_place,
    run_button,
    samples_row,
    small_button,
    weights_control,
)
from bge_demo.ui.rendering import render
from bge_demo.ui.tab import Tab
from bge_demo.ui.wiring import Page, any_of, html

# While somebody types, a result follows if the last ones took less than this, for texts up to this long.
LIVE_MS = 400
LIVE_CHARS = 2000


class ComparisonView(NamedTuple):
    """The result's HTML, the texts it is of, how long it took, the place of what belongs to it, and a button
    where one of the texts is markup for the most part."""

    result: Any
    compared: Any
    latency_ms: Any
    left_out: Any
    strip: Any


class Stripped(NamedTuple):
    """Both texts without their markup."""

    text_a: str
    text_b: str


class LeftOutView(NamedTuple):
    """What each part carries, as HTML."""

    left_out: str


class TokenCount(NamedTuple):
    """The counter beside a text box."""

    counter: str


def show_comparison(
    encoder: Encoder, limits: Limits, text_a: str, text_b: str, weights: str
) -> ComparisonView:
    """Compare two texts and render the result."""
    comparison = compare(encoder, text_a, text_b, weights, limits)
    is_marked_up = any(hint.key == "hint.markup" for text in comparison.texts for hint in text.hints)
    strip = gr.update(visible=is_marked_up)
    return ComparisonView(comparison_html(comparison), (text_a, text_b), comparison.latency_ms, "", strip)


def strip_markup(text_a: str, text_b: str) -> Stripped:
    """Both texts without HTML, Markdown, JSON and TeX; one that is nothing else stays."""
    texts = (text_a, text_b)
    bare = [without_any_marks(text) for text in texts]
    return Stripped(*(text if is_blank(one) else one for one, text in zip(bare, texts, strict=True)))


def show_live_comparison(
    encoder: Encoder, limits: Limits, text_a: str, text_b: str, weights: str, latency_ms: float
) -> ComparisonView:
    """As `show_comparison` while somebody types, but only where the answer follows at once."""
    is_quick = latency_ms < LIVE_MS and max(len(text_a), len(text_b)) <= LIVE_CHARS
    if not (is_quick and not is_blank(text_a) and not is_blank(text_b)):
        return ComparisonView(*[gr.skip()] * len(ComparisonView._fields))
    try:
        view = show_comparison(encoder, limits, text_a, text_b, weights)
    except InputError:
        # Before the first result a link fills the page in and then presses the button, which tells it.
        if latency_ms > 0:
            raise
        return ComparisonView(*[gr.skip()] * len(ComparisonView._fields))
    # One slow answer of a busy machine is no slow model.
    return view._replace(latency_ms=(latency_ms + view.latency_ms) / 2)


def show_left_out(encoder: Encoder, limits: Limits, compared: tuple[str, str] | None) -> LeftOutView:
    """What each word of the result's texts carries; nothing while there is no result."""
    if compared is None:
        return LeftOutView("")
    return LeftOutView(left_out_html(leave_out(encoder, *checked_pair(*compared, limits), limits)))


def count_tokens(encoder: Encoder, limits: Limits, text: str) -> TokenCount:
    """How many tokens the model would read, and how many it can; none of a text without a visible sign."""
    if len(text) > limits.text_chars:
        return TokenCount(render("ui/count.html", n_tokens=None, limit=limits.text_chars, n_chars=len(text)))
    (tokenized,) = encoder.tokenize([text], limits.max_tokens)
    longest = min(limits.max_tokens, encoder.info.max_tokens)
    # The marks around nothing are no text.
    n_tokens = 0 if is_blank(text) else tokenized.n_tokens_uncut
    return TokenCount(render("ui/count.html", n_tokens=n_tokens, limit=longest, n_chars=len(text)))


def build_compare_tab(page: Page) -> None:
    """Components and wiring."""
    text_a, swap, text_b = _text_pair(page)
    with gr.Row(elem_classes="run-line"):
        samples = samples_row(page, [sample.name for sample in PAIRS])
        weights_control(page, "compare")
        run = run_button(page, "compare", "compare.run")
    strip = small_button(page, "compare-strip", "compare.strip", visible=False)
    with page.working_area("compare") as working:
        result = result_place(page, "compare", "compare.empty")
    leave = gr.Button(size="sm", elem_id="leave-out-run", scale=0)
    page.label(leave, "value", "leave_out.run")
    left_out = html("", elem_id="left-out")
    compared, latency_ms = gr.State(None), gr.State(0.0)

    typed = {"text_a": text_a, "text_b": text_b, "weights": page.weights}
    shown = {"result": result, "compared": compared, "latency_ms": latency_ms}
    shown |= {"left_out": left_out, "strip": strip}
    swapped = swap.click(None, [text_a, text_b], [text_a, text_b], js="(a, b) => [b, a]").then
    filled = [
        fill_from_sample(button, {text_a: sample.text_a, text_b: sample.text_b})
        for button, sample in zip(samples, PAIRS, strict=True)
    ]
    texts = {"text_a": text_a, "text_b": text_b}
    stripped = page.connect(strip.click, strip_markup, texts, texts, show_progress="hidden").success
    page.presses(run, swapped, stripped, *filled)
    live = any_of([text_a.input, text_b.input, page.weights.change])
    # What is still worked out for an older result would stand under the newer one.
    leaving = page.connect(leave.click, show_left_out, {"compared": compared}, {"left_out": left_out})
    fields = {"a": text_a, "b": text_b, "w": page.weights}
    page.link("compare", fields, run, runs_at_start=True, live=live)
    working.can_cancel(page.connect(run.click, show_comparison, typed, shown, working, cancels=[leaving]))
    working.shows(
        page.connect_when_ready(
            live,
            show_live_comparison,
            typed | {"latency_ms": latency_ms},
            shown,
            working,
            show_progress="hidden",
            trigger_mode="always_last",
            cancels=[leaving],
        ),
        unasked=True,
    )


def _text_pair(page: Page) -> tuple[gr.Textbox, gr.Button, gr.Textbox]:
    """The two texts, and the button that swaps them."""
    # Clicked by the page's script when another model serves: it may read the same text as other tokens.
    recount = gr.Button(visible="hidden", elem_id="recount")
    with gr.Row(elem_classes="texts"):
        text_a = _text_box(page, "a", recount, PAIRS[0].text_a)
        swap = gr.Button(size="md", elem_id="compare-swap", scale=0, min_width=90)
        page.label(swap, "value", "compare.swap")
        text_b = _text_box(page, "b", recount, PAIRS[0].text_b)
    return text_a, swap, text_b


def _text_box(page: Page, side: str, recount: gr.Button, value: str) -> gr.Textbox:
    """A text with its live token count."""
    with gr.Column(min_width=280, elem_classes="text-side"):
        box = gr.Textbox(value, lines=2, max_lines=12, elem_id=f"text-{side}", buttons=[])
        count = html("", elem_classes="token-count", elem_id=f"count-{side}")
    page.label(box, "label", f"compare.text_{side}")
    page.label(box, "placeholder", "compare.placeholder", limit=page.limits.text_chars)
    for event in (box.change, recount.click):
        page.connect_when_ready(
            event,
            count_tokens,
            {"text": box},
            {"counter": count},
            show_progress="hidden",
            trigger_mode="always_last",
        )
    return box


TAB = Tab("compare", build_compare_tab, programs=(program.compare, program.leaving_out))
