"""The Deduplicate tab: lines in; groups, what is kept apart, and cleaned files out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Language, Phrase, say
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate import program
from bge_demo.tabs.deduplicate.analysis import DuplicateResult, find_duplicates, grouped
from bge_demo.tabs.deduplicate.exact import checked_lines, exact_stage
from bge_demo.tabs.deduplicate.groups import KEEPS, Choice, checked_choice, checked_keep
from bge_demo.tabs.deduplicate.leaks import Leak, find_leaks
from bge_demo.tabs.deduplicate.samples import SAMPLES
from bge_demo.tabs.deduplicate.similarities import Similarities
from bge_demo.tabs.deduplicate.sources import Source, file_rows, typed_lines
from bge_demo.tabs.deduplicate.view import duplicates_html, groups_csv
from bge_demo.text.readable import is_blank
from bge_demo.text.table import Choices
from bge_demo.text.tables import FILE_TYPES, read_table
from bge_demo.ui.controls import result_place, run_button, samples_row, slider
from bge_demo.ui.rendering import as_json, render
from bge_demo.ui.tab import Tab
from bge_demo.ui.upload import Files, Reading, SeenTable, Upload, files_of, reading_of, upload
from bge_demo.ui.wiring import Page, html

_FOLLOW = "(threshold) => bgeDemo.duplicates.follow(threshold)"
_EMPTY_IF_FILLED = "(file) => (file ? { __type__: 'update', value: null } : undefined)"
_OPEN_IF_FILLED = "(text) => (text?.trim() ? { __type__: 'update', open: true } : undefined)"
AREA = "duplicates"
_MOST_CHOSEN_BY_HAND = 10_000


@dataclass(frozen=True)
class Finding:
    """What a visitor's last search found, kept while they move the threshold. Never changed."""

    source: Source
    found: Similarities
    second: tuple[str, ...] = ()
    leaks: tuple[Leak, ...] = ()
    by_hand: frozenset[int] = frozenset()


class DuplicatesView(NamedTuple):
    """The result, what it is made from, the threshold used, and its files."""

    finding: Finding
    threshold: Any
    counted: str
    result: str
    cleaned: Any
    safe: Any
    groups: Any
    answer: Any


class FilledLines(NamedTuple):
    """A sample's lines; they take the place of a file."""

    lines: str
    file: Any


@dataclass(frozen=True)
class Form:
    """What is searched: lines of the box, or of a file if there is one, and perhaps a second set; and how."""

    lines: str
    file: str | None = None
    reading: str = ""
    # A box inside a closed fold has no value yet.
    second: str | None = None
    keep: str = "first"
    options: Sequence[str] = ()

    def source(self, limits: Limits) -> Source:
        """Where the lines come from. Raises InputError for a file that cannot be read."""
        if not self.file:
            return typed_lines(self.lines)
        ((name, data),) = files_of(self.file)
        return file_rows(name, data, limits, _choices_of(reading_of(self.reading)))

    def second_lines(self, limits: Limits) -> tuple[str, ...]:
        """The second set; nothing of a blank box."""
        lines = self.second if self.second and not is_blank(self.second) else ""
        return tuple(checked_lines(typed_lines(lines).texts, limits))


def show_duplicates(encoder: Encoder, limits: Limits, form: Form) -> DuplicatesView:
    """Find duplicates at the suggested threshold and render them."""
    source = form.source(limits)
    texts = checked_lines(source.texts, limits)
    if not texts:
        raise InputError("input.no_rows")
    second = form.second_lines(limits)
    fold = "fold" in form.options
    choice = Choice(None, checked_keep(form.keep), "merge" in form.options)
    with allowed(limits.duplicate_seconds):
        result = find_duplicates(encoder, tuple(texts), limits, choice, fold)
        leaks: tuple[Leak, ...] = ()
        if second:
            leaks = find_leaks(
                encoder, result.found.lines, exact_stage(second, fold), limits, result.threshold
            )
    return _view(Finding(source, result.found, second, leaks), result)


