"""``make bench``: what the control of a session costs and how long it takes, beside what people use instead."""
