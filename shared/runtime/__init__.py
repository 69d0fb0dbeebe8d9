"""The Lambda edge: what stands between an invocation and a task's few lines."""
