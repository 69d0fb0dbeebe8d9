"""Thin doors to AWS: one service (or one kind of row) a file, one call a method, typed in and out, no policy, no sleep.

Every failure leaves as an error of the vocabulary (``translate.py``), never as botocore's own.
"""
