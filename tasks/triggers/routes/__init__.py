"""The routes of the HTTP API, by what they are about. tasks/triggers/api.py puts them together."""
