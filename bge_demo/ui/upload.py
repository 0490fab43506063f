"""How an uploaded file is read, shown before anything is taken: menus to choose otherwise, and a preview.

The one control of every tab that takes files; knows no tab.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.errors import InputError
from bge_demo.locales import Language, Phrase, say
from bge_demo.settings import Limits
from bge_demo.text.encodings import ENCODINGS, encoding_name
from bge_demo.text.table import Choices, NamedRow, Table
from bge_demo.ui.controls import small_button
from bge_demo.ui.rendering import render
from bge_demo.ui.wiring import Event, Handler, Page, any_of, html

ROWS_SHOWN = 5
CELL_CHARS = 120
REASONS_SHOWN = 5
DELIMITERS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "bar": "|",
    "wide_comma": "，",
    "wide_semicolon": "；",
}
READING_MENUS = ("encoding", "delimiter", "header")
# A control has as many menus of columns at most.
_COLUMN_MENUS = 3
Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class Reading:
    """What a visitor chose in the menus. `columns` is empty while nobody did, else one a menu."""

    choices: Choices = Choices()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenTable:
    """A file as a tab takes it: a column for each of its menus, the rows left out, what else to say, and why
    it would be refused."""

    table: Table
    columns: tuple[str, ...]
    skipped: tuple[NamedRow, ...]
    told: tuple[Phrase, ...] = ()
    problem: Phrase | None = None

    @classmethod
    def of_texts(cls, table: Table, *told: Phrase) -> SeenTable:
        """One column of texts; rows without one are left out."""
        return cls(table, (table.text_column,), table.skipped, told)


# How a tab reads files of (name, bytes). It may raise InputError.
Reader = Callable[[Limits, Files, Reading], Sequence[SeenTable]]


class ShownFile(NamedTuple):
    """The preview and the menus of columns; all hidden without a file."""

    panel: Any
    preview: str
    column_1: Any
    column_2: Any
    column_3: Any


@dataclass(frozen=True)
class Upload:
    """The components: the file, what is chosen in its menus, and the button that takes it, where one does.
    `seen` are the events that show it, as it comes and as it is read in another way."""

    file: gr.File | gr.UploadButton
    reading: gr.Textbox
    panel: gr.Column
    take: gr.Button | None
    menus: tuple[gr.Dropdown, ...]
    seen: tuple[Any, ...]

    @property
    def inputs(self) -> dict[str, Any]:
        """What a handler needs to read the file as it was shown."""
        return {"file": self.file, "reading": self.reading}

    def marks_stale(self, page: Page, area: str) -> None:
        """Another file, or another choice in a menu, marks the result in that working area."""
        others = [self.file.upload, self.file.clear] if isinstance(self.file, gr.File) else []
        page.edits(area, any_of([*(menu.input for menu in self.menus), *others]))

    def takes(self, page: Page, handler: Handler, outputs: dict[str, Any], area: str) -> None:
        """Have the button run a handler of `file` and `reading`; the panel is hidden once it has, and the
        result in that working area is one of earlier inputs."""
        assert self.take is not None
        taken = page.connect(self.take.click, handler, self.inputs, outputs, show_progress="minimal")
        taken.success(None, None, [self.panel], js="() => ({ __type__: 'update', visible: false })")
        page.edits(area, taken.success)

    def takes_at_once(
        self, page: Page, handler: Handler, outputs: dict[str, Any], area: str, *others: Event
    ) -> None:
        """Run a handler of `file` and `reading` whenever a file comes or is read in another way; the result
        in that working area is one of earlier inputs then. The `others` fill the outputs without the file,
        and hide its panel."""
        for shown in self.seen:
            taken = page.connect(shown.success, handler, self.inputs, outputs, show_progress="hidden")
            page.edits(area, taken.success)
        for event in others:
            event(None, None, [self.panel], js="() => ({ __type__: 'update', visible: false })")


def upload(
    page: Page,
    file: gr.File | gr.UploadButton,
    read: Reader,
    roles: Sequence[str] = (),
    menus: Sequence[str] = READING_MENUS,
    takes: bool = False,
) -> Upload:
    """Menus and preview of a file, hidden until there is one.

    `roles` name the columns that the tab takes, the first one always, the others if the file has them.
    """
    area = str(file.elem_id)
    with gr.Column(visible=False, elem_id=f"{area}-read", elem_classes="file-read") as panel:
        with gr.Row(elem_classes="file-menus"):
            how = [_menu(page, area, name, name in menus) for name in READING_MENUS]
        with gr.Row(elem_classes="file-menus"):
            columns: list[Any] = [_column_menu(page, area, role) for role in roles]
            columns += [gr.State(None) for _ in range(_COLUMN_MENUS - len(roles))]
        preview = html("", elem_id=f"{area}-preview")
        with gr.Row(elem_classes="run-line"):
            take = small_button(page, f"{area}-take", "upload.take", variant="primary") if takes else None
    reading = gr.Textbox("", visible="hidden", elem_id=f"{area}-reading")
    inputs = {"file": file, "reading": reading}
    shown = {"panel": panel, "preview": preview}
    shown |= {f"column_{place}": menu for place, menu in enumerate(columns, start=1)}
    show = partial(show_file, read, tuple(roles))
    chosen = (*how, *columns[: len(roles)])
    events = (_set_back(file, how, reading), _gathered(chosen, reading))
    # The menus chosen last count, also while an earlier choice is still being read.
    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
    seen = [page.connect(event, show, inputs, shown, **quiet) for event in events]
    return Upload(file, reading, panel, take, chosen, tuple(seen))


def show_file(
    read: Reader, roles: Sequence[str], limits: Limits, file: str | list[str] | None, reading: str
) -> ShownFile:
    """How a file is read with these choices, or why it cannot be."""
    nothing = gr.update(choices=[], value=None, visible=False)
    none = [None] * (_COLUMN_MENUS - len(roles))
    if not file:
        return ShownFile(gr.update(visible=False), "", *[nothing] * len(roles), *none)
    try:
        seen = read(limits, files_of(file), reading_of(reading))
    except InputError as error:
        # Where a menu was chosen from, all stay: another choice may be the remedy. Else the columns are those
        # of an earlier file.
        kept = [gr.skip() if reading else nothing] * len(roles)
        return ShownFile(gr.update(visible=True), _problem(error.phrase), *kept, *none)
    # Columns are chosen of one file alone.
    menus = [_columns_update(seen[0], place) if len(seen) == 1 else nothing for place in range(len(roles))]
    return ShownFile(gr.update(visible=True), preview_html(seen, roles), *menus, *none)


def problem_of(check: Callable[..., object], *values: Any) -> Phrase | None:
    """What a check of a file's content raises, to be told beside the preview."""
    try:
        check(*values)
    except InputError as error:
        return error.phrase
    return None


