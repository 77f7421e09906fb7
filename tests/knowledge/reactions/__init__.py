"""Proofs of the reaction code against answers found another way."""
