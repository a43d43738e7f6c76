"""`python -m runnable_runtime`: what an image runs."""

import sys

from runnable_runtime.entrypoint import main

sys.exit(main(sys.argv[1:]))
