"""Policies, one file each. `protocol` says what a policy is."""

from agents.policies.protocol import Policy

__all__ = ["Policy"]
