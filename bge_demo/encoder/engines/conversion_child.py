"""Converts a checkpoint in a process of its own, which takes torch's memory with it. Serves nothing."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[3]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from bge_demo.encoder.engines.conversion_child import main; main(*sys.argv[2:])"
)


def convert_apart(folder: Path, stored: str, data_dir: Path) -> bool:
    """Check and convert the checkpoint in a child process, and keep the result under `data_dir`.

    False when the child could not: then the caller tries itself and tells what is wrong.
    """
    log.info("converting %s for OpenVINO; the next start will not need to", folder.name)
    command = [sys.executable, "-c", _PROGRAM, str(_ROOT), str(folder), stored, str(data_dir)]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if ended.returncode:
        log.warning("the child that converts ended with %d: %s", ended.returncode, _last_line(ended.stderr))
    return ended.returncode == 0


def main(folder_name: str, stored: str, data_dir: str) -> None:
    """What the child does. Raises CheckpointError when the checkpoint's contents do not fit together."""
    from bge_demo.checkpoints.layout import check_layout
    from bge_demo.encoder.engines.conversion import convert
    from bge_demo.encoder.engines.converted import ConvertedModel, ConvertedModels
    from bge_demo.text.tokens import Tokenizer

    folder = Path(folder_name)
    check_layout(folder, folder.name)
    tokenizer = Tokenizer.from_folder(folder).saved
    ConvertedModels(Path(data_dir)).keep(folder, stored, ConvertedModel(convert(folder, stored), tokenizer))


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
