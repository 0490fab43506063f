"""What every builder needs: labels in both languages, and wiring by name."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import gradio as gr
from gradio.components import Component

from bge_demo.errors import DemoError
from bge_demo.locales import Language, say
from bge_demo.model_host import ModelHost
from bge_demo.settings import Limits

Handler = Callable[..., tuple[Any, ...]]
Event = Callable[..., Any]


@dataclass(frozen=True)
class Label:
    """One property of one component and what it shows in a language."""

    component: Any
    property: str
    value: Callable[[Language], Any]


@dataclass
class Page:
    """The page while it is built: the model, the limits, the language switch, and all labels so far."""

    models: ModelHost
    limits: Limits
    language: Component
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
        `limits` and `language` are supplied when the handler has them. A misspelt name raises TypeError
        while building.
        """
        bound = _Bound(self, handler, tuple(inputs))
        if set(outputs) != set(bound.fields):
            raise TypeError(f"{handler} returns {bound.fields}, wired to {tuple(outputs)}")
        return event(
            bound.run,
            inputs=[self.language, *inputs.values()],
            outputs=[outputs[name] for name in bound.fields],
            api_visibility="private",
            **options,
        )

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


class _Bound:
    """A handler bound to the page: positional values in, positional values out, user errors shown as such."""

    def __init__(self, page: Page, handler: Handler, names: tuple[str, ...]) -> None:
        signature = inspect.signature(handler)
        supplied = {"encoder", "limits", "language"} & set(signature.parameters)
        signature.bind(**dict.fromkeys([*names, *supplied]))
        self._page, self._handler, self._names, self._supplied = page, handler, names, supplied
        view = typing.get_type_hints(getattr(handler, "func", handler))["return"]
        self.fields = cast("tuple[str, ...]", view._fields)

    def run(self, language: Language, *values: Any) -> Any:
        """Called by gradio with the values of the wired components."""
        try:
            answer = self._handler(**dict(zip(self._names, values, strict=True)), **self._supply(language))
        except DemoError as error:
            raise user_error(error, language) from error
        # One output takes a bare value: gradio would show a tuple of one as a list.
        return tuple(answer) if len(self.fields) > 1 else answer[0]

    def _supply(self, language: Language) -> dict[str, Any]:
        supplied: dict[str, Any] = {}
        if "encoder" in self._supplied:
            if not self._page.models.is_ready:
                gr.Info(say("model.waiting", language), duration=8)
            supplied["encoder"] = self._page.models.encoder()
        if "limits" in self._supplied:
            supplied["limits"] = self._page.limits
        if "language" in self._supplied:
            supplied["language"] = language
        return supplied


def user_error(error: DemoError, language: Language) -> gr.Error:
    """The one place where an error becomes a message of the page."""
    return gr.Error(error.sentence(language), duration=12, title="BGE-M3", print_exception=False)
