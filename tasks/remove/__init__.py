"""The steps that take things away: the compensations of ``provision_session`` and the whole of ``end_session``.

Whatever else stops a channel, or cuts in on an older operation, uses ``stop_channel`` and ``drain_session``, too.

Each finds its resource by the ledger's id, else by name and tag; takes "not found" and DELETED as done; and can be
repeated.
"""