def files_of(file: str | Sequence[str]) -> list[tuple[str, bytes]]:
    """(name, bytes) of what was uploaded; gradio keeps files under their own names."""
    paths = [Path(one) for one in ([file] if isinstance(file, str) else file)]
    return [(path.name, path.read_bytes()) for path in paths]


def reading_of(reading: str) -> Reading:
    """What the menus say, as the page's script wrote it down. Raises InputError for anything else."""
    try:
        given = json.loads(reading or "{}")
        columns = tuple(given.pop("columns", ()))
        encoding, delimiter, header = (given.pop(name, None) or "" for name in READING_MENUS)
        choices = choices_of(encoding, delimiter, header)
    except (ValueError, TypeError, AttributeError):
        raise InputError("input.payload") from None
    if given or not all(isinstance(one, str) for one in (*columns, encoding)):
        raise InputError("input.payload")
    return Reading(choices, columns)


def choices_of(encoding: str, delimiter: str, header: str) -> Choices:
    """What the menus say; an empty one leaves it to the reader."""
    return Choices(
        encoding=encoding or None,
        delimiter=DELIMITERS.get(delimiter) or None,
        header={"yes": True, "no": False}.get(header),
    )


def preview_html(seen: Sequence[SeenTable], roles: Sequence[str]) -> str:
    """The first rows of each file under their columns, what was guessed, and the rows left out with the
    reason."""
    return render("ui/file_preview.html", files=[_previewed(one, roles) for one in seen], problem=None)


