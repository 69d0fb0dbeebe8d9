"""The forward steps of ``provision_session``; their compensations are in ``tasks/remove``.

Whatever else starts a channel uses ``start_channel`` and ``report_channel``, too.
"""
