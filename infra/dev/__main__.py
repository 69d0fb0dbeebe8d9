"""The one door: ``python3 -m infra.dev demo | up | test | check | openapi | package | deploy | destroy | onair …``.

This file alone has to run on Pythons that are too old for the rest, so that they get a sentence and not a traceback.
"""

import sys

if sys.version_info < (3, 11):
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        "onair: this is Python " + found + ", and OnAir needs 3.11 or newer.\n"
        "       Install one (https://www.python.org/downloads/) and name it: make demo PYTHON=python3.11\n"
        "       Without make: python3.11 -m infra.dev demo, on Windows: py -3.11 -m infra.dev demo"
    )

from infra.dev.targets import main

sys.exit(main(sys.argv[1:]))
