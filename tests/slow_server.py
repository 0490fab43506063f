"""The app over an engine that takes a tenth of a second a text; each batch adds a byte to a file.

`python slow_server.py PORT FILE`. A process of its own: pytest would make errors of gradio's warnings.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import uvicorn

from bge_demo.checkpoints import M3_COMPACT, Checkpoint
from bge_demo.encoder import TextEncoder
from bge_demo.engines import HeadOutputs, TokenIds
from bge_demo.model_host import ModelChoice, ModelHost
from bge_demo.service import build_app
from bge_demo.settings import Limits, Settings
from bge_demo.tokens import Tokenizer


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


def main(port: str, log: str) -> None:
    folder = M3_COMPACT.folder
    assert folder is not None
    checkpoint = Checkpoint("slow", "1", Path("nowhere"), max_tokens=64)
    encoder = TextEncoder(checkpoint, Tokenizer.from_folder(folder), SlowEngine(Path(log)), batch_tokens=1)
    models = ModelChoice.only(ModelHost(lambda: encoder, 30))
    models.start()
    app = build_app(Settings(limits=Limits(request_seconds=3)), models)
    uvicorn.run(app, port=int(port), log_level="error", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
