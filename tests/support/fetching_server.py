"""app.py with another BGE-M3: the card in a file, and little patience.

`python fetching_server.py CARD.json [flags of app.py]`. The card's files are what a local hub publishes.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from functools import partial
from pathlib import Path

from bge_demo.checkpoints import cards, hub
from bge_demo.checkpoints.cards import HubCheckpoint, HubFile
from bge_demo.checkpoints.download import Patience

ROOT = Path(__file__).parents[2]
PATIENCE = Patience(attempts=3, first_pause_seconds=0.05, longest_pause_seconds=0.2, stall_seconds=1.0)


def write_card(card: HubCheckpoint, path: Path) -> Path:
    path.write_text(json.dumps(dataclasses.asdict(card)), "utf-8")
    return path


def network_of(hub_url: str, home: Path) -> dict[str, str]:
    """The environment of a server that may ask this hub alone and keeps what it fetches in `home`."""
    return {
        "PYTHONPATH": str(ROOT),
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "TRANSFORMERS_OFFLINE": "0",
        "BGE_DEMO_OFFLINE": "0",
        "BGE_DEMO_DATA_DIR": os.environ["BGE_DEMO_DATA_DIR"],
    }


def main(card_file: str, *argv: str) -> int:
    values = json.loads(Path(card_file).read_text("utf-8"))
    files = tuple(HubFile(**file) for file in values.pop("files"))
    # Before anything else has taken the names over.
    cards.BGE_M3 = HubCheckpoint(**values, files=files)
    hub.fetch = partial(hub.fetch, patience=PATIENCE)

    import app

    return app.main(list(argv))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
