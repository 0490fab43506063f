"""One file over HTTP into one place: continued where it broke off, verified, within a bounded patience. Knows
no checkpoint and no sentence."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
# Speed is that of the last seconds: a visitor wants to know how fast it is now.
SPEED_SECONDS = 10.0
REPORT_SECONDS = 0.2
# Full, broken or restarting servers, and those that ask to come back later.
_PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Patience:
    """How often a download is tried again after failures that bring no byte, with pauses that double."""

    attempts: int = 8
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 60.0
    stall_seconds: float = 30.0

    def pause_seconds(self, failures: int) -> float:
        """After the first failure, the second, ..."""
        return min(self.first_pause_seconds * 2.0 ** (failures - 1), self.longest_pause_seconds)


@dataclass(frozen=True)
class Progress:
    """How far a download of several files is; the speed is None while too little has been seen.

    `failures` counts the attempts in a row that brought nothing, 0 while bytes come.
    """

    done_bytes: int
    total_bytes: int
    bytes_per_second: float | None = None
    failures: int = 0

    @property
    def seconds_left(self) -> float | None:
        """At this speed; None while there is none."""
        if not self.bytes_per_second:
            return None
        return (self.total_bytes - self.done_bytes) / self.bytes_per_second


class Meter:
    """Counts the bytes of several files, one after the other, and reports at most some times a second."""

    def __init__(
        self,
        total_bytes: int,
        report: Callable[[Progress], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total_bytes = total_bytes
        self._report = report
        self._clock = clock
        self._finished_bytes = 0
        self._samples: deque[tuple[float, int]] = deque()

    def begin(self, file_bytes: int) -> None:
        """The current file goes on from here; what was there before says nothing about the speed."""
        self._samples.clear()
        self.at(file_bytes)

    def at(self, file_bytes: int) -> None:
        """The current file has `file_bytes` by now."""
        now, done = self._clock(), self._finished_bytes + file_bytes
        if self._samples and now - self._samples[-1][0] < REPORT_SECONDS and done < self._total_bytes:
            return
        self._samples.append((now, done))
        while now - self._samples[0][0] > SPEED_SECONDS:
            self._samples.popleft()
        self._report(Progress(done, self._total_bytes, self._speed()))

    def finished(self, file_bytes: int) -> None:
        """The current file is whole; the next one begins."""
        self._finished_bytes += file_bytes
        self.begin(0)

    def failed(self, failures: int) -> None:
        """So many attempts in a row have brought nothing."""
        done = self._samples[-1][1] if self._samples else self._finished_bytes
        self._report(Progress(done, self._total_bytes, failures=failures))

    def _speed(self) -> float | None:
        (first, before), (last, done) = self._samples[0], self._samples[-1]
        return (done - before) / (last - first) if last > first else None


@dataclass(frozen=True)
class RemoteFile:
    """What to ask for, and what must come."""

    url: str
    headers: Mapping[str, str]
    size_bytes: int
    sha256: str


class StatusError(Exception):
    """The server answered, but not with the file."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


class LengthError(Exception):
    """The server ended its answer before the file was whole."""


class ContentError(Exception):
    """The server sent more than the file, or other bytes."""


def download(file: RemoteFile, part: Path, meter: Meter, patience: Patience) -> None:
    """Fill `part` until it is the whole file, continuing what is there already.

    What turns out damaged is thrown away and fetched anew once. Raises httpx2.RequestError or
    httpx2.InvalidURL for the network, StatusError, LengthError or ContentError for the server, OSError for
    the disk. What has arrived stays for the next time, unless it is damaged.
    """
    for is_last in (False, True):
        try:
            _complete(file, part, meter, patience)
            if sha256_of(part) != file.sha256:
                raise ContentError("the SHA-256 differs")
            return
        except ContentError as error:
            log.warning("%s: %s", file.url, error)
            part.unlink(missing_ok=True)
            if is_last:
                raise


def sha256_of(path: Path) -> str:
    """Of the file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _complete(file: RemoteFile, part: Path, meter: Meter, patience: Patience) -> None:
    """Ask again and again until `part` has the file's size."""
    import httpx2

    failures = 0
    while (before := size_of(part)) < file.size_bytes:
        try:
            _receive(file, part, meter, patience.stall_seconds)
        except (httpx2.TransportError, StatusError, LengthError) as error:
            failures = 1 if size_of(part) > before else failures + 1
            if failures > patience.attempts or not _may_pass(error):
                raise
            log.warning("%s broke off at %d bytes (%r): trying again", file.url, size_of(part), error)
            meter.failed(failures)
            time.sleep(patience.pause_seconds(failures))
    if before > file.size_bytes:
        raise ContentError(f"{before} bytes are there instead of {file.size_bytes}")


def _receive(file: RemoteFile, part: Path, meter: Meter, stall_seconds: float) -> None:
    """One answer of the server, appended to `part` or in its place. Raises as `download` does."""
    from httpx2 import Timeout
    from huggingface_hub import get_session

    have = size_of(part)
    headers = {**file.headers, "accept-encoding": "identity"}
    if have:
        headers["range"] = f"bytes={have}-"
    timeout = Timeout(stall_seconds, connect=min(stall_seconds, CONNECT_SECONDS))
    with get_session().stream("GET", file.url, headers=headers, timeout=timeout) as response:
        # A server that does not continue files answers 200 and begins anew.
        have = have if response.status_code == 206 else 0
        _check_status(response.status_code)
        meter.begin(have)
        with part.open("ab" if have else "wb") as out:
            for chunk in response.iter_bytes():
                have += len(chunk)
                if have > file.size_bytes:
                    raise ContentError(f"more than {file.size_bytes} bytes came")
                out.write(chunk)
                meter.at(have)
    if have < file.size_bytes:
        raise LengthError(f"{have} bytes came instead of {file.size_bytes}")


def _check_status(status: int) -> None:
    if status == 416:
        raise LengthError("the server's file ends before")
    if status not in {200, 206}:
        raise StatusError(status)


def _may_pass(error: Exception) -> bool:
    """Whether asking again may help."""
    import httpx2

    if isinstance(error, StatusError):
        return error.status in _PASSING_STATUS
    return not isinstance(error, httpx2.UnsupportedProtocol)


def size_of(part: Path) -> int:
    """In bytes; 0 when it is not there."""
    return part.stat().st_size if part.exists() else 0
