"""``python -m console`` is ``onair``."""

from console.cli import main

main()
