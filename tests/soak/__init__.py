"""The soak: day after day of random shows, with random faults in force, and nothing may be left, stuck or cut.

``python -m tests.soak --minutes 60 --seed N`` runs it, one stage on virtual time for each core; ``make soak`` is the
same. tests/faults/test_soak.py runs one short day in ``make test``.
"""
