"""What may be done to a MediaLive channel in which state (facts §2.1, §2.3). Asked by whoever stops, deletes or judges
one."""

#: It runs, comes up or comes back: StopChannel takes these alone.
RUNS = frozenset({"STARTING", "RUNNING", "RECOVERING"})
#: It stands still: DeleteChannel takes these alone.
STANDS_STILL = frozenset({"IDLE", "CREATE_FAILED", "UPDATE_FAILED"})
#: It is deleted, or about to be; one that is not found counts as DELETED.
GONE = frozenset({"DELETING", "DELETED"})
