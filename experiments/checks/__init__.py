"""What every policy and every lab promises, and whether one of your own keeps it."""
