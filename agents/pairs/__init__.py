"""What outcomes say of pairs of solids, and where it is kept: behind agents.reactivity."""
