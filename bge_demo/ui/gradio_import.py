"""gradio's first import, in less than half the time."""

from __future__ import annotations

import inspect
import sys
from typing import Any


def import_gradio() -> None:
    """Import gradio without two things that every start would pay for.

    It writes stub files for its own developers, for which it parses the source of every component, but for
    classes that come from no file. And it imports MCP where that is installed; our own door imports it.
    """
    whole: Any = inspect
    of_any = inspect.getfile

    def of_others(thing: Any) -> str:
        if getattr(thing, "__module__", "").startswith("gradio."):
            raise OSError("no stubs are wanted")
        return of_any(thing)

    modules: dict[str, Any] = sys.modules
    has_mcp = "mcp" in modules
    whole.getfile = of_others
    modules.setdefault("mcp", None)
    try:
        import gradio  # noqa: F401
    finally:
        whole.getfile = of_any
        if not has_mcp:
            del modules["mcp"]
