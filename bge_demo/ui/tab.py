"""What a tab is to the page: a name, which is its place in links and locale tables, and a builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bge_demo.serving.gate import Program
from bge_demo.ui.wiring import Page


@dataclass(frozen=True)
class Tab:
    """One job of the page. `build` adds components and wiring; its label is the sentence `tab.<name>`.

    `remembers` names values that stay in the visitor's browser, with their defaults; the builder finds them
    in `page.remembered`. `programs` do the tab's job for programs: every door derives its endpoints from
    them, see `api.programs`.
    """

    name: str
    build: Callable[[Page], None]
    remembers: Mapping[str, Any] = field(default_factory=dict)
    programs: tuple[Program, ...] = ()
