"""`python -m runnable_runtime`: what an image runs."""

import sys

from runnable_runtime import garbage

garbage.pause()  # until the user's code begins

from runnable_runtime.entrypoint import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
