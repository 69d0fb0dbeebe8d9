"""The fault matrix: breaks every call, event, invocation and write of a show in turn, and finds nothing left behind.

``python -m tests.faults.matrix`` runs it (``make test-faults``); tests/faults/test_matrix.py runs a short cut of it.
How it works is told in ``tests/README.md``: places are found by recording clean walks (``places``), each is broken in
every way that applies to it (``kinds``), in a process of its own that begins at the last quiet moment before it
(``forks``), and judged by the simulator's inventory (``judge``).
"""
