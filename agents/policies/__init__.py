"""Policies, one file each. `protocol` says what a policy is."""

from agents.policies.protocol import Policy, Quitter

__all__ = ["Policy", "Quitter"]
