"""What every builder needs: labels in both languages, and wiring by name."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import gradio as gr
from gradio.components import Component

from bge_demo.errors import DemoError
from bge_demo.locales import LANGUAGES, Language, say
from bge_demo.serving.gate import SUPPLIED, Call, Gate
from bge_demo.settings import Limits
from bge_demo.ui.links import Link
from bge_demo.ui.rendering import render
from bge_demo.ui.user_errors import page_error
from bge_demo.ui.visitors import NewestRuns, Run, visitor_origin, visitor_report, visitor_watch

Handler = Callable[..., tuple[Any, ...]]
Event = Callable[..., Any]
Fields = Mapping[str, Component]


@dataclass(frozen=True)
class Label:
    """One property of one component and what it shows in a language."""

    component: Any
    property: str
    value: Callable[[Language], Any]


@dataclass(frozen=True)
class WorkingArea:
    """Where a result is shown, long work tells how far it is, and can be stopped."""

    name: str
    cancel: gr.Button

    def can_cancel(self, *works: Any) -> None:
        """Let the button stop these events; the encoder notices at its next batch."""
        cancelled = f"() => bgeDemo.results.cancelled('{self.name}')"
        self.cancel.click(None, js=cancelled, cancels=list(works))
        self.shows(*works)

    def shows(self, *works: Any, unasked: bool = False) -> None:
        """These events bring the area's result: it is marked while inputs were edited since, and when an
        event fails, which brings none. `unasked`: they follow what is typed or moved, and no run was begun
        for them."""
        of_run = f"'{self.name}', {str(unasked).lower()}"
        for work in works:
            work.success(None, js=f"() => bgeDemo.results.arrived({of_run})")
            work.failure(None, js=f"() => bgeDemo.results.failed({of_run})")


@dataclass
class Page:
    """The page while it is built: the gate that its handlers go through, the switches of language and model,
    and all labels so far.

    `weights` are those of the whole page, see `controls.page_weights`. `loaded` is the event of the page
    being loaded; `opened` follows it. `remembered` are the values kept in the visitor's browser, by name.
    """

    gate: Gate
    language: Component
    model: Component
    weights: gr.Textbox
    loaded: Event
    opened: Event
    remembered: Mapping[str, gr.BrowserState]
    labels: list[Label] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    newest: NewestRuns = field(default_factory=NewestRuns)

    @property
    def limits(self) -> Limits:
        """What one request may ask for."""
        return self.gate.limits

    def label(self, component: Any, property: str, key: str, **values: object) -> None:
        """Give a property its sentence and have it follow the language switch."""
        self.translated(component, property, lambda language: say(key, language, **values))

    def translated(self, component: Any, property: str, value: Callable[[Language], Any]) -> None:
        """The same for a value that is more than one sentence, such as a dropdown's choices."""
        self.labels.append(Label(component, property, value))
        setattr(component, property, value("en"))

    def connect(
        self,
        event: Event,
        handler: Handler,
        inputs: Mapping[str, Component],
        outputs: Mapping[str, Component],
        area: WorkingArea | None = None,
        **options: Any,
    ) -> Any:
        """Run `handler` on `event`, everything bound by name; returns gradio's dependency for `.then`.

        `inputs` are the handler's parameters, or the fields of the dataclass that is its parameter `form`;
        `outputs` are the fields of the NamedTuple it returns. `encoder`, `library`, `limits` and `language`
        are supplied when the handler has them. While the model loads,
        the visitor is told so and the handler waits. A misspelt name raises TypeError while building.

        Of several runs of one visitor in an `area`, begun by whatever event, the newest alone goes on: the
        others end early and leave the outputs alone.
        """
        wire = _Wire(self, handler, inputs, outputs, area)
        usual = {"trigger_mode": "multiple", "show_progress": "minimal"} if area else {}
        return wire.listen(event, wire.run, usual | options)

    def connect_when_ready(
        self,
        event: Event,
        handler: Handler,
        inputs: Mapping[str, Component],
        outputs: Mapping[str, Component],
        area: WorkingArea | None = None,
        **options: Any,
    ) -> Any:
        """As `connect`, for what is not worth waiting for: nothing happens until the model serves. In an
        `area` it takes the place of an older run once it brings something."""
        wire = _Wire(self, handler, inputs, outputs, area)
        return wire.listen(event, wire.run_when_ready, options)

    @contextmanager
    def working_area(self, name: str, one_run: bool = False) -> Iterator[WorkingArea]:
        """The place of a tab's result. A button to cancel is shown over it while work runs for some time; a
        line says when inputs were edited since, one that a file was not taken yet when the run began, one why
        the last run brought nothing. `one_run`: pressing the button again while it works does nothing."""
        classes = ["working-area", *["one-run"] * one_run]
        with gr.Column(elem_classes=classes, elem_id=f"{name}-area"):
            cancel = gr.Button(size="sm", elem_id=f"{name}-cancel", elem_classes="cancel-work")
            self.label(cancel, "value", "progress.cancel")
            html(render("ui/working_note.html"), elem_classes="working-note")
            html(render("ui/area_note.html", key="result.stale"), elem_classes="stale-note")
            html(render("ui/area_note.html", key="upload.waits"), elem_classes="file-waits-note")
            html('<p class="note warning"></p>', elem_classes="failure-note")
            yield WorkingArea(name, cancel)

    def link(self, tab: str, fields: Fields, run: gr.Button, **options: Any) -> None:
        """Let links carry these inputs of a tab, and press its `run` button; `options` are those of `Link`.

        The address follows when `run` is clicked. Editing a field marks the result as one of earlier inputs.
        Call it before `run` is connected: gradio takes events in turn, and the inputs must be noted before
        the result arrives.
        """
        link = Link(tab, fields, run, **options)
        self.links.append(link)
        self.marks_stale(link.area, *fields.values())
        for event, is_live in [(run.click, "false"), (link.live, "true")]:
            if event is not None:
                begin = f"(...values) => bgeDemo.links.begin('{tab}', values, {is_live})"
                event(None, link.inputs, None, js=begin)

    def presses(self, run: gr.Button, *events: Event) -> None:
        """These events press a button: what fills a tab's inputs, as a sample does, begins its run so."""
        for event in events:
            event(None, js=f"() => document.getElementById('{run.elem_id}').click()")

    def begins(self, area: str, event: Event) -> None:
        """Note on this event that what follows is of the inputs as they are now, where no link does. Call it
        before the event is connected."""
        event(None, js=f"() => bgeDemo.results.began('{area}', false)")

    def marks_stale(self, area: str, *components: Any) -> None:
        """Editing one of these marks the result in that working area as one of earlier inputs."""
        self.edits(area, any_of(component.input for component in components))

    def edits(self, area: str, event: Event) -> None:
        """This event changes the inputs of that working area's result without bringing a new one."""
        event(None, js=f"() => bgeDemo.results.edited('{area}')")

    def translate_on(self, event: Event) -> None:
        """Exchange every label when the language changes. Call once, after everything is built."""
        components = [component for component, _ in self._labelled()]
        event(None, [self.language], components, js="(language) => bgeDemo.labels.say(language)")

    def words(self) -> list[dict[str, Any]]:
        """Each labelled component's properties in every language, for the page's script."""
        return [
            {
                "id": component._id,
                "words": {
                    language: {label.property: label.value(language) for label in labels}
                    for language in LANGUAGES
                },
            }
            for component, labels in self._labelled()
        ]

    def _labelled(self) -> list[tuple[Any, list[Label]]]:
        by_component: dict[int, tuple[Any, list[Label]]] = {}
        for label in self.labels:
            by_component.setdefault(id(label.component), (label.component, []))[1].append(label)
        return list(by_component.values())


