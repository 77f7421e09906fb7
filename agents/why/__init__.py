"""What went wrong with an experiment, why, and what would mend it: `athanor why`."""
