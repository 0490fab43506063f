"""What memory this process holds, and giving back what loading a model leaves behind. Where it
cannot, nothing happens."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Compiling reads about 2 GB a second: seldom enough to cost nothing, often enough to bound the peak.
RELEASE_SECONDS = 0.1
_MADV_DONTNEED = 4


def resident_mb() -> float:
    """What this process holds in memory now, in MiB; its peak on systems without /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return peak_mb()
    return round(pages * resource.getpagesize() / 2**20, 1)


def peak_mb() -> float:
    """The most this process ever held in memory, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def free_torch_memory() -> None:
    """Return what a dropped torch module held, where the C library can."""
    gc.collect()
    if sys.platform == "linux":
        # musl has no malloc_trim.
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)(0)


@contextmanager
def releasing_pages(file: Path | None) -> Iterator[None]:
    """Call `release_pages` all along the body and once after it; None releases nothing."""
    if file is None:
        yield
        return
    done = threading.Event()

    def release() -> None:
        while not done.wait(RELEASE_SECONDS):
            release_pages(file)

    thread = threading.Thread(target=release, name="page-release", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        release_pages(file)


def release_pages(file: Path) -> None:
    """Let go of the pages of a mapped file, on Linux; whoever needs one again gets it from the file.

    Compiling reads all weights and packs its own copy: at full size 2.2 GB stay mapped that nobody reads
    again.
    """
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None).madvise
    for line in Path("/proc/self/maps").read_text("utf-8", errors="surrogateescape").splitlines():
        fields = line.split(maxsplit=5)
        # Read-only mappings alone: what was written to a private one would be lost.
        if len(fields) == 6 and fields[5] == str(file) and "w" not in fields[1]:
            start, end = (int(address, 16) for address in fields[0].split("-"))
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)
