"""``make smoke-aws``: one short session on a real account, and what nobody could establish without one.

Opt-in: it costs money, so it says how much and asks. ``python -m tests.smoke_aws --rehearse`` runs the same on the
local stage, which is how it is tested. docs/reference/smoke-aws.md tells people what it makes and leaves.
"""
