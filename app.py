"""Start the demo: flags and environment to settings, then serve."""

from __future__ import annotations

import logging
import os
import sys

from bge_demo.errors import DemoError
from bge_demo.service import serve
from bge_demo.settings import Settings


def main(argv: list[str]) -> int:
    """Serve until stopped; 2 when a setting does not fit."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("bge_demo").setLevel(logging.INFO)
    try:
        serve(Settings.from_args(argv, os.environ))
    except DemoError as error:
        print(error.sentence("en"), error.sentence("zh"), sep="\n", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
