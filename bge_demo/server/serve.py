"""Runs the HTTP server: the socket, the environment of the libraries, and what a signal to stop does."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from bge_demo.errors import SettingsError
from bge_demo.server.doorway import Doorway
from bge_demo.server.log_limits import spare_the_log
from bge_demo.server.site import build_app, credentials
from bge_demo.serving.model_loading import fetch_only, offered_models
from bge_demo.settings import Settings

if TYPE_CHECKING:
    from bge_demo.checkpoints.cards import Checkpoint
    from bge_demo.checkpoints.download import Progress

log = logging.getLogger(__name__)

# When a stop has ended, whatever still runs: a pass of the model cannot be interrupted.
STOP_SECONDS = 8.0
# What it leaves to clients to take the last of their answers.
SHUTDOWN_SECONDS = 1
MOST_DESCRIPTORS = 65_536
# How long a thread keeps the interpreter while others want it. Beside an index being made and another
# searched, a thread that wakes every 20 ms came 5 ms late at the 99th percentile; with Python's own 5 ms it
# was 15 to 21.
SWITCH_SECONDS = 0.0005


def serve(settings: Settings) -> None:
    """Serve until stopped, and end the process with 0.

    Raises SettingsError when the address cannot be used or the login is malformed.
    """
    # First: the socket would take the number of a stream that is closed, and what is written there.
    _open_missing_streams()
    credentials(settings.auth)
    listener = _listen(settings.host, settings.port)
    spare_the_log()
    _raise_descriptor_limit()
    sys.setswitchinterval(SWITCH_SECONDS)
    _prepare_environment(settings)
    uploads = _fresh_upload_folder(settings.port)
    models = offered_models(settings)
    # No access log: addresses carry the texts of shared links.
    doorway = Doorway(lambda: build_app(settings, models))
    config = uvicorn.Config(
        doorway,
        access_log=False,
        log_level="warning",
        # Our own lines and their bound, for uvicorn's as well.
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config, doorway, lambda: shutil.rmtree(uploads, ignore_errors=True))
    server.obey_hangups()
    shown = "localhost" if settings.host in {"0.0.0.0", "127.0.0.1"} else settings.host
    log.info("BGE-M3 demo on http://%s:%d%s", shown, settings.port, settings.root_path)
    # Beside gradio's import, which takes seconds of one core.
    models.start()
    try:
        server.run(sockets=[listener])
    finally:
        server.tidy()
    # Not the interpreter's own exit: it waits for a pass of the model; a thread that loads one aborts it.
    logging.shutdown()
    os._exit(0)


def fetch(settings: Settings, report: Callable[[Progress], None]) -> Checkpoint:
    """Fetch and check the model, as `--fetch` does. Raises CheckpointError with the next step."""
    _prepare_environment(settings)
    return fetch_only(settings, report)


class _Server(uvicorn.Server):
    """Answers whoever waits before it stops, and has ended after `STOP_SECONDS`. `tidy` removes what it must
    not leave behind."""

    def __init__(self, config: uvicorn.Config, doorway: Doorway, tidy: Callable[[], None]) -> None:
        super().__init__(config)
        self._doorway = doorway
        self.tidy = tidy

    def obey_hangups(self) -> None:
        """Stop when the terminal closes as well, unless the server was started to outlive it (nohup)."""
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self.handle_exit)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, still listening while requests are answered: who comes meanwhile is refused in a sentence."""
        await self._doorway.stop(lambda: self.force_exit)
        await super().shutdown(sockets)

    def _end_at_the_latest(self) -> None:
        """End the process: at its exit the interpreter waits for every thread. Nothing is lost, a corpus
        survives a kill."""
        time.sleep(STOP_SECONDS)
        self.tidy()
        os._exit(0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal to stop calls."""
        if not self.should_exit:
            threading.Thread(target=self._end_at_the_latest, daemon=True).start()
        # Not uvicorn's own, which raises the signal again at the end: a server that was asked to stop and did
        # has succeeded.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by every connection: an answer's body would wait 40 ms for the receipt of its headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError("settings.port_taken", host=host, port=port, other=port + 1) from error
        raise SettingsError(
            "settings.address", host=host, port=port, reason=error.strerror or error
        ) from error
    return listener


def _open_missing_streams() -> None:
    """A server whose output was closed writes nowhere, instead of failing at its first line."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))


def _raise_descriptor_limit() -> None:
    """As many open connections as the system allows; the usual soft limit is 1024."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, MOST_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _fresh_upload_folder(port: int) -> Path:
    """Where gradio keeps uploads: for this user alone, without what an earlier server on this port left.

    The port is ours by now, so no other server uses the folder.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"bge-m3-demo-uploads-{user}-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        # Somebody else's: a name of our own, which no later start will sweep.
        folder = Path(tempfile.mkdtemp(prefix="bge-m3-demo-uploads-"))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    return folder


def _prepare_environment(settings: Settings) -> None:
    """What the libraries read from the environment at import; nothing here calls home."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("TRANSFORMERS_NO_TF", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if settings.offline:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
