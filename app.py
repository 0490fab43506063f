"""Start the demo: flags and environment to settings, then serve, or only fetch the model."""

from __future__ import annotations

import logging
import os
import sys

from bge_demo.errors import CheckpointError, DemoError
from bge_demo.locales import say
from bge_demo.server.serve import fetch, serve
from bge_demo.serving.model_loading import ProgressLines
from bge_demo.settings import Settings


def main(argv: list[str]) -> int:
    """Serve until stopped; 2 when a setting does not fit, 1 when `--fetch` gets no whole model."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("bge_demo").setLevel(logging.INFO)
    try:
        settings = Settings.from_args(argv, os.environ)
        if settings.fetch:
            _fetch(settings)
        else:
            serve(settings)
    except DemoError as error:
        print(error.sentence("en"), error.sentence("zh"), sep="\n", file=sys.stderr)
        return 1 if isinstance(error, CheckpointError) else 2
    return 0


def _fetch(settings: Settings) -> None:
    checkpoint = fetch(settings, ProgressLines(lambda line: print(line, flush=True)))
    print(say("fetch.done", "en", model=checkpoint.name, folder=checkpoint.folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
