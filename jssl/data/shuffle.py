"""Permutations that stay the same for ever: data order is part of a checkpoint, splits are part of a result."""

import numpy as np


def permutation(length: int, *key: int) -> np.ndarray:
    """The permutation int64 [length] of 0..length-1 that one or two non-negative integers name.

    It sorts raw words of the generator, which are the same in every version of NumPy; `Generator.permutation`
    promises no such thing.
    """
    words = np.random.Philox(key=np.array([*key, 0][:2], np.uint64)).random_raw(length)
    return np.argsort(words, kind="stable")


def words(seed: int, step: int, n: int, stream: int = 1) -> np.ndarray:
    """Random words uint64 [n], one for each place in the global batch of a step.

    Like `permutation`, the same for ever.

    Args:
        stream: 1 says where long examples are cropped, 2 which earlier ones they are mixed with; 0 are the words of
            `permutation`.
    """
    counter = np.array([0, 0, 0, stream], np.uint64)
    return np.random.Philox(key=np.array([seed, step], np.uint64), counter=counter).random_raw(n)
