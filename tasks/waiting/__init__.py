"""Parking an execution until a channel has reached a state."""
