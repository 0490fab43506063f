"""The app over an engine that takes a tenth of a second a text; each batch adds a byte to a file.

`python slow_server.py PORT FILE SECONDS`, where SECONDS is how long a request may take. A process of its own:
pytest would make errors of gradio's warnings.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import uvicorn
from recording_engine import until

from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.checkpoints.cards import M3_COMPACT, Checkpoint
from bge_demo.encoder.engines import HeadOutputs, TokenIds
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.server.site import build_app
from bge_demo.serving.model_host import ModelChoice, ModelHost
from bge_demo.settings import Limits, Settings
from bge_demo.text.tokens import Tokenizer


@contextmanager
def slow_server(log: Path, request_seconds: int) -> Iterator[str]:
    """The address of this file as a process that answers; `log` holds one byte for each batch."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, __file__, str(port), str(log), str(request_seconds)]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "GRADIO_ANALYTICS_ENABLED": "False"}
    running = subprocess.Popen(command, cwd=root, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: _answers(address), 120)
        yield address
    finally:
        running.kill()
        running.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", trust_env=False, timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def assert_stopped(log: Path) -> None:
    """The batch that ran may end; most of the hundred never begin."""
    time.sleep(0.5)
    done = log.stat().st_size
    time.sleep(0.5)
    assert log.stat().st_size == done < 40


class SlowEngine:
    """Every text the same vector."""

    name, device, precision, dim = "slow", "cpu", "fp32", 4

    def __init__(self, log: Path) -> None:
        self._log = log

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        with self._log.open("a") as log:
            log.write(".")
        time.sleep(0.1)
        weights = np.zeros(token_ids.shape, np.float32)
        return HeadOutputs(np.ones((len(token_ids), self.dim), np.float32), weights, None)


def main(port: str, log: str, seconds: str) -> None:
    folder = M3_COMPACT.folder
    assert folder is not None
    checkpoint = Checkpoint("slow", "1", Path("nowhere"), max_tokens=64, shape=ModelShape(1, 8, 8))
    encoder = TextEncoder(checkpoint, Tokenizer.from_folder(folder), SlowEngine(Path(log)), batch_tokens=1)
    models = ModelChoice.only(ModelHost(lambda: encoder, 30))
    models.start()
    app = build_app(Settings(limits=Limits(request_seconds=int(seconds))), models)
    uvicorn.run(app, port=int(port), log_level="error", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
