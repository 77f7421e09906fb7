"""What a person says came of an experiment: read, checked, and written where it belongs."""
