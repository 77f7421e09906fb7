"""What is known before an experiment: records, energies, reactions, literature."""
