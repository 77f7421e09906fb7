"""Randomness that depends on the world's seed and the name of what is drawn, and on nothing else.

So no draw depends on the order of questions, and a lab that was restarted draws the same again.
"""

import hashlib

import numpy as np


def generator(seed: int, *names: object) -> np.random.Generator:
    """The generator of one named draw."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def factor(seed: int, sigma: float, *names: object) -> float:
    """A positive factor with median 1 and the given standard deviation of its logarithm."""
    return float(np.exp(generator(seed, *names).normal(0.0, sigma)))