def show_regrouped(
    finding: Finding | None, threshold: float, keep: str, options: list[str]
) -> DuplicatesView:
    """The same search at another threshold; nothing is encoded."""
    if finding is None:
        raise InputError("duplicates.nothing_yet")
    choice = checked_choice(Choice(threshold, checked_keep(keep), "merge" in options, finding.by_hand))
    return _view(finding, grouped(finding.found, choice))


def show_kept_by_hand(
    finding: Finding | None, threshold: float, keep: str, options: list[str], wanted: str
) -> DuplicatesView:
    """The line that a visitor chose is the one that its group keeps."""
    if finding is None:
        raise InputError("duplicates.nothing_yet")
    index = int(wanted.split()[0]) if wanted.split() and wanted.split()[0].isdecimal() else -1
    if 0 <= index < len(finding.source.texts) and len(finding.by_hand) < _MOST_CHOSEN_BY_HAND:
        rivals = _group_of(finding, Choice(threshold, merge_flagged="merge" in options), index)
        by_hand = (finding.by_hand - rivals) | {index}
        finding = Finding(finding.source, finding.found, finding.second, finding.leaks, by_hand)
    return show_regrouped(finding, threshold, keep, options)


def show_sample(name: str) -> FilledLines:
    """A sample's lines."""
    return FilledLines(SAMPLES[name](), None)


def seen_lines(limits: Limits, files: Files, reading: Reading) -> list[SeenTable]:
    """A file of lines as it is read."""
    ((name, data),) = files
    table = read_table(name, data, limits, _choices_of(reading))
    stay = (Phrase("duplicates.file_skipped", n=len(table.skipped)),) if table.skipped else ()
    return [SeenTable.of_texts(table, *stay)]


def _choices_of(reading: Reading) -> Choices:
    return replace(reading.choices, text_column=next(iter(reading.columns), None))


def _group_of(finding: Finding, choice: Choice, index: int) -> frozenset[int]:
    for group in grouped(finding.found, choice).groups:
        members = frozenset(one.index for one in group.members)
        if index in members:
            return members
    return frozenset()


def _view(finding: Finding, result: DuplicateResult) -> DuplicatesView:
    source, removed = finding.source, result.removed
    n_staying = len(result.kept) + len(source.unreadable)
    cleaned = source.without(removed) if source.can_be_cut else None
    return DuplicatesView(
        finding=finding,
        # What the visitor chose stays as it is: they may be moving it already.
        threshold=gr.skip() if result.threshold == result.choice.threshold else result.threshold,
        counted=render(
            "tabs/deduplicate/count.html",
            removed=len(removed),
            kept=n_staying,
            can_be_cut=source.can_be_cut,
        ),
        result=duplicates_html(result, source, finding.leaks, finding.second),
        cleaned=_file(f"cleaned-{source.name}", cleaned),
        safe=_file("cleaned.csv", source.safe_csv(removed).encode()),
        groups=_file("duplicate-groups.csv", groups_csv(result, source.numbers).encode()),
        answer=_file("duplicates.json", as_json(result.to_json()).encode()),
    )


def _file(name: str, content: bytes | None) -> Any:
    """A file of gradio's folder, which the page empties by and by; None where there is none to be had."""
    if content is None:
        return gr.update(value=None, interactive=False)
    path = save_bytes_to_cache(content, name, get_upload_folder())
    return gr.update(value=path, interactive=True)


