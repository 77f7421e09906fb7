"""The subcommands of `athanor`, one file each."""
