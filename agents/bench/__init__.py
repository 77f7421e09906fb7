"""The person at the bench: what they are told to do, and how what they tell is read."""
