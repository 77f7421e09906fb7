"""What `experiments.crash_test` kills, how it kills it, and what it asks of what is left."""
