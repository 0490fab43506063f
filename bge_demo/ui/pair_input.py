"""The box of labelled pairs: pasted or uploaded, with a preview of columns and labels. Scores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.labelled_pairs import checked_pairs
from bge_demo.text.labels import row_numbers
from bge_demo.text.pair_tables import (
    as_pasted,
    pair_rows,
    pair_table,
    pasted_table,
    places_of,
    rows_without_pair,
)
from bge_demo.text.readable import is_blank
from bge_demo.text.table import Table
from bge_demo.ui.controls import upload_button
from bge_demo.ui.rendering import render
from bge_demo.ui.upload import Files, Reading, SeenTable, files_of, reading_of, upload
from bge_demo.ui.wiring import Page, html

ROLES = ("text_a", "text_b", "label")


class FilledPairs(NamedTuple):
    """The box."""

    pairs: str


class PairsPreview(NamedTuple):
    """How the box will be read, as HTML."""

    preview: str


@dataclass(frozen=True)
class PairInput:
    """The component: the text that holds the pairs."""

    pairs: gr.Textbox


def rows_of(pairs: str, limits: Limits) -> list[dict[str, Any]]:
    """The box's rows. Raises InputError with the next step when there are none."""
    if is_blank(pairs):
        raise InputError("pairs.empty_box")
    return pair_rows(pasted_table(pairs, limits), limits)


def seen_pairs(limits: Limits, files: Files, reading: Reading) -> list[SeenTable]:
    """A file of pairs as it would be taken, or why it would not."""
    ((name, data),) = files
    table = pair_table(name, data, limits, reading.choices)
    try:
        places = places_of(table, reading.columns)
        checked = checked_pairs(pair_rows(table, limits, reading.columns), limits)
    except InputError as error:
        return [SeenTable(table, reading.columns, table.unreadable, problem=error.phrase)]
    columns = tuple(table.columns[places[one]] if one in places else "" for one in ROLES)
    told = (Phrase("pairs.in_file", n=len(checked.pairs)), *checked.notes)
    return [SeenTable(table, columns, rows_without_pair(table, places), told)]


def show_uploaded_pairs(limits: Limits, file: str, reading: str) -> FilledPairs:
    """The pairs of an uploaded file, for the box."""
    chosen, ((name, data),) = reading_of(reading), files_of(file)
    table = pair_table(name, data, limits, chosen.choices)
    return FilledPairs(as_pasted(pair_rows(table, limits, chosen.columns)))


def show_pairs_preview(limits: Limits, pairs: str) -> PairsPreview:
    """How the box will be read; nothing while it is empty."""
    if is_blank(pairs):
        return PairsPreview("")
    try:
        return PairsPreview(preview_html(pasted_table(pairs, limits), limits))
    except InputError as error:
        return PairsPreview(_preview(problem=error.phrase))


def preview_html(table: Table, limits: Limits) -> str:
    """Columns, labels and what is wrong with them."""
    places = places_of(table)
    columns = [(field, table.columns[place]) for field, place in places.items()]
    unreadable = row_numbers([one.row for one in table.unreadable])
    told: dict[str, Any] = {
        "columns": columns,
        "n_unreadable": len(table.unreadable),
        "unreadable": unreadable,
        "is_headed": table.names_from_first_row and not {"text_a", "text_b"} <= set(table.columns),
    }
    try:
        checked = checked_pairs(pair_rows(table, limits), limits)
    except InputError as error:
        return _preview(problem=error.phrase, **told)
    return _preview(n_pairs=len(checked.pairs), meanings=checked.meanings, notes=checked.notes, **told)


def pair_input(page: Page, area: str) -> PairInput:
    """The box, the button for a file and the preview below."""
    pairs = gr.Textbox(lines=7, max_lines=14, elem_id=f"{area}-pairs")
    page.label(pairs, "label", "pairs.box")
    page.label(pairs, "placeholder", "pairs.placeholder", limit=page.limits.labelled_pairs)
    preview = html("", elem_id=f"{area}-preview")
    file = upload_button(page, area, "pairs.upload")
    read = upload(page, file, seen_pairs, ROLES, takes=True)
    read.takes(page, show_uploaded_pairs, {"pairs": pairs}, area)
    page.connect(
        pairs.change,
        show_pairs_preview,
        {"pairs": pairs},
        {"preview": preview},
        show_progress="hidden",
        trigger_mode="always_last",
    )
    return PairInput(pairs)


def _preview(**told: Any) -> str:
    empty = {
        "n_pairs": 0, "columns": (), "meanings": (), "notes": (), "n_unreadable": 0,
        "unreadable": "", "problem": None, "is_headed": False,
    }  # fmt: skip
    return render("ui/pairs_preview.html", **(empty | told))