def _previewed(seen: SeenTable, roles: Sequence[str]) -> dict[str, Any]:
    table = seen.table
    delimiters = {character: name for name, character in DELIMITERS.items()}
    return {
        "table": table,
        "n_used": 0 if seen.problem else table.n_rows - len(seen.skipped),
        "encoding": encoding_name(table.encoding) if table.encoding else "",
        "delimiter": delimiters.get(table.delimiter, ""),
        "roles": {column: role for role, column in zip(roles, seen.columns, strict=False) if column},
        "problem": seen.problem,
        "rows": [(row.number, [_short(cell) for cell in row.cells]) for row in table.rows[:ROWS_SHOWN]],
        "named": [
            (key, named[:REASONS_SHOWN], len(named))
            for key, named in (("upload.skipped", seen.skipped), ("upload.notes", table.notes))
            if named
        ],
        "told": seen.told,
    }


def _problem(problem: Phrase) -> str:
    return render("ui/file_preview.html", files=[], problem=problem)


def _columns_update(seen: SeenTable, place: int) -> Any:
    names = list(seen.table.columns)
    choices = names if place == 0 else [("–", ""), *((name, name) for name in names)]
    chosen = seen.columns[place] if place < len(seen.columns) else ""
    return gr.update(choices=choices, value=chosen or (None if place == 0 else ""), visible=len(names) > 1)


def _menu(page: Page, area: str, name: str, is_shown: bool) -> gr.Dropdown:
    menu = gr.Dropdown([("", "")], value="", elem_id=f"{area}-{name}", min_width=150, visible=is_shown)
    choices = {
        "encoding": encoding_choices,
        "delimiter": lambda language: _named(language, list(DELIMITERS)),
        "header": lambda language: _named(language, ("yes", "no")),
    }
    page.translated(menu, "choices", choices[name])
    page.label(menu, "label", f"upload.{name}")
    return menu


def _column_menu(page: Page, area: str, role: str) -> gr.Dropdown:
    menu = gr.Dropdown([], visible=False, elem_id=f"{area}-column-{role}", min_width=150)
    page.label(menu, "label", f"upload.column.{role}")
    return menu


def _set_back(file: gr.File | gr.UploadButton, how: Sequence[gr.Dropdown], reading: gr.Textbox) -> Any:
    """A new file, or none, is read as the reader guesses."""
    event = file.upload if isinstance(file, gr.UploadButton) else file.change
    return event(None, None, [*how, reading], js="() => ['', '', '', '']").then


def _gathered(menus: Sequence[gr.Dropdown], reading: gr.Textbox) -> Any:
    """Write down what the menus say."""
    chosen = any_of(menu.input for menu in menus)
    return chosen(None, [reading, *menus], [reading], js="(...given) => bgeDemo.fileReading(...given)").then


def _short(cell: str) -> str:
    return cell if len(cell) <= CELL_CHARS else cell[: CELL_CHARS - 1] + "…"


def encoding_choices(language: Language) -> list[tuple[str, str]]:
    """(name, encoding) of each that can be chosen, the reader's guess first."""
    return [(say("upload.guess", language), ""), *((shown, name) for name, shown in ENCODINGS.items())]


def _named(language: Language, names: Sequence[str]) -> list[tuple[str, str]]:
    return [(say("upload.guess", language), ""), *((say(f"upload.{name}", language), name) for name in names)]