class _Wire:
    """A handler between components: positional values in and out, user errors shown as such."""

    def __init__(
        self,
        page: Page,
        handler: Handler,
        inputs: Mapping[str, Component],
        outputs: Mapping[str, Component],
        area: WorkingArea | None,
    ) -> None:
        signature = inspect.signature(handler)
        hints = typing.get_type_hints(getattr(handler, "func", handler))
        supplied = {*SUPPLIED, "language"} & set(signature.parameters)
        self._form = hints.get("form")
        if self._form:
            inspect.signature(self._form).bind(**dict.fromkeys(inputs))
        signature.bind(**dict.fromkeys([*(["form"] if self._form else inputs), *supplied]))
        self._asks_language = "language" in supplied
        self._fields = cast("tuple[str, ...]", hints["return"]._fields)
        if set(outputs) != set(self._fields):
            raise TypeError(f"{handler} returns {self._fields}, wired to {tuple(outputs)}")
        self._page, self._handler, self._inputs, self._outputs = page, handler, inputs, outputs
        self._area = area.name if area else ""

    def listen(self, event: Event, run: Callable[..., Any], options: Mapping[str, Any]) -> Any:
        """Have gradio call `run` on `event`."""
        outputs = [self._outputs[name] for name in self._fields]
        # At every message gradio's page goes through the components of all events that showed progress: a
        # result's place is enough, and without one all.
        places = [one for one in outputs if isinstance(one, gr.HTML)] or outputs
        return event(
            run,
            inputs=[self._page.language, *self._inputs.values(), self._page.model],
            outputs=outputs,
            api_visibility="private",
            show_progress_on=[] if options.get("show_progress") == "hidden" else places,
            **options,
        )

    def run(self, language: Language, *values: Any) -> Any:
        """Called by gradio with the values of the wired components, the visitor's model last."""
        return self._answer(language, values, takes_place=True)

    def run_when_ready(self, language: Language, *values: Any) -> Any:
        """As `run`, but leaves the outputs alone while no model serves."""
        if not self._page.gate.models.host(values[-1]).is_ready:
            return self._nothing()
        return self._answer(language, values, takes_place=False)

    def _answer(self, language: Language, values: tuple[Any, ...], takes_place: bool) -> Any:
        *given, model = values
        named = dict(zip(self._inputs, given, strict=True))
        if self._form:
            named = {"form": self._form(**named)}
        if self._asks_language:
            named["language"] = language

        def say_that_it_waits() -> None:
            gr.Info(say("model.waiting", language), duration=8)

        run, has_left = self._page.newest.begin(self._area), visitor_watch()
        call = Call(
            door="page",
            model=model,
            has_left=lambda: run.is_over() or has_left(),
            report=visitor_report(language),
            before_waiting=say_that_it_waits,
            takes_place=takes_place,
            origin=visitor_origin(),
        )
        if takes_place:
            run.claim()
        try:
            answer = self._page.gate.run(self._handler, named, call)
        except DemoError as error:
            if not run.is_over():
                raise page_error(error) from error
        return self._nothing() if run.is_over() else self._shown(run, answer)

    def _shown(self, run: Run, answer: Any) -> Any:
        """The answer for gradio; no older run may be shown over it."""
        if answer[0] != gr.skip():
            run.claim()
        # One output takes a bare value: gradio would show a tuple of one as a list.
        return tuple(answer) if len(self._fields) > 1 else answer[0]

    def _nothing(self) -> Any:
        """What leaves every output as it is."""
        return [gr.skip()] * len(self._fields) if len(self._fields) > 1 else gr.skip()


def any_of(events: Iterable[Event]) -> Event:
    """Several events of components as one. gradio's page goes through all events for each component, so it
    starts the sooner the fewer there are."""
    return partial(gr.on, list(events))


def html(value: str, **options: Any) -> gr.HTML:
    """A piece of our own HTML, without gradio's prose styles."""
    return gr.HTML(value, apply_default_css=False, padding=False, **options)
