"""What to run: one Hydra group for each part that can be swapped."""
