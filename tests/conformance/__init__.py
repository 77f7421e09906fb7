"""One suite for each protocol. Inherit it, give `make`, and the whole contract is tested."""
