"""How people operate OnAir: the ``onair`` command line. A client of the HTTP API like any other.

Only ``up`` and ``demo`` reach further: they start the local stage.
"""
