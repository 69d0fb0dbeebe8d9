"""The steps that put channels on the air and take them off again, in a session that stays: ``start_streaming``,
``stop_streaming``, and ``start_recorder`` and ``stop_recorder`` for a channel that runs for a recording alone."""
