"""Building a page outside a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Built = TypeVar("Built")


def in_loop(build: Callable[[], Built]) -> Built:
    """Call inside an event loop: gradio would make one of its own and leave it open."""

    async def called() -> Built:
        return build()

    return asyncio.run(called())
