"""Errors that carry a sentence for the user with the next step. Anything else that is raised is a bug."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bge_demo.locales import Language, say


class DemoError(Exception):
    """A sentence of the locale table with its values; `str()` is the English one."""

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(say(key, "en", **values))

    def __reduce__(self) -> tuple[Callable[..., DemoError], tuple[object, ...]]:
        """Errors cross processes: pickle would call the class with the sentence instead of the key."""
        return _rebuilt, (type(self), self.key, self.values)

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


class StoppedError(DemoError):
    """The caller has left, or its time is up: nothing is wrong with the request or the model."""
