"""`python -m runnable.cli`: the same as the `runnable` command."""

import sys

from runnable.cli import main

sys.exit(main())
