"""Subcommands of `athanor` that studies bring."""
