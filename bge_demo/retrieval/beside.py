"""Small JSON files beside a corpus: read if whole, written whole or not at all. Knows not what they hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bge_demo.errors import InputError


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None if there is none, or none that is whole."""
    with disk_errors():
        try:
            values = json.loads(path.read_text("utf-8", errors="replace"))
        except (FileNotFoundError, ValueError):
            return None
    return values if isinstance(values, dict) else None


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write an object so that the file is whole or as it was before, also after a power cut."""
    half_written = path.with_suffix(".half")
    with disk_errors():
        with half_written.open("w", encoding="utf-8") as file:
            json.dump(values, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(path)
        sync(path.parent)


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, on disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Translate what the disk of the data folder refuses into InputError, without its paths."""
    try:
        yield
    except PermissionError as error:
        raise InputError("corpus.read_only") from error
    except OSError as error:
        raise InputError("corpus.disk", reason=os.strerror(error.errno or 0)) from error
