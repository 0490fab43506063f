"""`python -m tools.compare_engines`."""

import sys

from tools.compare_engines.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
