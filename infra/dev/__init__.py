"""Everything that runs OnAir from a fresh clone. ``python3 -m infra.dev`` and the Makefile call it.

Standard library only, all of it: this runs before anything is installed.
"""
