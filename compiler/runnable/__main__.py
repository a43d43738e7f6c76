"""``python -m runnable`` is the `runnable` command."""

import sys

from runnable.cli import main

if __name__ == "__main__":
    sys.exit(main())
