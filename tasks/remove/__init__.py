"""The steps that take things away: the compensations of ``provision_session`` and the whole of ``end_session``.

Each finds its resource by the ledger's id, else by name and tag; takes "not found" and DELETED as done; and can be
repeated.
"""
