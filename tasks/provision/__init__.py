"""The forward steps of ``provision_session``; their compensations are in ``tasks/remove``."""
