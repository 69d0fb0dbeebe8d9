"""Least privilege by equality: what each function is seen to call, what that needs in IAM, and what its role allows.

``python -m tests.permissions`` (``make permissions``) runs the workflow and fault tests with ``recorder`` listening,
writes what it heard into docs/reference/permissions.json, and the roles into infra/aws/roles/. The quick test,
tests/contract/test_permissions.py, holds roles, recording and code against each other.
"""
