"""What every builder needs: labels in both languages, and wiring by name."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any, cast

import gradio as gr
from gradio.components import Component

from bge_demo.analyses.corpus_library import CorpusLibrary
from bge_demo.callers import on_behalf_of
from bge_demo.errors import DemoError
from bge_demo.locales import Language, say
from bge_demo.model_host import ModelChoice
from bge_demo.settings import Limits
from bge_demo.ui.visitors import visitor_report, visitor_watch

Handler = Callable[..., tuple[Any, ...]]
Event = Callable[..., Any]


@dataclass(frozen=True)
class Label:
    """One property of one component and what it shows in a language."""

    component: Any
    property: str
    value: Callable[[Language], Any]


@dataclass(frozen=True)
class WorkingArea:
    """Where long work shows how far it is, and can be stopped."""

    cancel: gr.Button

    def can_cancel(self, *works: Any) -> None:
        """Let the button stop these events; the encoder notices at its next batch."""
        self.cancel.click(None, cancels=list(works))


@dataclass
class Page:
    """The page while it is built: models, corpora, limits, the switches of language and model, and all labels
    so far."""

    models: ModelChoice
    library: CorpusLibrary
    limits: Limits
    language: Component
    model: Component
    labels: list[Label] = field(default_factory=list)

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
        **options: Any,
    ) -> Any:
        """Run `handler` on `event`, everything bound by name; returns gradio's dependency for `.then`.

        `inputs` are the handler's parameters, `outputs` the fields of the NamedTuple it returns; `encoder`,
        `library`, `limits` and `language` are supplied when the handler has them. While the model loads,
        the visitor is told so and the handler waits. A misspelt name raises TypeError while building.
        """
        wire = _Wire(self, handler, inputs, outputs)
        return wire.listen(event, wire.run, options)

    def connect_when_ready(
        self,
        event: Event,
        handler: Handler,
        inputs: Mapping[str, Component],
        outputs: Mapping[str, Component],
        **options: Any,
    ) -> Any:
        """As `connect`, for what is not worth waiting for: nothing happens until the model serves."""
        wire = _Wire(self, handler, inputs, outputs)
        return wire.listen(event, wire.run_when_ready, options)

    @contextmanager
    def working_area(self, name: str) -> Iterator[WorkingArea]:
        """The place of a tab's result. A button to cancel is shown over it while work runs for some time."""
        with gr.Column(elem_classes="working-area"):
            cancel = gr.Button(size="sm", elem_id=f"{name}-cancel", elem_classes="cancel-work")
            self.label(cancel, "value", "progress.cancel")
            yield WorkingArea(cancel)

    def translate_on(self, event: Event) -> None:
        """Say every label again when the language changes. Call once, after everything is built."""
        by_component: dict[int, tuple[Any, list[Label]]] = {}
        for label in self.labels:
            by_component.setdefault(id(label.component), (label.component, []))[1].append(label)

        def translate(language: Language) -> list[Any]:
            return [_update(labels, language) for _, labels in by_component.values()]

        components = [component for component, _ in by_component.values()]
        event(
            translate,
            inputs=[self.language],
            outputs=components,
            api_visibility="private",
            show_progress="hidden",
        )


def _update(labels: Iterable[Label], language: Language) -> Any:
    return gr.update(**{label.property: label.value(language) for label in labels})


class _Wire:
    """A handler between components: positional values in and out, user errors shown as such."""

    def __init__(
        self,
        page: Page,
        handler: Handler,
        inputs: Mapping[str, Component],
        outputs: Mapping[str, Component],
    ) -> None:
        signature = inspect.signature(handler)
        self._supplied = {"encoder", "library", "limits", "language"} & set(signature.parameters)
        signature.bind(**dict.fromkeys([*inputs, *self._supplied]))
        view = typing.get_type_hints(getattr(handler, "func", handler))["return"]
        self._fields = cast("tuple[str, ...]", view._fields)
        if set(outputs) != set(self._fields):
            raise TypeError(f"{handler} returns {self._fields}, wired to {tuple(outputs)}")
        self._page, self._handler, self._inputs, self._outputs = page, handler, inputs, outputs

    def listen(self, event: Event, run: Callable[..., Any], options: Mapping[str, Any]) -> Any:
        """Have gradio call `run` on `event`."""
        return event(
            run,
            inputs=[self._page.language, *self._inputs.values(), self._page.model],
            outputs=[self._outputs[name] for name in self._fields],
            api_visibility="private",
            **options,
        )

    def run(self, language: Language, *values: Any) -> Any:
        """Called by gradio with the values of the wired components, the visitor's model last."""
        *given, model = values
        named = dict(zip(self._inputs, given, strict=True))
        try:
            # The wait for the model has its own limit; the answer's begins when the model is there.
            supplied = self._supply(language, model)
            seconds = self._page.limits.request_seconds
            with on_behalf_of(visitor_watch(), seconds, visitor_report(language)):
                answer = self._handler(**named, **supplied)
        except DemoError as error:
            raise page_error(error, language) from error
        # One output takes a bare value: gradio would show a tuple of one as a list.
        return tuple(answer) if len(self._fields) > 1 else answer[0]

    def run_when_ready(self, language: Language, *values: Any) -> Any:
        """As `run`, but leaves the outputs alone while no model serves."""
        if not self._page.models.host(values[-1]).is_ready:
            return [gr.skip()] * len(self._fields) if len(self._fields) > 1 else gr.skip()
        return self.run(language, *values)

    def _supply(self, language: Language, model: str | None) -> dict[str, Any]:
        supplied: dict[str, Any] = {}
        if "encoder" in self._supplied:
            if not self._page.models.host(model).is_ready:
                gr.Info(say("model.waiting", language), duration=8)
            supplied["encoder"] = self._page.models.encoder(model)
        if "library" in self._supplied:
            supplied["library"] = self._page.library
        if "limits" in self._supplied:
            supplied["limits"] = self._page.limits
        if "language" in self._supplied:
            supplied["language"] = language
        return supplied


def html(value: str, **options: Any) -> gr.HTML:
    """A piece of our own HTML, without gradio's prose styles."""
    return gr.HTML(value, apply_default_css=False, **options)


def page_error(error: DemoError, language: Language) -> gr.Error:
    """An error as a message of the page, which gradio shows as HTML."""
    return _user_error(escape(error.sentence(language), quote=False))


def program_error(error: DemoError) -> gr.Error:
    """An error as the answer to a program: the English sentence as it is."""
    return _user_error(error.sentence("en"))


def _user_error(message: str) -> gr.Error:
    return gr.Error(message, duration=12, print_exception=False)