def build_deduplicate_tab(page: Page) -> None:
    """Components and wiring."""
    html(render("ui/label.html", key="duplicates.intro"), elem_classes="hint")
    with gr.Row(elem_classes="texts"):
        lines = gr.Textbox(
            lines=8, max_lines=16, elem_id="duplicate-lines", buttons=[], scale=3, min_width=280
        )
        file = _file_panel(page)
    page.label(lines, "label", "duplicates.lines")
    page.label(lines, "placeholder", "duplicates.placeholder")
    # What is typed last is what is searched, as a sample is.
    lines.input(None, [file.file], [file.file], js=_EMPTY_IF_FILLED)
    second = _second_set(page)
    keep, options = _choices(page)
    samples = samples_row(page, list(SAMPLES))
    with gr.Row(elem_classes="run-line centered"):
        run = run_button(page, AREA, "duplicates.run")
    finding = gr.State(None)
    threshold = slider(
        page, "duplicate-threshold", 0.8, (0, 1, 0.01), "duplicates.threshold_label", buttons=[]
    )
    count = html(render("ui/label.html", key="duplicates.count_empty"), elem_id="duplicate-count")
    # Clicked by the page's script once a number is chosen, by mouse, keys or typing.
    regroup = gr.Button(visible="hidden", elem_id="duplicate-regroup")
    files = _file_buttons(page)
    wanted = gr.Textbox(visible="hidden", elem_id="duplicate-keep-line")
    with page.working_area(AREA) as working:
        result = result_place(page, AREA, "duplicates.empty")

    inputs = {"lines": lines, **file.inputs, "second": second, "keep": keep, "options": options}
    filled_in = {"lines": lines, "file": file.file}
    shown = {"finding": finding, "threshold": threshold, "counted": count, "result": result, **files}
    filled = [
        page.connect(button.click, partial(show_sample, name), {}, filled_in, show_progress="hidden").success
        for button, name in zip(samples, SAMPLES, strict=True)
    ]
    page.presses(run, *filled)
    page.link("deduplicate", {"lines": lines, "second": second, "keep": keep, "options": options}, run)
    working.can_cancel(page.connect(run.click, show_duplicates, inputs, shown, working))
    file.marks_stale(page, AREA)
    moved = {"finding": finding, "threshold": threshold, "keep": keep, "options": options}
    threshold.input(None, [threshold], js=_FOLLOW)
    by_hand = {**moved, "wanted": wanted}
    working.shows(
        page.connect(regroup.click, show_regrouped, moved, shown, show_progress="hidden"),
        page.connect(wanted.change, show_kept_by_hand, by_hand, shown, show_progress="hidden"),
        unasked=True,
    )


def _file_panel(page: Page) -> Upload:
    with gr.Column(scale=2, min_width=260):
        file = gr.File(file_types=list(FILE_TYPES), type="filepath", height=150, elem_id="duplicate-file")
        page.label(file, "label", "duplicates.file")
        return upload(page, file, seen_lines, ("text",))


def _second_set(page: Page) -> gr.Textbox:
    with gr.Accordion(open=False, elem_id="duplicate-second-area") as area:
        second = gr.Textbox(lines=5, max_lines=12, elem_id="duplicate-second", buttons=[])
    page.label(area, "label", "duplicates.second_area")
    page.label(second, "label", "duplicates.second")
    # What takes part in a search is seen, also when a link brought it.
    second.change(None, [second], [area], js=_OPEN_IF_FILLED)
    return second


def _choices(page: Page) -> tuple[gr.Radio, gr.CheckboxGroup]:
    with gr.Row(elem_classes="duplicate-choices"):
        keep = gr.Radio(_keep_choices("en"), value="first", elem_id="duplicate-keep")
        options = gr.CheckboxGroup(_option_choices("en"), value=[], elem_id="duplicate-options")
    page.label(keep, "label", "duplicates.keep_label")
    page.translated(keep, "choices", _keep_choices)
    page.label(options, "label", "duplicates.options")
    page.translated(options, "choices", _option_choices)
    return keep, options


def _keep_choices(language: Language) -> list[tuple[str, str]]:
    return [(say(f"duplicates.keep_{keep}", language), keep) for keep in KEEPS]


def _option_choices(language: Language) -> list[tuple[str, str]]:
    return [(say(f"duplicates.option_{name}", language), name) for name in ("merge", "fold")]


def _file_buttons(page: Page) -> dict[str, Any]:
    buttons = {}
    with gr.Row(elem_classes="run-line duplicate-files"):
        for name in ("cleaned", "safe", "groups", "answer"):
            button = gr.DownloadButton(
                size="sm", scale=0, min_width=120, interactive=False, elem_id=f"duplicate-file-{name}"
            )
            page.label(button, "label", f"duplicates.file_{name}")
            buttons[name] = button
    return buttons


TAB = Tab("deduplicate", build_deduplicate_tab, programs=(program.deduplicate,))
