"""A bound on how fast the log grows, whatever strangers send."""

from __future__ import annotations

import logging
import time
from collections import Counter

# Lines of one kind, and of all kinds, in a minute.
SAME_A_MINUTE, ALL_A_MINUTE = 20, 200


class Sparing(logging.Filter):
    """Lets so many lines a minute through; the first of the next minute says how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._since = time.monotonic()
        self._seen: Counter[tuple[str, int, str]] = Counter()
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        told = self._next_minute()
        kind = (record.name, record.levelno, str(record.msg)[:40])
        self._seen[kind] += 1
        if self._seen[kind] > SAME_A_MINUTE or self._seen.total() > ALL_A_MINUTE:
            self._left_out += 1
            return False
        if told:
            record.msg, record.args = f"{record.getMessage()} [{told} lines were left out before]", ()
        return True

    def _next_minute(self) -> int:
        """Lines left out in the minute that has just ended, 0 within one."""
        if time.monotonic() - self._since < 60:
            return 0
        told, self._left_out = self._left_out, 0
        self._since = time.monotonic()
        self._seen.clear()
        return told


def spare_the_log() -> None:
    """Bound whatever the root logger's handlers write. Call it after logging is set up."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(Sparing())
