"""Errors that carry a sentence for the user with the next step. Anything else that is raised is a bug."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from bge_demo.locales import Language, Phrase, say


class DemoError(Exception):
    """A sentence of the locale table with its values; `str()` is the English one.

    `param` is the field of a program's request that is wrong, such as `input[3]`, where one is known.
    """

    param: str | None = None

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(say(key, "en", **values))

    def __reduce__(self) -> tuple[Callable[..., DemoError], tuple[object, ...]]:
        """Errors cross processes: pickle would call the class with the sentence instead of the key."""
        return _rebuilt, (type(self), self.key, self.values)

    def at(self, param: str) -> Self:
        """The same error, naming the field of the request."""
        self.param = param
        return self

    @property
    def phrase(self) -> Phrase:
        """The sentence, to be said later in either language."""
        return Phrase(self.key, **self.values)

    def sentence(self, language: Language) -> str:
        """The sentence in the reader's language."""
        return say(self.key, language, **self.values)


def _rebuilt(kind: type[DemoError], key: str, values: Mapping[str, object]) -> DemoError:
    return kind(key, **values)


class SettingsError(DemoError):
    """A flag or environment variable does not fit, or the port is taken."""


class InputError(DemoError):
    """What the user sent cannot be worked on."""


class CheckpointError(DemoError):
    """A checkpoint is missing, incomplete or of the wrong shape."""


class NotReadyError(DemoError):
    """No model serves yet, or its loading failed."""


class BusyError(DemoError):
    """As many requests wait as may: a later one will find a place."""


class StoppedError(DemoError):
    """The caller has left, or its time is up: nothing is wrong with the request or the model."""


def places(error: BaseException | None) -> str:
    """Where an error and its causes come from, without their messages: those may quote a visitor."""
    found: list[str] = []
    while error is not None and len(found) < 5:
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        path = " < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in reversed(frames))
        found.append(f"{type(error).__name__} at {path}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "; from ".join(found)
