"""What stops a deployment or a destruction, and the exit code that it ends with. Raised everywhere here, told by
``__main__``.

    Trouble          3  it can't be done now, and nothing is broken: refused, locked, not there
      WrongCall      2  the command or the stage's settings say something that can't be
      Failed         1  it was tried and did not come off, or something is left
      NoAnswer       4  AWS does not answer
"""

from __future__ import annotations


class Trouble(Exception):
    """``what`` happened and why, in a sentence or two; ``remedy``: what to do about it."""

    exit_code = 3

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class WrongCall(Trouble):
    exit_code = 2


class Failed(Trouble):
    exit_code = 1


class NoAnswer(Trouble):
    exit_code = 4
