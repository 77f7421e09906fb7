"""Studies and benchmarks, run as `python -m experiments.NAME`."""
