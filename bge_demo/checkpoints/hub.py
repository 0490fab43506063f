"""Fetching a known checkpoint into the Hugging Face cache, verified file by file. Loads no model.

`huggingface_hub` keeps no half downloaded file between two processes, which at 2.3 GB over a slow line means
beginning anew after every restart: so the bytes are received here, with its session, addresses, token and
cache folder. Both hubs must give the same content, as every file has its SHA-256 on the card.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bge_demo.checkpoints.cards import HubCheckpoint, HubFile
from bge_demo.checkpoints.download import (
    ContentError,
    LengthError,
    Meter,
    Patience,
    Progress,
    RemoteFile,
    StatusError,
    download,
    sha256_of,
    size_of,
)
from bge_demo.errors import CheckpointError
from bge_demo.locales import Phrase, size_text

log = logging.getLogger(__name__)

MODELSCOPE_REVISION = "master"
# Left free on the disk beside the files.
SPARE_BYTES = 64 << 20
# How often one process looks whether another has fetched the file it waits for.
LOCK_SECONDS = 1.0
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Hub:
    """Where files come from. `host` is what sentences call it."""

    host: str
    url: Callable[[HubCheckpoint, HubFile], str]
    headers: Mapping[str, str]


def open_hub(name: str) -> Hub:
    """`huggingface` or `modelscope`. Makes no call yet. Raises CheckpointError when ModelScope's client is
    missing."""
    return _modelscope() if name == "modelscope" else _hugging_face()


def fetch(
    card: HubCheckpoint, hub: Hub, report: Callable[[Progress], None], patience: Patience | None = None
) -> Path:
    """Bring every file of the card into the cache and return their folder.

    What is there already is verified, and fetched again when damaged. Raises CheckpointError with the cause
    and the remedies; what has arrived stays and is continued the next time.
    """
    import httpx2

    cache = HubCache(card)
    log.info("fetching %s from %s into %s", card.name, hub.host, cache.folder)
    try:
        _fetch_missing(card, hub, cache, report, patience or Patience())
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
        raise _refusal("fetch.unreachable", hub, card, reason=_plain(error)) from error
    except StatusError as error:
        raise _status_refusal(error.status, hub, card) from error
    except LengthError as error:
        raise _refusal("fetch.too_short", hub, card) from error
    except ContentError as error:
        raise _refusal("fetch.damaged", hub, card) from error
    except OSError as error:
        log.error("%s", error)
        raise _disk_refusal(error, card) from error
    return cache.folder


class HubCache:
    """One pinned revision in the Hugging Face cache: content by its etag, and a folder of links to it."""

    def __init__(self, card: HubCheckpoint) -> None:
        from huggingface_hub import constants
        from huggingface_hub.file_download import repo_folder_name

        name = repo_folder_name(repo_id=card.repository, repo_type="model")
        root = Path(constants.HF_HUB_CACHE).expanduser()
        self._blobs = root / name / "blobs"
        self._locks = root / ".locks" / name
        self.folder = root / name / "snapshots" / card.revision

    def holds(self, file: HubFile) -> bool:
        """Whether the file is there, whole and unaltered; reads all of it."""
        path = self.folder / file.name
        return size_of(path) == file.size_bytes and sha256_of(path) == file.sha256

    def part(self, file: HubFile) -> Path:
        """Where the file grows until it is whole."""
        self._blobs.mkdir(parents=True, exist_ok=True)
        return self._blobs / f"{file.etag}.incomplete"

    def keep(self, file: HubFile) -> None:
        """The grown file is whole: give it its place, as huggingface_hub would."""
        blob, link = self._blobs / file.etag, self.folder / file.name
        link.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self.part(file), blob)
        link.unlink(missing_ok=True)
        try:
            link.symlink_to(os.path.relpath(blob, link.parent))
        except OSError:
            # Windows lets few users make links.
            os.replace(blob, link)

    def free_bytes(self) -> int:
        """Room on the disk of the cache."""
        there = next(path for path in (self._blobs, *self._blobs.parents) if path.exists())
        return shutil.disk_usage(there).free

    @contextmanager
    def alone(self, file: HubFile, meter: Meter) -> Iterator[None]:
        """Let one process at a time fetch a file; the others watch it grow."""
        from filelock import FileLock, Timeout

        self._locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._locks / f"{file.etag}.lock")
        while True:
            try:
                lock.acquire(timeout=LOCK_SECONDS)
                break
            except Timeout:
                meter.at(size_of(self.part(file)))
        try:
            yield
        finally:
            lock.release()


def _fetch_missing(
    card: HubCheckpoint,
    hub: Hub,
    cache: HubCache,
    report: Callable[[Progress], None],
    patience: Patience,
) -> None:
    missing = [file for file in card.files if not cache.holds(file)]
    if missing:
        _refuse_when_offline(card)
        _check_room(card, cache, missing)
    total = sum(file.size_bytes for file in card.files)
    meter = Meter(total, report)
    meter.finished(total - sum(file.size_bytes for file in missing))
    # Small ones first: what is wrong with the hub shows before gigabytes have come.
    for file in sorted(missing, key=lambda file: file.size_bytes):
        with cache.alone(file, meter):
            if not cache.holds(file):
                wanted = RemoteFile(hub.url(card, file), hub.headers, file.size_bytes, file.sha256)
                download(wanted, cache.part(file), meter, patience)
                cache.keep(file)
        meter.finished(file.size_bytes)


def _check_room(card: HubCheckpoint, cache: HubCache, missing: list[HubFile]) -> None:
    needed = sum(file.size_bytes - size_of(cache.part(file)) for file in missing)
    free = cache.free_bytes()
    if free < needed + SPARE_BYTES:
        room = {"needed": size_text(needed), "free": size_text(free)}
        raise CheckpointError("fetch.no_room", model=card.name, **room)


def _refuse_when_offline(card: HubCheckpoint) -> None:
    from huggingface_hub import constants

    if constants.is_offline_mode():
        raise CheckpointError("fetch.offline", model=card.name)


def _hugging_face() -> Hub:
    from huggingface_hub import constants, get_token, hf_hub_url

    def url(card: HubCheckpoint, file: HubFile) -> str:
        return hf_hub_url(card.repository, file.name, revision=card.revision)

    token = get_token()
    return Hub(_host(constants.ENDPOINT), url, {"authorization": f"Bearer {token}"} if token else {})


def _modelscope() -> Hub:
    try:
        from modelscope.hub.file_download import get_file_download_url
        from modelscope_hub import HubConfig
    except ImportError as error:
        raise CheckpointError("fetch.no_modelscope") from error
    endpoint = HubConfig().endpoint

    def url(card: HubCheckpoint, file: HubFile) -> str:
        # ModelScope numbers its own commits: the content is held to the card's hashes instead.
        address = get_file_download_url(card.repository, file.name, MODELSCOPE_REVISION, endpoint=endpoint)
        return str(address)

    return Hub(_host(endpoint), url, {})


def _host(endpoint: str) -> str:
    """Without a user name and password in the address."""
    return urlsplit(endpoint).hostname or endpoint


def _status_refusal(status: int, hub: Hub, card: HubCheckpoint) -> CheckpointError:
    kinds = {401: "fetch.refused", 403: "fetch.refused", 404: "fetch.not_found"}
    return _refusal(kinds.get(status, "fetch.server_error"), hub, card, status=status)


def _disk_refusal(error: OSError, card: HubCheckpoint) -> CheckpointError:
    if error.errno in _NO_ROOM:
        return CheckpointError("fetch.disk_full", model=card.name)
    reason = error.strerror or type(error).__name__
    return CheckpointError("fetch.cannot_write", model=card.name, reason=reason)


def _plain(error: Exception) -> str:
    """What the system says went wrong, without its number."""
    return re.sub(r"\[Errno -?\d+\] *", "", str(error)) or type(error).__name__


def _refusal(key: str, hub: Hub, card: HubCheckpoint, **values: object) -> CheckpointError:
    return CheckpointError(key, host=hub.host, model=card.name, remedies=Phrase("fetch.remedies"), **values)
