"""What ``onair doctor`` looks at: whether this machine, an AWS account and a stage in it are as OnAir needs them.

Each check is a function of a ``Look`` that gives findings; what it makes of an answer is judged apart from asking for
it. Everything is asked through ``aws.Aws``, which makes no call that could change anything. Called by
``console/doctor.py``.
"""
