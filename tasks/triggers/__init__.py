"""What starts or wakes a workflow: the HTTP API and EventBridge events."""
