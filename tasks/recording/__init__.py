"""The steps of ``finalize_recording``: from two marks in time to a recording that plays.

What a recording consists of is decided once, by the first step, and written down in ``work/segments.json`` beside it;
every later step goes by that and by what is in the bucket. So each can be repeated at any point, run twice at once and
be killed anywhere: what is copied is not copied again, and nothing is left out unsaid. Nothing is undone: a segment
that was copied is kept even if the recording fails, for the buffer that it comes from is emptied.
"""
